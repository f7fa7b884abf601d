"""When we last wrote two-way properties to HubSpot: a read from before that says nothing of them.

A tap may read an object, then an outbound run writes it, and only then the record reaches us.
Without this, our own old value would look like somebody's edit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

import pyarrow as pa

from stagedoor.model import Action, ObjectBatch, Outcome
from stagedoor.state.database import StateDatabase
from stagedoor.state.platform_rows import IN_FLIGHT

EVERY = "*"
"""In place of a property: all of an object that we made."""


class Sent:
    """Our own writes of one portal's two-way properties."""

    def __init__(self, database: StateDatabase, properties: Mapping[str, Collection[str]]) -> None:
        """Note writes of `properties`, by entry of the mapping."""
        self._database = database
        self._properties = properties

    def note(self, batch: ObjectBatch, outcomes: Sequence[Outcome]) -> None:
        """Note what was written, with HubSpot's own time of it; durable on return."""
        names = self._properties.get(batch.object_type)
        if not names:
            return
        written = {o.ref: o.written_at for o in outcomes if o.written_at is not None}
        rows = [
            (change.ref.key, name, written[change.ref].astimezone(UTC).replace(tzinfo=None))
            for change in batch.changes
            if change.ref in written
            for name in ([EVERY] if batch.action is Action.CREATE else change.after)
            if name == EVERY or name in names
        ]
        if not rows:
            return
        keys, properties, moments = zip(*rows, strict=True)
        table = pa.table(
            {"key": keys, "property": properties, "sent_at": pa.array(moments, pa.timestamp("us"))}
        )
        with self._database.registered("just_sent", table), self._database.transaction():
            self._database.execute(
                "DELETE FROM inbound.sent s USING just_sent j WHERE s.object_type = ? "
                "AND s.key = j.key AND s.property = j.property",
                [batch.object_type],
            )
            self._database.execute(
                "INSERT INTO inbound.sent SELECT ?, * FROM just_sent", [batch.object_type]
            )


def forget_sent(database: StateDatabase, now: datetime) -> None:
    """Forget writes that every read knows which may still come, or waits already."""
    database.execute(
        "DELETE FROM inbound.sent WHERE sent_at < least(?::TIMESTAMP, "
        "coalesce((SELECT min(arrived_at) FROM inbound.seen), ?::TIMESTAMP)) - " + IN_FLIGHT,
        [now.astimezone(UTC).replace(tzinfo=None)] * 2,
    )
