"""Reads mapping documents; errors carry the line and column of the offending entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stagedoor.errors import Misconfigured
from stagedoor.extension import Bundle, Calculator, ListRule, ObjectType
from stagedoor.mapping.document import MappingDocument, ObjectMapping, merge
from stagedoor.mapping.inbound import inbound_problems
from stagedoor.mapping.object_types import impossible_removal, object_type_of
from stagedoor.mapping.problems import Places, Problem, known, told
from stagedoor.mapping.section_checks import check_sections
from stagedoor.mapping.validation import validated
from stagedoor.mapping.yaml_text import parse

Calculators = Mapping[tuple[str, str], Calculator]


@dataclass(frozen=True)
class Draft:
    """A mapping as far as it can be understood, and what is wrong with it."""

    name: str
    document: MappingDocument | None
    places: Places = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def tell(self, problem: Problem) -> str:
        """Return a problem in one line, with its place."""
        return told(self.name, self.places, problem)


def assemble(
    object_types: Mapping[str, ObjectType],
    calculators: Calculators,
    user_text: str | None = None,
    user_name: str = "mapping.yml",
    *,
    rules: Mapping[str, ListRule] | None = None,
    bundles: Mapping[str, Bundle] | None = None,
) -> MappingDocument:
    """Return the mapping in force: what the plugins ship, then the user's document on top.

    Raises:
        Misconfigured: With file, line and column of everything that is wrong with it.
    """
    draft = examine(object_types, calculators, user_text, user_name, rules=rules, bundles=bundles)
    if draft.problems or draft.document is None:
        raise Misconfigured("\n".join(map(draft.tell, draft.problems)))
    return draft.document


def examine(
    object_types: Mapping[str, ObjectType],
    calculators: Calculators,
    user_text: str | None = None,
    user_name: str = "mapping.yml",
    *,
    rules: Mapping[str, ListRule] | None = None,
    bundles: Mapping[str, Bundle] | None = None,
) -> Draft:
    """Return the mapping without its wrong parts, and all that is wrong with it.

    Raises:
        Misconfigured: The document cannot be read at all.
    """
    user, places, problems = parse("{}" if user_text is None else user_text, user_name)
    extended, wrong_names = _extended(user.pop("extends", "default"), calculators, bundles or {})
    problems += wrong_names
    base = _shipped(object_types, calculators, bundles or {}, extended)
    document, wrong = validated(merge(base, user))
    if document is None:
        return Draft(user_name, None, places, (*problems, *wrong))
    document, unknown = _resolved(document, object_types, calculators)
    further = check_sections(document, object_types, rules or {})
    return Draft(user_name, document, places, (*problems, *wrong, *unknown, *further))


def _extended(
    given: Any, calculators: Calculators, bundles: Mapping[str, Bundle]
) -> tuple[list[str], list[Problem]]:
    """Return the names that a document extends, and which of them nothing has."""
    names = [str(name) for name in (given if isinstance(given, list) else [given])]
    named = {c.bundle for c in calculators.values() if c.bundle}
    choices = ("default", "nothing", *sorted({*named, *bundles}))
    wrong = [name for name in names if name not in choices]
    problems = [
        Problem(("extends",), f"nothing is called {name!r}.", known(name, choices))
        for name in wrong
    ]
    if "nothing" in names and len(names) > 1:
        problems.append(Problem(("extends",), "`nothing` goes with nothing else.", "Take it out."))
    return [name for name in names if name not in wrong], problems


def _shipped(
    object_types: Mapping[str, ObjectType],
    calculators: Calculators,
    bundles: Mapping[str, Bundle],
    extended: Sequence[str],
) -> dict[str, Any]:
    """Return the shipped mapping with the bundles that are named."""
    base: dict[str, Any] = {"objects": {}}
    if "nothing" in extended:
        return base
    base["objects"] = {name: dict(o.mapping) for name, o in object_types.items() if o.mapping}
    for name in extended:
        if name in bundles:
            base = merge(base, dict(bundles[name].mapping))
    for (object_name, name), calculator in calculators.items():
        objects = base["objects"]
        if calculator.property is None or object_name not in objects:
            continue
        if calculator.bundle not in (None, *extended):
            continue
        mapped = objects[object_name]["properties"].values()
        if not any(entry.get("calculator") == name for entry in mapped):
            entry = {"calculator": name, **calculator.property}
            base = merge(base, {"objects": {object_name: {"properties": {name: entry}}}})
    return base


def _resolved(
    document: MappingDocument, object_types: Mapping[str, ObjectType], calculators: Calculators
) -> tuple[MappingDocument, list[Problem]]:
    """Return the document with HubSpot's object type in each entry, without unknown names."""
    resolved: dict[str, ObjectMapping] = {}
    problems: list[Problem] = []
    for name, mapping in document.objects.items():
        try:
            object_type = object_type_of(name, mapping, object_types)
        except LookupError as error:
            problems.append(Problem(("objects", name), str(error.args[0]), ""))
            continue
        if impossible := impossible_removal(mapping, object_type):
            problems.append(Problem(("objects", name, impossible[0]), impossible[1], ""))
        problems += inbound_problems(name, mapping, object_type)
        unknown = list(_unknown_calculators(name, mapping, object_type, calculators))
        problems += unknown
        wrong = {problem.path[3] for problem in unknown}
        properties = {n: entry for n, entry in mapping.properties.items() if n not in wrong}
        update = {"object_type": object_type.hubspot_type, "properties": properties}
        resolved[name] = mapping.model_copy(update=update)
    return document.model_copy(update={"objects": resolved}), problems


def _unknown_calculators(
    name: str, mapping: ObjectMapping, object_type: ObjectType, calculators: Calculators
) -> Iterator[Problem]:
    owners = {name, object_type.keys_of}
    there = {calculator for owner, calculator in calculators if owner in owners}
    for property_name, entry in mapping.properties.items():
        if entry.calculator and entry.calculator not in there:
            yield Problem(
                ("objects", name, "properties", property_name, "calculator"),
                f"no plugin registers the calculator {entry.calculator!r} for {name}.",
                known(entry.calculator, there),
            )
