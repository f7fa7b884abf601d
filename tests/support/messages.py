"""Singer messages for tests."""

from __future__ import annotations

import json
from typing import Any

from stagedoor.streams import STREAMS

CHANGED = "2026-11-01T10:00:00+00:00"


def schema(stream: str) -> str:
    """Return the SCHEMA line of a neutral stream."""
    spec = STREAMS[stream]
    return json.dumps(
        {
            "type": "SCHEMA",
            "stream": stream,
            "schema": spec.json_schema(),
            "key_properties": [spec.key],
        }
    )


def record(stream: str, **fields: Any) -> str:
    """Return a RECORD line."""
    row = {"updated_at": CHANGED, **fields}
    return json.dumps({"type": "RECORD", "stream": stream, "record": row}, ensure_ascii=False)


def customer(number: int, **fields: Any) -> str:
    """Return the RECORD line of a customer."""
    given = {"customer_id": str(number), "email": f"p{number}@example.com", **fields}
    return record("customers", **given)


def state(**value: Any) -> str:
    """Return a STATE line."""
    return json.dumps({"type": "STATE", "value": {"bookmarks": {}, **value}})


def lines(*messages: str) -> str:
    """Return messages as a target reads them."""
    return "".join(message + "\n" for message in messages)
