"""Records: reading, and writing by HubSpot's rules."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from hubspot_sandbox.model import values
from hubspot_sandbox.model.account import CURRENCIES
from hubspot_sandbox.model.behaviour import Behaviour
from hubspot_sandbox.model.rules import broken_rule
from hubspot_sandbox.model.types import ObjectType
from hubspot_sandbox.store.feed import Feed
from hubspot_sandbox.store.index import Index
from hubspot_sandbox.store.schema import Schema
from hubspot_sandbox.store.stages import STAGED, check_stage, derived_of_stage

_SYSTEM = ("createdate", "hs_createdate", "hs_object_id", "hs_object_source")


@dataclass(slots=True)
class Record:
    """One record."""

    id: int
    properties: dict[str, str]
    created: int
    updated: int
    archived: int = 0
    """When it was put into the bin, in ms; 0 is not at all."""


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

    def __init__(
        self, connection: sqlite3.Connection, schema: Schema, feed: Feed, index: Index
    ) -> None:
        """Continue the numbering of records."""
        self._connection = connection
        self._schema = schema
        self._feed = feed
        self._index = index
        self.behaviour = Behaviour()
        self.source = "INTEGRATION"
        """What makes the changes now, as HubSpot calls it."""
        row = connection.execute("SELECT max(id) AS last FROM objects").fetchone()
        self._last_id = int(row["last"] or 500)

    def get(self, kind: ObjectType, record_id: int, *, archived: bool = False) -> Record | None:
        """Return one record."""
        row = self._connection.execute(
            "SELECT * FROM objects WHERE type = ? AND id = ?", [kind.name, record_id]
        ).fetchone()
        if row is None or bool(row["archived"]) != archived:
            return None
        return record_of(row)

    def there(self, kind: ObjectType, record_ids: Sequence[int]) -> list[Record]:
        """Return the records of these that are not archived, in the order that was given."""
        marks = ", ".join("?" * len(record_ids))
        rows = self._connection.execute(
            f"SELECT * FROM objects WHERE type = ? AND archived = 0 AND id IN ({marks})",
            [kind.name, *record_ids],
        )
        found = {row["id"]: record_of(row) for row in rows}
        return [found[record_id] for record_id in record_ids if record_id in found]

    def find(self, kind: ObjectType, property_name: str, value: str) -> int | None:
        """Return the id of the record that has a unique value."""
        row = self._connection.execute(
            "SELECT id FROM unique_values WHERE type = ? AND property = ? AND value = ?",
            [kind.name, property_name, _unique_key(property_name, value)],
        ).fetchone()
        return int(row["id"]) if row else None

    def page(
        self, kind: ObjectType, after: int, limit: int, *, archived: bool = False
    ) -> list[Record]:
        """Return up to `limit` records whose id is `after` or more, by id."""
        state = "> 0" if archived else "= 0"
        rows = self._connection.execute(
            f"SELECT * FROM objects WHERE type = ? AND archived {state} AND id >= ? "
            "ORDER BY id LIMIT ?",
            [kind.name, after, limit],
        )
        return [record_of(row) for row in rows]

    def all(self, kind: ObjectType) -> Iterator[Record]:
        """Yield every record that is not archived, by id."""
        for row in self._connection.execute(
            "SELECT * FROM objects WHERE type = ? AND archived = 0 ORDER BY id", [kind.name]
        ):
            yield record_of(row)

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
                if rule := self._schema.rules.get((kind.name, name)):
                    broken_rule(rule, stored[name])
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
        if definition["modificationMetadata"]["readOnlyValue"] and not (
            old is None and name == "hs_additional_emails"
        ):
            raise values.Invalid(
                "READ_ONLY_VALUE", f'"{name}" is a read only property; its value cannot be set'
            )
        text = "" if value is None else value if isinstance(value, str) else json.dumps(value)
        if name in STAGED:
            return check_stage(self._schema, kind, name, text, given, old)
        if self.behaviour.emails == "kept" and name == "email":
            return values.email(text) and text.strip() if text else text
        text = values.canonical(definition, text, (old or {}).get(name))
        if name == "deal_currency_code" and text not in ("", *CURRENCIES):
            raise values.Invalid(
                "INVALID_OPTION",
                f"{text} was not one of the allowed options: [{', '.join(CURRENCIES)}]",
            )
        if name == "lifecyclestage":
            options = sorted(definition["options"], key=lambda option: option["displayOrder"])
            order = [option["value"] for option in options]
            return values.forward_only(order, (old or {}).get(name), text)
        return text

    def create(self, kind: ObjectType, stored: Mapping[str, str], now: int) -> Record:
        """Make a record of checked values.

        Raises:
            Conflict: A unique value is taken.
        """
        self._last_id += 1
        record = Record(self._last_id, {}, now, now)
        system = {
            kind.created: values.iso(now),
            "hs_object_id": str(record.id),
            "hs_object_source": self.source,
            "hs_object_source_label": self.source,
        }
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
        self._index.before_write(kind, record.id, now)
        changed |= _derived(kind, changed, record.properties, self._schema, new=new)
        if changed:
            changed[kind.modified] = values.iso(now)
            record.updated = now
            self._feed.add(
                "CREATE" if new else "UPDATE",
                kind.name,
                record.id,
                now,
                self.source,
                properties=changed,
            )
        label = _label(kind, record.properties)
        record.properties.update(changed)
        self._relabel(record.id, label, _label(kind, record.properties))
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
        skipped = {kind.modified, *_SYSTEM}
        self._connection.executemany(
            "INSERT INTO history VALUES (?, ?, ?, ?, ?, ?)",
            [
                (kind.name, record.id, n, now, v, self.source)
                for n, v in changed.items()
                if n not in skipped
            ],
        )

    def _relabel(self, record_id: int, old: str, new: str) -> None:
        """Let a search for words find a record by its new ones."""
        if old == new:
            return
        if old:
            self._connection.execute("DELETE FROM labels WHERE rowid = ?", [record_id])
        if new:
            domains = [word.partition("@")[2] for word in new.split() if "@" in word]
            row = [record_id, " ".join([new, *domains])]
            self._connection.execute("INSERT INTO labels (rowid, label) VALUES (?, ?)", row)

    def touch(self, kind: ObjectType, record_id: int, now: int) -> None:
        """Move a record's modified date, as HubSpot's own processing does after a creation."""
        record = self.get(kind, record_id)
        if record is not None:
            self._write(kind, record, {kind.modified: values.iso(now)}, now, new=False)

    def _claim(self, kind: ObjectType, record: Record, changed: Mapping[str, str]) -> None:
        """Take the unique values of a write, and give up the ones it replaces."""
        for name, value in changed.items():
            if kind.name == "contacts" and name == "hs_additional_emails":
                for address in filter(None, value.split(";")):
                    self._take(kind, "email", address, record.id)
                continue
            if not self._schema.is_unique(kind.name, name):
                continue
            previous = record.properties.get(name)
            if value:
                self._take(kind, name, value, record.id)
            if previous and _unique_key(name, previous) != _unique_key(name, value):
                self._connection.execute(
                    "DELETE FROM unique_values WHERE type = ? AND property = ? AND value = ?",
                    [kind.name, name, _unique_key(name, previous)],
                )

    def _take(self, kind: ObjectType, name: str, value: str, record_id: int) -> None:
        owner = self.find(kind, name, value)
        if owner is not None and owner != record_id:
            raise Conflict(name, owner)
        self._connection.execute(
            "INSERT OR REPLACE INTO unique_values VALUES (?, ?, ?, ?)",
            [kind.name, name, _unique_key(name, value), record_id],
        )

    def archive(self, kind: ObjectType, record_ids: Iterable[int], now: int) -> None:
        """Put records into the bin; their unique values are free at once."""
        for record_id in record_ids:
            if self.get(kind, record_id) is None:
                continue
            self._index.before_write(kind, record_id, now)
            self._connection.execute(
                "UPDATE objects SET archived = ? WHERE type = ? AND id = ?",
                [now, kind.name, record_id],
            )
            self._connection.execute(
                "DELETE FROM unique_values WHERE type = ? AND id = ?", [kind.name, record_id]
            )
            self._feed.add("DELETE", kind.name, record_id, now, self.source)

    def restore(self, kind: ObjectType, record: Record, now: int) -> None:
        """Take a record out of the bin.

        Raises:
            Conflict: One of its unique values has been taken meanwhile.
        """
        self._claim(kind, Record(record.id, {}, record.created, now), record.properties)
        self._index.before_write(kind, record.id, now)
        self._connection.execute(
            "UPDATE objects SET archived = 0, updated = ? WHERE type = ? AND id = ?",
            [now, kind.name, record.id],
        )
        self._feed.add("RESTORE", kind.name, record.id, now, self.source)

    def history(self, kind: ObjectType, record_id: int) -> list[sqlite3.Row]:
        """Return the versions of all properties of a record, newest first."""
        return self._connection.execute(
            "SELECT * FROM history WHERE type = ? AND id = ? ORDER BY at DESC, property",
            [kind.name, record_id],
        ).fetchall()

    def labelled(self, kind: ObjectType, words: Sequence[str], limit: int) -> list[Record]:
        """Return records with words in name, address or domain that begin with all `words`."""
        rows = self._connection.execute(
            "SELECT * FROM objects WHERE type = ? AND archived = 0 "
            "AND id IN (SELECT rowid FROM labels WHERE labels MATCH ?) "
            "ORDER BY updated DESC, id DESC LIMIT ?",
            [kind.name, beginning_with(words), limit],
        )
        return [record_of(row) for row in rows]


def _unique_key(property_name: str, value: str) -> str:
    """Return a unique value as it is compared: addresses without case."""
    return value.strip().lower() if property_name == "email" else value


def beginning_with(words: Sequence[str]) -> str:
    """Return the full-text query that finds labels in which all these begin a word."""
    quoted = (word.replace('"', '""') for word in words)
    return " ".join(f'"{word}" *' for word in quoted)


def record_of(row: sqlite3.Row) -> Record:
    """Return a row as a record."""
    return Record(
        row["id"],
        msgspec.json.decode(row["properties"]),
        row["created"],
        row["updated"],
        row["archived"],
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


def _label(kind: ObjectType, properties: Mapping[str, str]) -> str:
    names = dict.fromkeys((*kind.display, *kind.searchable, "order_number"))
    return " ".join(properties[n] for n in names if properties.get(n)).lower()
