"""The JSON Schema of mapping documents, for editors."""

from __future__ import annotations

from typing import Any

from stagedoor.mapping.document import MappingDocument

_DIALECT = "http://json-schema.org/draft-07/schema#"
"""What the language servers of editors read."""


_TOLD = ("description", "default")


def editor_schema() -> dict[str, Any]:
    """Return the schema of a document as it is written.

    A document lies on top of the shipped one. So nothing is required, and a null takes an entry
    away.
    """
    schema = MappingDocument.model_json_schema(by_alias=True)
    definitions = {name: _written(part) for name, part in schema.pop("$defs").items()}
    written = _written(schema)
    written["properties"]["extends"] = {
        "type": "string",
        "default": "default",
        "description": "What the document lies on: `default` (the shipped mapping), `nothing`, or "
        "the name of a bundle such as `metrics`.",
    }
    return {
        "$schema": _DIALECT,
        **written,
        "title": "Stagedoor mapping",
        "description": "Which HubSpot property gets which value.",
        "definitions": definitions,
    }


def _written(part: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a part of which a document may write as little as it likes."""
    written: dict[str, Any] = _moved(part)
    # An option or a pair of limits is no overlay: it is whole, or it is not there.
    if "value" in written.get("properties", ()):
        return written
    written.pop("required", None)
    for name, entry in written.get("properties", {}).items():
        written["properties"][name] = _or_null(entry)
    return written


def _or_null(entry: dict[str, Any]) -> dict[str, Any]:
    entry = dict(entry)
    if isinstance(inner := entry.get("additionalProperties"), dict):
        entry["additionalProperties"] = {"anyOf": [inner, {"type": "null"}]}
    told: dict[str, Any] = {key: entry.pop(key) for key in (*_TOLD, "title") if key in entry}
    choices = entry.pop("anyOf", None) or [entry]
    if {"type": "null"} not in choices:
        choices = [*choices, {"type": "null"}]
    told.pop("title", None)  # pydantic's, made from the name
    return {**told, "anyOf": choices}


def _moved(part: Any) -> Any:
    """Return the part with its references where draft 7 has definitions."""
    if isinstance(part, dict):
        moved = {key: _moved(value) for key, value in part.items()}
        if isinstance(reference := moved.get("$ref"), str):
            moved["$ref"] = reference.replace("#/$defs/", "#/definitions/")
        return moved
    return [_moved(item) for item in part] if isinstance(part, list) else part
