"""Property definitions, groups and pipelines of a portal."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from hubspot_sandbox.model import definitions
from hubspot_sandbox.model.types import TYPES

MAX_UNIQUE = 10


class Taken(ValueError):
    """The name exists already."""


class TooManyUnique(ValueError):
    """The object type has its ten unique properties."""


class Schema:
    """Definitions are kept in memory as well: every write needs them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Read the portal's schema; a new portal gets HubSpot's own."""
        self._connection = connection
        self.properties: dict[str, dict[str, dict[str, Any]]] = {t.name: {} for t in TYPES}
        self.pipelines: dict[str, dict[str, dict[str, Any]]] = {t.name: {} for t in TYPES}
        if connection.execute("SELECT 1 FROM groups LIMIT 1").fetchone() is None:
            self._fill()
        for row in connection.execute("SELECT * FROM definitions"):
            self.properties[row["type"]][row["name"]] = json.loads(row["definition"])
        for row in connection.execute("SELECT * FROM pipelines ORDER BY type, id"):
            self.pipelines[row["type"]][row["id"]] = json.loads(row["pipeline"])

    def _fill(self) -> None:
        for kind in TYPES:
            group = definitions.GROUPS[kind.name]
            self.add_group(kind.name, group, group.removesuffix("information").capitalize())
            for definition in definitions.hubspot_defined(kind.name):
                self._keep(kind.name, definition)
            for pipeline in definitions.pipelines(kind.name):
                self.put_pipeline(kind.name, pipeline)

    def _keep(self, object_type: str, definition: dict[str, Any]) -> None:
        self.properties[object_type][definition["name"]] = definition
        self._connection.execute(
            "INSERT OR REPLACE INTO definitions VALUES (?, ?, ?)",
            [object_type, definition["name"], json.dumps(definition)],
        )

    def add_property(self, object_type: str, given: dict[str, Any]) -> dict[str, Any]:
        """Make a property.

        Raises:
            Taken: A property of this name exists.
            TooManyUnique: Ten properties of the type have unique values already.
        """
        known = self.properties[object_type]
        if given["name"] in known:
            raise Taken(f"Property named '{given['name']}' already exists.")
        unique = sum(d["hasUniqueValue"] for d in known.values())
        if given.get("hasUniqueValue") and unique >= MAX_UNIQUE:
            raise TooManyUnique(f"{object_type} has {MAX_UNIQUE} unique properties already.")
        definition = definitions.definition(given)
        self._keep(object_type, definition)
        return definition

    def change_property(self, object_type: str, name: str, given: dict[str, Any]) -> dict[str, Any]:
        """Change what may be changed of a property: never name or uniqueness."""
        fixed = ("name", "hasUniqueValue", "hubspotDefined")
        changed = {k: v for k, v in given.items() if k not in fixed}
        definition = {**self.properties[object_type][name], **changed}
        self._keep(object_type, definition)
        return definition

    def remove_property(self, object_type: str, name: str) -> None:
        """Archive a property."""
        self.properties[object_type].pop(name, None)
        self._connection.execute(
            "DELETE FROM definitions WHERE type = ? AND name = ?", [object_type, name]
        )

    def groups(self, object_type: str) -> dict[str, str]:
        """Return the labels of the property groups, by name."""
        rows = self._connection.execute("SELECT * FROM groups WHERE type = ?", [object_type])
        return {row["name"]: row["label"] for row in rows}

    def add_group(self, object_type: str, name: str, label: str) -> None:
        """Make a property group.

        Raises:
            Taken: A group of this name exists.
        """
        if name in self.groups(object_type):
            raise Taken(f"Property group named '{name}' already exists.")
        self._connection.execute("INSERT INTO groups VALUES (?, ?, ?)", [object_type, name, label])

    def put_pipeline(self, object_type: str, pipeline: dict[str, Any]) -> None:
        """Make or replace a pipeline."""
        self.pipelines[object_type][pipeline["id"]] = pipeline
        self._connection.execute(
            "INSERT OR REPLACE INTO pipelines VALUES (?, ?, ?)",
            [object_type, pipeline["id"], json.dumps(pipeline)],
        )

    def remove_pipeline(self, object_type: str, pipeline_id: str) -> None:
        """Delete a pipeline."""
        self.pipelines[object_type].pop(pipeline_id, None)
        self._connection.execute(
            "DELETE FROM pipelines WHERE type = ? AND id = ?", [object_type, pipeline_id]
        )

    def is_unique(self, object_type: str, name: str) -> bool:
        """Whether records may be found by this property."""
        if object_type == "contacts" and name == "email":
            return True  # HubSpot's definition says false, and treats it as unique
        return bool(self.properties[object_type].get(name, {}).get("hasUniqueValue"))
