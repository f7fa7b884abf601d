"""Records: reading, and writing by HubSpot's rules."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubspot_sandbox.model import values
from hubspot_sandbox.model.account import CURRENCIES
from hubspot_sandbox.model.definitions import LIFECYCLE
from hubspot_sandbox.model.types import ObjectType
from hubspot_sandbox.store.schema import Schema
from hubspot_sandbox.store.stages import STAGED, check_stage, derived_of_stage

SOURCE = {"hs_object_source": "INTEGRATION", "hs_object_source_label": "INTEGRATION"}


@dataclass(slots=True)
class Record:
    """One record."""

    id: int
    properties: dict[str, str]
    created: int
    updated: int
    archived: bool = False


class Refused(ValueError):
    """Values of a record are not valid; `problems` as HubSpot lists them."""

    def __init__(self, problems: list[dict[str, Any]]) -> None:
        """Keep the list."""
        super().__init__("Property values were not valid")
        self.problems = problems


class Conflict(ValueError):
    """A unique value belongs to another record."""

    def __init__(self, property_name: str, existing: int) -> None:
        """Keep whose it is."""
        super().__init__(f"{property_name} is taken by {existing}")
        self.property_name = property_name
        self.existing = existing


class Objects:
    """The records of a portal; the caller opens the transaction."""

    def __init__(self, connection: sqlite3.Connection, schema: Schema) -> None:
        """Continue the numbering of records."""
        self._connection = connection
        self._schema = schema
        row = connection.execute("SELECT max(id) AS last FROM objects").fetchone()
        self._last_id = int(row["last"] or 500)

    def get(self, kind: ObjectType, record_id: int, *, archived: bool = False) -> Record | None:
        """Return one record."""
        row = self._connection.execute(
            "SELECT * FROM objects WHERE type = ? AND id = ? AND archived = ?",
            [kind.name, record_id, int(archived)],
        ).fetchone()
        return _record(row) if row else None

    def find(self, kind: ObjectType, property_name: str, value: str) -> int | None:
        """Return the id of the record that has a unique value."""
        value = value.strip().lower() if property_name == "email" else value
        row = self._connection.execute(
            "SELECT id FROM unique_values WHERE type = ? AND property = ? AND value = ?",
            [kind.name, property_name, value],
        ).fetchone()
        return int(row["id"]) if row else None

    def page(
        self, kind: ObjectType, after: int, limit: int, *, archived: bool = False
    ) -> list[Record]:
        """Return up to `limit` records whose id is `after` or more, by id."""
        rows = self._connection.execute(
            "SELECT * FROM objects WHERE type = ? AND archived = ? AND id >= ? ORDER BY id LIMIT ?",
            [kind.name, int(archived), after, limit],
        )
        return [_record(row) for row in rows]

    def all(self, kind: ObjectType) -> Iterator[Record]:
        """Yield every record that is not archived, by id."""
        for row in self._connection.execute(
            "SELECT * FROM objects WHERE type = ? AND archived = 0 ORDER BY id", [kind.name]
        ):
            yield _record(row)

    def count(self, kind: ObjectType) -> int:
        """Return how many records there are."""
        row = self._connection.execute(
            "SELECT count(*) AS n FROM objects WHERE type = ? AND archived = 0", [kind.name]
        ).fetchone()
        return int(row["n"])

    def checked(
        self, kind: ObjectType, given: Mapping[str, Any], old: Mapping[str, str] | None
    ) -> dict[str, str]:
        """Return the values of a write as they will be stored.

        Raises:
            Refused: Naming every value that HubSpot would not take.
        """
        definitions = self._schema.properties[kind.name]
        stored: dict[str, str] = {}
        problems: list[dict[str, Any]] = []
        for name, value in given.items():
            try:
                stored[name] = self._one(kind, definitions.get(name), name, value, given, old)
            except values.Invalid as error:
                problems.append(_problem(name, error.error, str(error)))
        if problems:
            raise Refused(problems)
        return stored

    def _one(
        self,
        kind: ObjectType,
        definition: Mapping[str, Any] | None,
        name: str,
        value: Any,
        given: Mapping[str, Any],
        old: Mapping[str, str] | None,
    ) -> str:
        if definition is None:
            raise values.Invalid("PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
        if definition["modificationMetadata"]["readOnlyValue"]:
            raise values.Invalid(
                "READ_ONLY_VALUE", f'"{name}" is a read only property; its value cannot be set'
            )
        text = "" if value is None else value if isinstance(value, str) else json.dumps(value)
        if name in STAGED:
            return check_stage(self._schema, kind, name, text, given, old)
        text = values.canonical(definition, text)
        if name == "deal_currency_code" and text not in ("", *CURRENCIES):
            raise values.Invalid(
                "INVALID_OPTION",
                f"{text} was not one of the allowed options: [{', '.join(CURRENCIES)}]",
            )
        if name == "lifecyclestage":
            return values.forward_only(LIFECYCLE, (old or {}).get(name), text)
        return text

    def create(self, kind: ObjectType, stored: Mapping[str, str], now: int) -> Record:
        """Make a record of checked values.

        Raises:
            Conflict: A unique value is taken.
        """
        self._last_id += 1
        record = Record(self._last_id, {}, now, now)
        system = {"createdate": values.iso(now), "hs_object_id": str(record.id), **SOURCE}
        self._write(kind, record, {**stored, **system}, now, new=True)
        return record

    def update(self, kind: ObjectType, record: Record, stored: Mapping[str, str], now: int) -> None:
        """Change a record; what stays the same leaves no trace in its history.

        Raises:
            Conflict: A unique value is taken.
        """
        changed = {n: v for n, v in stored.items() if record.properties.get(n, None) != v}
        self._write(kind, record, changed, now, new=False)

    def _write(
        self, kind: ObjectType, record: Record, changed: dict[str, str], now: int, *, new: bool
    ) -> None:
        self._claim(kind, record, changed)
        changed |= _derived(kind, changed, record.properties, self._schema, new=new)
        if changed:
            changed[kind.modified] = values.iso(now)
            record.updated = now
        record.properties.update(changed)
        self._connection.execute(
            "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, 0, ?)",
            [
                kind.name,
                record.id,
                json.dumps(record.properties, ensure_ascii=False),
                record.created,
                record.updated,
                _label(kind, record.properties),
            ],
        )
        skipped = {kind.modified, "createdate", "hs_object_id", *SOURCE}
        self._connection.executemany(
            "INSERT INTO history VALUES (?, ?, ?, ?, ?, 'INTEGRATION')",
            [(kind.name, record.id, n, now, v) for n, v in changed.items() if n not in skipped],
        )

    def _claim(self, kind: ObjectType, record: Record, changed: Mapping[str, str]) -> None:
        """Take the unique values of a write, and give up the ones it replaces."""
        for name, value in changed.items():
            if not self._schema.is_unique(kind.name, name):
                continue
            owner = self.find(kind, name, value) if value else None
            if owner is not None and owner != record.id:
                raise Conflict(name, owner)
            previous = record.properties.get(name)
            if previous:
                self._connection.execute(
                    "DELETE FROM unique_values WHERE type = ? AND property = ? AND value = ?",
                    [kind.name, name, previous],
                )
            if value:
                self._connection.execute(
                    "INSERT OR REPLACE INTO unique_values VALUES (?, ?, ?, ?)",
                    [kind.name, name, value, record.id],
                )

    def archive(self, kind: ObjectType, record_ids: Iterable[int]) -> None:
        """Put records into the bin; their unique values are free at once."""
        for record_id in record_ids:
            self._connection.execute(
                "UPDATE objects SET archived = 1 WHERE type = ? AND id = ?", [kind.name, record_id]
            )
            self._connection.execute(
                "DELETE FROM unique_values WHERE type = ? AND id = ?", [kind.name, record_id]
            )

    def history(self, kind: ObjectType, record_id: int) -> list[sqlite3.Row]:
        """Return the versions of all properties of a record, newest first."""
        return self._connection.execute(
            "SELECT * FROM history WHERE type = ? AND id = ? ORDER BY at DESC, property",
            [kind.name, record_id],
        ).fetchall()

    def labelled(self, kind: ObjectType, words: Sequence[str], limit: int) -> list[Record]:
        """Return records whose name, address or domain contains all `words`."""
        condition = " AND ".join(["label LIKE ? ESCAPE '\\'"] * len(words)) or "1"
        patterns = [f"%{_escaped(word)}%" for word in words]
        rows = self._connection.execute(
            f"SELECT * FROM objects WHERE type = ? AND archived = 0 AND {condition} "
            "ORDER BY updated DESC, id DESC LIMIT ?",
            [kind.name, *patterns, limit],
        )
        return [_record(row) for row in rows]


def _escaped(word: str) -> str:
    return word.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _record(row: sqlite3.Row) -> Record:
    return Record(
        row["id"],
        json.loads(row["properties"]),
        row["created"],
        row["updated"],
        bool(row["archived"]),
    )


def _problem(name: str, error: str, message: str) -> dict[str, Any]:
    return {
        "isValid": False,
        "message": message,
        "error": error,
        "name": name,
        "localizedErrorMessage": message,
    }


def _derived(
    kind: ObjectType,
    changed: Mapping[str, str],
    old: Mapping[str, str],
    schema: Schema,
    *,
    new: bool,
) -> dict[str, str]:
    """Return what HubSpot computes from a write."""
    derived: dict[str, str] = {}
    if kind.name == "contacts" and "email" in changed:
        derived["hs_email_domain"] = changed["email"].rpartition("@")[2]
    if kind.name == "contacts" and new:
        derived |= {"hs_is_contact": "true", "hs_is_unworked": "true"}
        if "lifecyclestage" not in changed:
            derived["lifecyclestage"] = "lead"
    if kind.name == "companies" and changed.get("domain") and not {**old, **changed}.get("website"):
        derived["website"] = changed["domain"]
    return derived | derived_of_stage(schema, kind, {**old, **changed}, changed)


_LABELLED = ("email", "domain", "phone", "order_number")


def _label(kind: ObjectType, properties: Mapping[str, str]) -> str:
    names = (*kind.display, *_LABELLED)
    return " ".join(properties[n] for n in names if properties.get(n)).lower()
