"""Mistakes of a mapping that show against a portal's properties; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from stagedoor.hubspot.schema import PropertyDefinition, conflicts_of
from stagedoor.mapping.check_columns import kind_sent
from stagedoor.mapping.check_values import literals
from stagedoor.mapping.document import ObjectMapping
from stagedoor.mapping.problems import Path, Problem, known
from stagedoor.mapping.properties import Property, UpdateMode

_TAKES: Mapping[str, set[str]] = {
    "number": {"number"},
    "bool": {"bool"},
    "date": {"date"},
    "datetime": {"datetime", "date"},
    "enumeration": {"text", "number", "bool"},
}
"""Kinds of values that HubSpot's types take; others take any text."""

_CODECS = {"number": "number", "bool": "bool", "date": "date", "datetime": "datetime"}


def check_properties(
    entry: str,
    mapping: ObjectMapping,
    columns: Mapping[str, str],
    required: Sequence[PropertyDefinition],
    there: Mapping[str, PropertyDefinition] | None,
) -> Iterator[Problem]:
    """Yield the mistakes of one entry.

    `required` are the properties that it makes, `there` those of the portal; without them only
    what the entry says of itself is checked.
    """
    path = ("objects", entry)
    contradicted: set[str | None] = set()
    if there is not None:
        for conflict in conflicts_of(required, there, list(mapping.properties)):
            contradicted.add(conflict.property)
            inner = ("properties", conflict.property) if conflict.property else ()
            at = (*path, *inner, conflict.needs) if conflict.needs else (*path, *inner)
            remedy = conflict.remedy[0].upper() + conflict.remedy[1:]
            yield Problem(at, f"{conflict.reason}.", remedy.strip())
    definitions = {definition.name: definition for definition in required} | dict(there or {})
    for name, rule in mapping.properties.items():
        if name in definitions and name not in contradicted:
            yield from _values((*path, "properties", name), rule, columns, definitions[name])
    yield from _match_key(path, mapping, definitions)


def _values(
    path: Path, rule: Property, columns: Mapping[str, str], definition: PropertyDefinition
) -> Iterator[Problem]:
    sent, takes = kind_sent(rule, columns), _TAKES.get(definition.type)
    if sent is not None and takes is not None and sent not in takes:
        codec = _CODECS.get(definition.type, "text")
        yield Problem(
            path,
            f"HubSpot's property is a {definition.type}, and it would be sent {sent}.",
            f"Write `codec: {codec}`, or map another column.",
        )
    several = rule.update_mode is UpdateMode.APPEND
    if several and definition.field_type != "checkbox":
        yield Problem(
            (*path, "update_mode"),
            f"`append` needs multiple checkboxes, and HubSpot's property is "
            f"{definition.field_type}.",
            "Write another update mode, or map another property.",
        )
    options = {option.value for option in definition.options}
    if definition.type == "enumeration" and options:
        yield from _options(path, rule, options)


def _options(path: Path, rule: Property, options: set[str]) -> Iterator[Problem]:
    for inner, text in literals(rule):
        for choice in filter(None, text.split(";")):
            if choice not in options:
                yield Problem(
                    (*path, *inner), f"{choice!r} is none of its options.", known(choice, options)
                )


def _match_key(
    path: Path, mapping: ObjectMapping, definitions: Mapping[str, PropertyDefinition]
) -> Iterator[Problem]:
    definition = definitions.get(mapping.match_key)
    is_email = mapping.object_type == "contacts" and mapping.match_key == "email"
    if definition is not None and not definition.has_unique_value and not is_email:
        yield Problem(
            (*path, "match_key"),
            f"{mapping.match_key} may have one value several times, so that it tells no object "
            "from another.",
            "Match by a property with `unique: true`.",
        )
