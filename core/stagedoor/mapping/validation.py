"""Validates a document's entries, and tells pydantic's findings as problems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from stagedoor.mapping.document import MappingDocument, Metrics, ObjectMapping, People
from stagedoor.mapping.problems import Path, Problem, known
from stagedoor.mapping.properties import Option, Property

_PROPERTY_DEPTH = 4
"""`objects`, the entry, `properties`, the property."""


def validated(content: dict[str, Any]) -> tuple[MappingDocument | None, list[Problem]]:
    """Return the document without its wrong parts, and a problem for each of them."""
    problems: list[Problem] = []
    mended: set[Path] = set()
    while True:
        try:
            return MappingDocument.model_validate(content), problems
        except ValidationError as error:
            found = [_problem(item) for item in error.errors()]
        # What is wrong only since a wrong part was taken out was said already.
        problems += [p for p in found if not any(p.path[:2] == path[:2] for path in mended)]
        cuts = {_part(problem.path, mended) for problem in found}
        if () in cuts:
            return None, problems
        for path in cuts:
            content = _without(content, path)
        mended |= cuts


def _part(path: Path, mended: set[Path]) -> Path:
    """Return the smallest part that can be left out: a property, an entry, or a section."""
    if path[:1] == ("objects",) and len(path) > 1:
        again = any(cut[:2] == path[:2] for cut in mended)
        return path[:2] if again or len(path) < _PROPERTY_DEPTH else path[:_PROPERTY_DEPTH]
    return () if path[:1] == ("objects",) else path[:1]


def _without(content: dict[str, Any], path: Path) -> dict[str, Any]:
    head, *rest = path
    if head not in content:
        return content
    if not rest:
        return {key: value for key, value in content.items() if key != head}
    return {**content, head: _without(content[head], tuple(rest))}


def _problem(item: ErrorDetails) -> Problem:
    path = tuple("from" if part == "from_" else str(part) for part in item["loc"])
    kind, context = item["type"], item.get("ctx", {})
    if kind == "extra_forbidden":
        return Problem(path, "there is no such entry.", known(path[-1], _entries(path[:-1])))
    if kind in ("enum", "literal_error"):
        return Problem(path, f"is {item['input']!r}.", f"Write {context['expected']}.")
    if kind == "missing":
        return Problem(path, "is missing.", "Add it.")
    if kind == "value_error":
        return Problem(path, f"{item['msg'].removeprefix('Value error, ')}.", "Mend it here.")
    return Problem(path, f"is {item['input']!r}: {item['msg']}.", "Write a value that fits.")


def _entries(parent: Path) -> list[str]:
    """Return the entries that a part of the document may have."""
    model: type[BaseModel] = MappingDocument
    if parent[:1] == ("objects",):
        model = ObjectMapping
        if len(parent) >= _PROPERTY_DEPTH:
            model = Option if "options" in parent[_PROPERTY_DEPTH:] else Property
    elif parent:
        sections: Mapping[str, type[BaseModel]] = {"metrics": Metrics, "people": People}
        model = sections.get(parent[0], MappingDocument)
    names = [field.alias or name for name, field in model.model_fields.items()]
    return names if parent else [*names, "extends"]
