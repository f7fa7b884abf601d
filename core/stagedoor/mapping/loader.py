"""Reads mapping documents; errors carry the line and column of the offending entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import yaml
from pydantic import ValidationError

from stagedoor.errors import Misconfigured
from stagedoor.extension import Bundle, Calculator, ListRule, ObjectType
from stagedoor.mapping.associations import sources_of
from stagedoor.mapping.document import MappingDocument, ObjectMapping, merge
from stagedoor.mapping.lifecycle import PEOPLE, PROPERTY
from stagedoor.mapping.list_checks import mistakes
from stagedoor.mapping.object_types import impossible_removal, object_type_of, object_types_of

Path: TypeAlias = tuple[str, ...]
Places: TypeAlias = dict[Path, tuple[int, int]]


def parse(text: str, name: str) -> tuple[dict[str, Any], Places]:
    """Return the document in `text` and where each of its entries stands (1-based).

    Raises:
        Misconfigured: The text is not YAML, or not a mapping, naming the place in `name`.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        problem = getattr(error, "problem", None) or "it is not YAML"
        raise Misconfigured(f"{where}: {problem}. Mend the mapping document.") from error
    if not isinstance(content, dict):
        raise Misconfigured(f"{name}:1:1: a mapping document must start with `objects:`.")
    return content, dict(_places(node, ()))


def _places(node: yaml.Node | None, path: Path) -> Iterator[tuple[Path, tuple[int, int]]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*path, str(key.value))
            yield inner, (key.start_mark.line + 1, key.start_mark.column + 1)
            yield from _places(value, inner)


def assemble(
    object_types: Mapping[str, ObjectType],
    calculators: Mapping[tuple[str, str], Calculator],
    user_text: str | None = None,
    user_name: str = "mapping.yml",
    *,
    rules: Mapping[str, ListRule] | None = None,
    bundles: Mapping[str, Bundle] | None = None,
) -> MappingDocument:
    """Return the mapping in force: what the plugins ship, then the user's document on top.

    Raises:
        Misconfigured: With file, line and column where the user's document is wrong.
    """
    user, places = parse(user_text, user_name) if user_text is not None else ({}, {})
    base = _shipped(object_types, calculators, bundles or {}, user, (user_name, places))
    try:
        document = MappingDocument.model_validate(merge(base, user))
    except ValidationError as error:
        raise Misconfigured(_sentences(error, user_name, places)) from error
    resolved = _resolved(document, object_types, calculators, user_name, places)
    for path, mistake in mistakes(resolved, rules or {}):
        raise Misconfigured(f"{_where(user_name, places, path)}: {mistake}")
    return resolved


def _shipped(
    object_types: Mapping[str, ObjectType],
    calculators: Mapping[tuple[str, str], Calculator],
    bundles: Mapping[str, Bundle],
    user: dict[str, Any],
    at: tuple[str, Places],
) -> dict[str, Any]:
    """Return the shipped mapping with what the document `extends`, a name or several."""
    given = user.pop("extends", "default")
    extended = given if isinstance(given, list) else [given]
    named = {c.bundle for c in calculators.values() if c.bundle}
    choices = ("default", "nothing", *sorted({*named, *bundles}))
    if any(name not in choices for name in extended) or (
        "nothing" in extended and len(extended) > 1
    ):
        known = ", ".join(f"`{name}`" for name in choices)
        raise Misconfigured(
            f"{_where(*at, ('extends',))}: `extends` is one of {known}, or a list of them."
        )
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
    document: MappingDocument,
    object_types: Mapping[str, ObjectType],
    calculators: Mapping[tuple[str, str], Calculator],
    name: str,
    places: Places,
) -> MappingDocument:
    """Return the document with HubSpot's object type in each entry; its names are checked."""
    resolved: dict[str, ObjectMapping] = {}
    for object_name, mapping in document.objects.items():
        try:
            object_type = object_type_of(object_name, mapping, object_types)
        except LookupError as error:
            where = _where(name, places, ("objects", object_name))
            raise Misconfigured(f"{where}: {error.args[0]}") from error
        if problem := impossible_removal(mapping, object_type):
            where = _where(name, places, ("objects", object_name, problem[0]))
            raise Misconfigured(f"{where}: {problem[1]}")
        update = {"object_type": object_type.hubspot_type}
        resolved[object_name] = mapping.model_copy(update=update)
        owners = {object_name, object_type.keys_of}
        for property_name, entry in mapping.properties.items():
            if entry.calculator and not any((o, entry.calculator) in calculators for o in owners):
                path = ("objects", object_name, "properties", property_name)
                known = sorted(c for o, c in calculators if o in owners)
                raise Misconfigured(
                    f"{_where(name, places, path)}: no plugin registers the calculator "
                    f"{entry.calculator!r} for {object_name}. Known: {', '.join(known)}."
                )
    document = document.model_copy(update={"objects": resolved})
    _check_associations(document, object_types, name, places)
    _check_lifecycle(document, name, places)
    return document


def _check_lifecycle(document: MappingDocument, name: str, places: Places) -> None:
    """Let one thing alone decide about the life cycle stage of contacts.

    Raises:
        Misconfigured: A mapped property does too, or no contacts are mapped.
    """
    if document.lifecycle is None:
        return
    where = _where(name, places, ("lifecycle",))
    if PEOPLE not in document.objects:
        raise Misconfigured(f"{where}: `lifecycle` needs the entry `{PEOPLE}` in `objects`.")
    if PROPERTY in document.objects[PEOPLE].properties:
        raise Misconfigured(
            f"{where}: both `lifecycle` and the property {PEOPLE}.{PROPERTY} give the stage; "
            "remove one of them."
        )


def _check_associations(
    document: MappingDocument,
    object_types: Mapping[str, ObjectType],
    name: str,
    places: Places,
) -> None:
    try:
        sources_of(object_types_of(document.objects, object_types).values(), document.associations)
    except LookupError as error:
        which, problem = error.args
        where = _where(name, places, ("associations", which))
        raise Misconfigured(f"{where}: `associations.{which}`: {problem}") from error


def _sentences(error: ValidationError, name: str, places: Places) -> str:
    lines = []
    for item in error.errors():
        path = tuple("from" if part == "from_" else str(part) for part in item["loc"])
        message = item["msg"].removeprefix("Value error, ")
        lines.append(f"{_where(name, places, path)}: `{'.'.join(path)}`: {message}")
    return "\n".join(lines)


def _where(name: str, places: Places, path: Path) -> str:
    """Return the place of the nearest entry that the user wrote."""
    for length in range(len(path), 0, -1):
        if place := places.get(path[:length]):
            return f"{name}:{place[0]}:{place[1]}"
    return name
