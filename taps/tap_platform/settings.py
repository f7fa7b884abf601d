"""The tap's settings as the SDK wants them."""

from __future__ import annotations

from typing import Any

CONFIG_JSONSCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "source": {
            "type": ["string", "null"],
            "title": "Source",
            "description": "Platform source: `sample` (default), `sql`, `pretix`, or a plugin's.",
        },
        "database_url": {
            "type": ["string", "null"],
            "secret": True,
            "title": "Database URL",
            "description": "SQLAlchemy URL of the platform's database; implies `source: sql`.",
        },
        "sample": {
            "type": ["object", "null"],
            "title": "Sample",
            "description": "Settings of the source `sample`: `customers`, `seed`, `path`.",
        },
        "sql": {
            "type": ["object", "null"],
            "title": "SQL",
            "description": "Settings of the source `sql`: `url`, `schema`, `streams`.",
        },
        "pretix": {
            "type": ["object", "null"],
            "secret": True,
            "title": "pretix",
            "description": "Settings of the source `pretix`: `url`, `token`, `organizer`, `events` "
            "and more; see docs/platforms/pretix.md.",
        },
        "plugins": {
            "type": ["array", "null"],
            "items": {"type": "string"},
            "title": "Plugins",
            "description": "Further plugins: module names or paths of files.",
        },
        "start_date": {
            "type": ["string", "null"],
            "format": "date-time",
            "title": "Start date",
            "description": "Rows that changed earlier are left out of the first run.",
        },
    },
    "additionalProperties": True,
}
