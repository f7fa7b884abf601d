"""Our own writes of two-way properties to HubSpot: those on their way, and when others arrived.

A tap may read an object, then an outbound run writes it, and only then the record reaches us: it
says nothing of what we wrote. And the answer to a write may be lost: what HubSpot holds then may
be our own value, that nobody has agreed to yet. Without this, both would look like edits.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

import pyarrow as pa

from stagedoor.model import ObjectBatch, ObjectRef, Outcome, Properties, Status
from stagedoor.state.database import StateDatabase
from stagedoor.state.platform_rows import IN_FLIGHT

ANSWERED = ("OBJECT_GONE", "VALUE_TAKEN")
"""Codes of refusals after which a change is tried again; it was not carried out."""

InFlight: TypeAlias = Mapping[ObjectRef, Properties]
"""Values that we sent and heard nothing of."""


class Sent:
    """Our own writes of one portal's two-way properties."""

    def __init__(self, database: StateDatabase, properties: Mapping[str, Collection[str]]) -> None:
        """Note writes of `properties`, by entry of the mapping."""
        self._database = database
        self._properties = properties

    def intend(self, batches: Iterable[ObjectBatch]) -> Iterator[ObjectBatch]:
        """Yield each batch after its values are noted as on their way; durable by then."""
        for batch in batches:
            self._intend(batch)
            yield batch

    def _intend(self, batch: ObjectBatch) -> None:
        names = self._properties.get(batch.object_type) or ()
        told = [
            (change.ref.key, change.match_value, json.dumps(_boxed(mine), ensure_ascii=False))
            for change in batch.changes
            if (mine := {n: v for n, v in change.after.items() if n in names})
        ]
        if not told:
            return
        keys, values, properties = zip(*told, strict=True)
        table = pa.table({"key": keys, "match_value": values, "properties": properties})
        with self._database.registered("leaving_now", table), self._database.transaction():
            self._database.execute(
                "CREATE OR REPLACE TEMP TABLE sending_now AS SELECT l.key, l.match_value, "
                "json_merge_patch(coalesce(s.properties, '{}'), l.properties)::VARCHAR "
                "AS properties FROM leaving_now l LEFT JOIN inbound.sending s "
                "ON s.object_type = ? AND s.key = l.key",
                [batch.object_type],
            )
            self._database.execute(
                "DELETE FROM inbound.sending s USING sending_now n "
                "WHERE s.object_type = ? AND s.key = n.key",
                [batch.object_type],
            )
            self._database.execute(
                "INSERT INTO inbound.sending SELECT ?, * FROM sending_now", [batch.object_type]
            )

    def _heard(self, batch: ObjectBatch, answered: Collection[ObjectRef]) -> None:
        """Take what was answered out of what is on its way; older values of others stay."""
        sent = {c.ref.key: {*c.after, *c.kept} for c in batch.changes if c.ref in answered}
        waiting = self._database.rows(
            "SELECT key, match_value, properties FROM inbound.sending WHERE object_type = ? "
            "AND key IN (SELECT unnest(?::VARCHAR[]))",
            [batch.object_type, list(sent)],
        )
        self._database.execute(
            "DELETE FROM inbound.sending WHERE object_type = ? "
            "AND key IN (SELECT unnest(?::VARCHAR[]))",
            [batch.object_type, list(sent)],
        )
        for key, match_value, told in waiting:
            left = {n: v for n, v in json.loads(told).items() if n not in sent[key]}
            if left:
                self._database.execute(
                    "INSERT INTO inbound.sending VALUES (?, ?, ?, ?)",
                    [batch.object_type, key, match_value, json.dumps(left, ensure_ascii=False)],
                )

    def note(self, batch: ObjectBatch, outcomes: Sequence[Outcome]) -> None:
        """Note what was answered, with HubSpot's own time of a write; durable on return."""
        names = self._properties.get(batch.object_type)
        if not names:
            return
        answers = {o.ref: o for o in outcomes if not _is_unknown(o)}
        mine = {c.ref: [n for n in c.after if n in names] for c in batch.changes}
        rows = [
            (ref.key, mine[ref], _naive(outcome.written_at))
            for ref, outcome in answers.items()
            if mine.get(ref) and outcome.written_at is not None
        ]
        with self._database.transaction():
            self._heard(batch, answers.keys())
            if rows:
                self._database.execute(
                    "INSERT INTO inbound.sent SELECT ?, unnest(?::VARCHAR[]), "
                    "unnest(?::VARCHAR[][]), unnest(?::TIMESTAMP[])",
                    [batch.object_type, *map(list, zip(*rows, strict=True))],
                )


def _is_unknown(outcome: Outcome) -> bool:
    """Whether HubSpot's answer does not say if it carried a change out."""
    told = outcome.refusal.code if outcome.refusal else None
    return outcome.status is Status.DEFERRED and told not in ANSWERED


def in_flight(database: StateDatabase) -> dict[ObjectRef, dict[str, str | None]]:
    """Return the values that were sent and of which nothing was heard."""
    rows = database.rows("SELECT object_type, key, properties FROM inbound.sending")
    return {
        ObjectRef(name, key): {n: v[0] if v else None for n, v in json.loads(told).items()}
        for name, key, told in rows
    }


def sent_as(database: StateDatabase) -> dict[ObjectRef, str]:
    """Return the match values of objects that were sent and of which nothing was heard."""
    rows = database.rows("SELECT object_type, key, match_value FROM inbound.sending")
    return {ObjectRef(name, key): match_value for name, key, match_value in rows}


def clear_in_flight(
    database: StateDatabase, places: Iterable[tuple[ObjectRef, str]], known: InFlight
) -> None:
    """Forget values of which it has turned out what HubSpot holds."""
    gone: dict[ObjectRef, set[str]] = {}
    for ref, name in places:
        if name in known.get(ref, ()):
            gone.setdefault(ref, set()).add(name)
    for ref, names in gone.items():
        left = {n: v for n, v in known[ref].items() if n not in names}
        database.execute(
            "UPDATE inbound.sending SET properties = ? WHERE object_type = ? AND key = ?",
            [json.dumps(_boxed(left), ensure_ascii=False), ref.object_type, ref.key],
        )
    if gone:
        database.execute("DELETE FROM inbound.sending WHERE properties = '{}'")


def forget_sent(database: StateDatabase, now: datetime) -> None:
    """Forget writes that every read knows which may still come, or waits already."""
    database.execute(
        "DELETE FROM inbound.sent WHERE sent_at < least(?::TIMESTAMP, "
        "coalesce((SELECT min(arrived_at) FROM inbound.seen), ?::TIMESTAMP)) - " + IN_FLIGHT,
        [now.astimezone(UTC).replace(tzinfo=None)] * 2,
    )


def _boxed(properties: Properties) -> dict[str, list[str]]:
    return {name: [] if value is None else [value] for name, value in properties.items()}


def _naive(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None)
