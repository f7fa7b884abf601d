"""Settings as the SDK documents them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


def config_jsonschema(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON schema of `model`'s fields as the SDK wants it, with secrets marked."""
    schema = model.model_json_schema()
    properties = {name: _setting(spec) for name, spec in schema["properties"].items()}
    return {"type": "object", "properties": properties, "additionalProperties": True}


def _setting(spec: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in spec.items() if key not in ("title", "anyOf", "format")}
    choices = spec.get("anyOf", [spec])
    types = list(dict.fromkeys(choice["type"] for choice in choices if "type" in choice))
    for choice in choices:
        kept.update({k: v for k, v in choice.items() if k in ("minimum", "maximum", "items")})
    kept["type"] = types[0] if len(types) == 1 else types
    if any(choice.get("writeOnly") for choice in choices):
        kept["secret"] = True
    if kept.get("default", ...) is None:
        del kept["default"]
    return kept
