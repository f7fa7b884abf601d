"""Erases people from the replica and the ledger, and keeps blocked ones from coming in."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator

from stagedoor.engine.person import ERASED, PERSONAL, Blocked, Person, PersonalColumns, full_names
from stagedoor.model import ObjectRef
from stagedoor.state.database import StateDatabase
from stagedoor.state.ledger import PAIR_TABLES
from stagedoor.state.replica import Replica, literal, quoted
from stagedoor.state.touching import forget
from stagedoor.streams import STREAMS


def normal(column: str) -> str:
    """Return SQL for an address trimmed and in lower case."""
    return f"nullif(lower(trim({quoted(column)}, ' ' || chr(9) || chr(10) || chr(13))), '')"


class Eraser:
    """Erases from one portal's state."""

    def __init__(self, database: StateDatabase) -> None:
        """Work on `database`."""
        self._database = database
        self._replica = Replica(database)

    def by_address(self, address: str) -> Person:
        """Return the person of an address: all accounts that have it, and every name used."""
        return self._completed(Person(addresses=frozenset({address})))

    def by_key(self, key: str) -> Person:
        """Return the person of a contact's key, such as `customer:17`."""
        kind, _, value = key.partition(":")
        if kind == "guest":
            return self.by_address(value)
        return self._completed(Person(customer_ids=frozenset({value})))

    def _completed(self, person: Person) -> Person:
        """Return the person with all accounts, addresses and names that lead to each other."""
        while True:
            known = person
            for stream, columns in PERSONAL.items():
                known = known.joined(self._told_by(stream, columns, known))
            known = known.joined(self._linked(known))
            if known == person:
                return person
            person = known

    def _told_by(self, stream: str, columns: PersonalColumns, person: Person) -> Person:
        """Return what the rows of a person in one stream add to what is known of them."""
        accounts = (
            quoted(columns.customer) if columns.customer and stream == "customers" else "NULL"
        )
        address = normal(columns.address) if columns.address and stream == "customers" else "NULL"
        names = ("first_name", "last_name")
        first, last = names if set(names) <= set(columns.personal) else ("NULL", "NULL")
        rows = self._database.rows(
            f"SELECT DISTINCT {accounts}::VARCHAR, {address}, {first}::VARCHAR, {last}::VARCHAR "
            f"FROM replica.{quoted(stream)} WHERE {_theirs(columns, person)}"
        )
        return Person(
            frozenset(row[0] for row in rows if row[0]),
            frozenset(row[1] for row in rows if row[1]),
            full_names((row[2], row[3]) for row in rows),
        )

    def _linked(self, person: Person) -> Person:
        """Return what the ledger's contacts of a person add."""
        rows = self._database.rows(
            "SELECT lower(match_value), properties->>'firstname', properties->>'lastname' "
            f"FROM ledger.objects WHERE key IN {_listed(person.keys)}"
        )
        addresses = frozenset(row[0] for row in rows if row[0] and "@" in row[0])
        return Person(addresses=addresses, names=full_names((row[1], row[2]) for row in rows))

    def found(self, person: Person) -> dict[str, int]:
        """Return how many rows of each kind hold something of a person."""
        counts = {f"replica.{s}": n for s, n in self._rows_of(person)}
        contacts = self._database.scalar(
            f"SELECT count(*) FROM ledger.objects WHERE key IN {_listed(person.keys)}"
        )
        return {**counts, "ledger": int(contacts)}

    def contacts(self, person: Person) -> tuple[tuple[ObjectRef, str], ...]:
        """Return the person's objects in HubSpot, with their ids there."""
        rows = self._database.rows(
            "SELECT object_type, key, hubspot_id FROM ledger.objects "
            f"WHERE key IN {_listed(person.keys)} ORDER BY ALL"
        )
        return tuple((ObjectRef(name, key), hubspot_id) for name, key, hubspot_id in rows)

    def is_on_platform(self, person: Person) -> bool:
        """Return whether the platform, when last read, had anything personal of them."""
        living = "NOT coalesce(is_deleted, false)"
        return any(
            self._database.scalar(
                f"SELECT count(*) FROM replica.{quoted(stream)} WHERE {living} "
                f"AND {quoted(columns.address)} IS NOT NULL AND {_theirs(columns, person)}"
            )
            for stream, columns in PERSONAL.items()
            if columns.address
        )

    def _rows_of(self, person: Person) -> Iterator[tuple[str, int]]:
        for stream in self._replica.streams():
            condition = self._condition(stream, person)
            if condition is None:
                continue
            if stream in PERSONAL:
                filled = " OR ".join(f"{quoted(c)} IS NOT NULL" for c in PERSONAL[stream].personal)
                condition = f"({condition}) AND ({filled})"
            sql = f"SELECT count(*) FROM replica.{quoted(stream)} WHERE {condition}"
            if count := int(self._database.scalar(sql)):
                yield stream, count

    def _condition(self, stream: str, person: Person) -> str | None:
        """Return the SQL condition of a person's rows in one stream."""
        if stream in PERSONAL:
            theirs = _theirs(PERSONAL[stream], person)
            return f"{theirs} OR {_NAMELESS}" if stream == "order_tickets" else theirs
        if stream in STREAMS:
            return None
        texts = [name for name, kind in self._replica.columns(stream).items() if kind == "VARCHAR"]
        mentions = [
            f"contains(lower({quoted(name)}), {literal(word)})"
            for name in texts
            for word in person.words
        ]
        return " OR ".join(mentions) or None

    def erase(self, person: Person) -> None:
        """Empty the person's columns, drop their contacts, and strike mentions elsewhere."""
        with self._database.transaction():
            self._database.execute(
                "INSERT INTO ledger.erased_orders SELECT order_id FROM replica.orders "
                f"WHERE {_theirs(PERSONAL['orders'], person)} "
                "AND order_id NOT IN (SELECT order_id FROM ledger.erased_orders)"
            )
            for stream in list(self._replica.streams()):
                condition = self._condition(stream, person)
                if condition is not None:
                    self._erase_rows(stream, condition)
                if stream in STREAMS:
                    self._strike_rows(stream, person)
            self._erase_links(person)
            self._strike_mentions(person)
            forget(self._database)

    def _erase_rows(self, stream: str, condition: str) -> None:
        table = f"replica.{quoted(stream)}"
        if stream in PERSONAL:
            emptied = ", ".join(f"{quoted(c)} = NULL" for c in PERSONAL[stream].personal)
            self._database.execute(f"UPDATE {table} SET {emptied} WHERE {condition}")
        else:
            self._database.execute(f"DELETE FROM {table} WHERE {condition}")

    def _strike_rows(self, stream: str, person: Person) -> None:
        """Strike the person's address and name from what other people's rows say."""
        spec, table = STREAMS[stream], f"replica.{quoted(stream)}"
        texts = [f.name for f in spec.fields if f.type in ("string", "json") and f.name != spec.key]
        present = self._replica.columns(stream)
        for name in (quoted(text) for text in texts if text in present):
            for word in person.words:
                struck = f"regexp_replace({name}, {literal(re.escape(word))}, '{ERASED}', 'gi')"
                self._database.execute(
                    f"UPDATE {table} SET {name} = {struck} "
                    f"WHERE contains(lower({name}), {literal(word)})"
                )

    def _erase_links(self, person: Person) -> None:
        keys = _listed(person.keys)
        self._erase_both_ways(person, keys)
        for table in ("objects", "refused", "calculated"):
            self._database.execute(f"DELETE FROM ledger.{table} WHERE key IN {keys}")
        for table in PAIR_TABLES:
            self._database.execute(
                f"DELETE FROM {table} WHERE from_key IN {keys} OR to_key IN {keys}"
            )

    def _erase_both_ways(self, person: Person, keys: str) -> None:
        """Forget what was seen, sent and written of the person's properties that go both ways."""
        theirs = (
            f"SELECT hubspot_id FROM ledger.objects WHERE key IN {keys} "
            f"UNION SELECT hubspot_id FROM inbound.held WHERE key IN {keys}"
        )
        self._database.execute(f"DELETE FROM inbound.seen WHERE hubspot_id IN ({theirs})")
        for table in ("held", "sent", "sending", "made_anew", "writing"):
            self._database.execute(f"DELETE FROM inbound.{table} WHERE key IN {keys}")
        rows = _listed(person.customer_ids)
        for table in ("written", "overtaken"):
            self._database.execute(
                f"DELETE FROM inbound.{table} WHERE stream = 'customers' AND row_key IN {rows}"
            )

    def _strike_mentions(self, person: Person) -> None:
        """Put a placeholder where other objects' properties mention the person.

        The next plan writes there whatever the platform says now.
        """
        mentions = " OR ".join(
            f"contains(lower(properties), {literal(json.dumps(w, ensure_ascii=False)[1:-1])})"
            for w in person.words
        )
        if not mentions:
            return
        rows = self._database.rows(
            f"SELECT object_type, key, properties FROM ledger.objects WHERE {mentions}"
        )
        for object_type, key, properties in rows:
            struck = {
                n: ERASED if person.is_mentioned(v) else v
                for n, v in json.loads(properties).items()
            }
            self._database.execute(
                "UPDATE ledger.objects SET properties = ?, source_hash = 'erased' "
                "WHERE object_type = ? AND key = ?",
                [json.dumps(struck, ensure_ascii=False), object_type, key],
            )
        for table, column in (("calculated", "value"), ("missing", "row_key")):
            schema = "ledger" if table == "calculated" else "sightings"
            found = " OR ".join(f"contains(lower({column}), {literal(w)})" for w in person.words)
            self._database.execute(f"DELETE FROM {schema}.{table} WHERE {found}")


_NAMELESS = (
    "(attendee_customer_id IS NULL AND attendee_email IS NULL "
    "AND order_id IN (SELECT order_id FROM ledger.erased_orders))"
)
"""Tickets of an erased buyer that name nobody else's account or address."""


def _theirs(columns: PersonalColumns, person: Person) -> str:
    parts = []
    if columns.customer and person.customer_ids:
        parts.append(f"{quoted(columns.customer)}::VARCHAR IN {_listed(person.customer_ids)}")
    if columns.address and person.addresses:
        parts.append(f"{normal(columns.address)} IN {_listed(person.addresses)}")
    return f"({' OR '.join(parts) or 'false'})"


def _listed(values: Collection[str]) -> str:
    return f"({', '.join(literal(v) for v in sorted(values)) or 'NULL'})"


def keep_away(database: StateDatabase, stream: str, names: Iterable[str], blocked: Blocked) -> None:
    """Empty the personal columns of blocked people in `staged`, before it is absorbed."""
    columns, present = PERSONAL.get(stream), set(names)
    if columns is None or not blocked.hashes:
        return
    hashes, parts = _listed(blocked.hashes), []
    for kind, column in (("customer:", columns.customer), ("email:", columns.address)):
        if column in present:
            value = normal(column) if kind == "email:" else f"{quoted(column)}::VARCHAR"
            salted = f"sha256({literal(blocked.salt + kind)} || {value})"
            parts.append(f"coalesce({salted} IN {hashes}, false)")
    if stream == "order_tickets" and {"order_id", columns.customer, columns.address} <= present:
        parts.append(_NAMELESS)
    if not parts:
        return
    database.execute(
        f"CREATE OR REPLACE TEMP TABLE kept_away AS SELECT rowid AS id FROM staged "
        f"WHERE {' OR '.join(parts)}"
    )
    if stream == "orders":
        database.execute(
            "INSERT INTO ledger.erased_orders SELECT order_id FROM staged "
            "WHERE rowid IN (SELECT id FROM kept_away) "
            "AND order_id NOT IN (SELECT order_id FROM ledger.erased_orders)"
        )
    emptied = ", ".join(f"{quoted(c)} = NULL" for c in columns.personal if c in present)
    database.execute(f"UPDATE staged SET {emptied} WHERE rowid IN (SELECT id FROM kept_away)")
