"""Property definitions, groups and pipelines of a portal."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from hubspot_sandbox.model import definitions
from hubspot_sandbox.model.types import STANDARD, ObjectType, Registry
from hubspot_sandbox.store.documents import Documents

MAX_UNIQUE = 10


class Taken(ValueError):
    """The name exists already."""


class TooManyUnique(ValueError):
    """The object type has its ten unique properties."""


class Schema:
    """Definitions are kept in memory as well: every write needs them."""

    def __init__(
        self, connection: sqlite3.Connection, types: Registry, documents: Documents
    ) -> None:
        """Read the portal's schema; a new portal gets HubSpot's own."""
        self._connection = connection
        self._documents = documents
        self.types = types
        self.touched = False
        self.read()

    def read(self) -> None:
        """Read everything from the file: at the beginning, and after what was rolled back."""
        self.types.reset()
        for schema in self._documents.all("schemas"):
            self.types.add(type_of(schema))
        self.properties: dict[str, dict[str, dict[str, Any]]] = {t.name: {} for t in self.types}
        self.archived: dict[str, dict[str, dict[str, Any]]] = {t.name: {} for t in self.types}
        self.pipelines: dict[str, dict[str, dict[str, Any]]] = {t.name: {} for t in self.types}
        self.rules: dict[tuple[str, str], dict[str, Any]] = {
            (rule["type"], rule["property"]): rule for rule in self._documents.all("rules")
        }
        if self._connection.execute("SELECT 1 FROM groups LIMIT 1").fetchone() is None:
            self._fill()
        for row in self._connection.execute("SELECT * FROM definitions"):
            definition = json.loads(row["definition"])
            kept = self.archived if definition["archived"] else self.properties
            if row["type"] in kept:
                kept[row["type"]][row["name"]] = definition
        for row in self._connection.execute("SELECT * FROM pipelines ORDER BY type, id"):
            if row["type"] in self.pipelines:
                self.pipelines[row["type"]][row["id"]] = json.loads(row["pipeline"])
        self.touched = False

    def _fill(self) -> None:
        for kind in STANDARD:
            group = definitions.GROUPS[kind.name]
            self.add_group(kind.name, group, group.removesuffix("information").capitalize())
            for definition in definitions.hubspot_defined(kind.name):
                self._keep(kind.name, definition)
            for pipeline in definitions.pipelines(kind.name):
                self.put_pipeline(kind.name, pipeline)

    def add_type(self, schema: dict[str, Any], given: list[dict[str, Any]]) -> ObjectType:
        """Make a custom type with the properties `given`.

        Raises:
            Taken: A type of this name exists, or two properties have one name.
            TooManyUnique: Over ten properties have unique values.
        """
        kind = type_of(schema)
        if any(known.name == kind.name for known in self.types):
            raise Taken(f"Object type {schema['name']} already exists.")
        self.types.add(kind)
        for kept in (self.properties, self.archived, self.pipelines):
            kept[kind.name] = {}
        group = f"{schema['name']}_information"
        self.add_group(kind.name, group, f"{schema['labels']['singular']} information")
        for definition in definitions.of_custom_type(group):
            self._keep(kind.name, definition)
        for one in given:
            self.add_property(kind.name, {"groupName": group, **one})
        self.put_type(schema)
        return kind

    def put_type(self, schema: dict[str, Any]) -> None:
        """Keep what a custom type is, in the place of what it was."""
        self._documents.put("schemas", schema["id"], schema)
        self.types.add(type_of(schema))

    def type_document(self, kind: ObjectType) -> dict[str, Any] | None:
        """Return what a custom type is."""
        return self._documents.get("schemas", kind.id.removeprefix("2-"))

    def remove_type(self, kind: ObjectType) -> None:
        """Remove a custom type, its properties and groups."""
        self.types.remove(kind)
        for kept in (self.properties, self.archived, self.pipelines):
            kept.pop(kind.name, None)
        for table in ("definitions", "groups", "pipelines"):
            self._connection.execute(f"DELETE FROM {table} WHERE type = ?", [kind.name])
        self._documents.remove("schemas", kind.id.removeprefix("2-"))

    def set_rule(self, rule: dict[str, Any]) -> None:
        """Let a rule hold for a property."""
        self.rules[rule["type"], rule["property"]] = rule
        self._documents.put("rules", f"{rule['type']}.{rule['property']}", rule)

    def required(self, object_type: str) -> list[str]:
        """Return the properties that the portal's administrator requires."""
        return [
            n for (t, n), r in self.rules.items() if t == object_type and r["rule"] == "REQUIRED"
        ]

    def _keep(self, object_type: str, definition: dict[str, Any]) -> None:
        self.touched = True
        kept = self.archived if definition["archived"] else self.properties
        kept[object_type][definition["name"]] = definition
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
        self.archived[object_type].pop(given["name"], None)
        self._keep(object_type, definition)
        return definition

    def change_property(self, object_type: str, name: str, given: dict[str, Any]) -> dict[str, Any]:
        """Change what may be changed of a property: never name or uniqueness."""
        fixed = ("name", "hasUniqueValue", "hubspotDefined")
        changed = {k: v for k, v in given.items() if k not in fixed}
        definition = {**self.properties[object_type][name], **changed}
        self._keep(object_type, definition)
        return definition

    def archive_property(self, object_type: str, name: str) -> None:
        """Put a property into the bin."""
        definition = self.properties[object_type].pop(name)
        self._keep(object_type, {**definition, "archived": True})

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

    def change_group(self, object_type: str, name: str, label: str) -> None:
        """Change a group's label."""
        self._connection.execute(
            "UPDATE groups SET label = ? WHERE type = ? AND name = ?", [label, object_type, name]
        )

    def remove_group(self, object_type: str, name: str) -> None:
        """Remove a property group."""
        self._connection.execute(
            "DELETE FROM groups WHERE type = ? AND name = ?", [object_type, name]
        )

    def put_pipeline(self, object_type: str, pipeline: dict[str, Any]) -> None:
        """Make or replace a pipeline."""
        self.touched = True
        self.pipelines[object_type][pipeline["id"]] = pipeline
        self._connection.execute(
            "INSERT OR REPLACE INTO pipelines VALUES (?, ?, ?)",
            [object_type, pipeline["id"], json.dumps(pipeline)],
        )

    def stage_in_use(self, object_type: str, property_name: str, values: list[str]) -> list[int]:
        """Return some records that are in one of these pipelines or stages."""
        marks = ", ".join("?" * len(values))
        rows = self._connection.execute(
            "SELECT id FROM objects WHERE type = ? AND archived = 0 AND "
            f"json_extract(properties, '$.' || ?) IN ({marks}) ORDER BY id LIMIT 10",
            [object_type, property_name, *values],
        )
        return [row["id"] for row in rows]

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


def type_of(schema: Mapping[str, Any]) -> ObjectType:
    """Return the object type that a custom schema describes."""
    primary = schema.get("primaryDisplayProperty")
    return ObjectType(
        id=schema["objectTypeId"],
        name=schema["fullyQualifiedName"],
        singular=schema["fullyQualifiedName"],
        display=(primary,) if primary else (),
        default_properties=("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
        created="hs_createdate",
        required=tuple(schema["requiredProperties"]),
        searchable=tuple(schema["searchableProperties"]),
    )
