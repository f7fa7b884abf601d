"""What people did and HubSpot does not know yet: participation, and behavioural events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from stagedoor.engine.audience import (
    MAX_PARTICIPANTS,
    Attendance,
    Occurrence,
    OccurrencePhase,
    Participation,
    ParticipationPhase,
)
from stagedoor.errors import Misconfigured
from stagedoor.mapping.behavioural import told
from stagedoor.mapping.lists import EventMapping
from stagedoor.state.database import StateDatabase
from stagedoor.state.desired import DesiredState
from stagedoor.state.pending import CHUNK
from stagedoor.state.replica import literal, quoted

_AT: dict[Attendance, tuple[str, str]] = {
    # Condition, and time. Times rise, since HubSpot goes by the latest, and takes two things at
    # one time for one. Who registered, cancelled, and has a ticket again registers again.
    Attendance.REGISTERED: (
        "r IS NULL OR (held_since IS NOT NULL AND c > r)",
        "CASE WHEN r IS NULL THEN begun ELSE greatest(epoch_ms(held_since), c + 1) END",
    ),
    # HubSpot cannot take an attendance back: it is told once, and stays.
    Attendance.ATTENDED: (
        "attended_at IS NOT NULL AND a IS NULL",
        "greatest(epoch_ms(attended_at), begun + 1, coalesce(c + 1, 0))",
    ),
    Attendance.CANCELLED: (
        "cancelled_at IS NOT NULL AND attended_at IS NULL AND a IS NULL AND (c IS NULL OR r > c)",
        "greatest(epoch_ms(cancelled_at), coalesce(r, begun) + 1)",
    ),
}


# One large join a statement: several at once do not fit the memory that a state may have.
_UNDECIDED = """
CREATE OR REPLACE TEMP TABLE linked AS {linked};

CREATE OR REPLACE TEMP TABLE dated AS
SELECT d.*, e.hubspot_id AS event_id
FROM {table} d SEMI JOIN {desired} w ON w.key = d.event_key
LEFT JOIN ledger.objects e ON e.object_type = {entry} AND e.key = d.event_key
WHERE d.registered_at IS NOT NULL;

CREATE OR REPLACE TEMP TABLE known AS
SELECT d.*, p.hubspot_id AS contact_id FROM dated d LEFT JOIN linked p ON p.key = d.contact_key;

DELETE FROM known WHERE event_id IS NULL AND event_key NOT IN (
    SELECT key FROM planned WHERE object_type = {entry} AND action = 'create');

DELETE FROM known WHERE contact_id IS NULL AND contact_key NOT IN (
    SELECT key FROM planned WHERE object_type IN ({contacts}) AND action = 'create');

CREATE OR REPLACE TEMP TABLE told AS
SELECT event_id, contact_id,
    max(happened_at) FILTER (attendance = 'REGISTERED') AS r,
    max(happened_at) FILTER (attendance = 'CANCELLED') AS c,
    max(happened_at) FILTER (attendance = 'ATTENDED') AS a
FROM ledger.participations GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE undecided AS
SELECT k.*, t.r, t.c, t.a, coalesce(t.r, epoch_ms(k.registered_at)) AS begun
FROM known k LEFT JOIN told t USING (event_id, contact_id);

-- Who was told of and is not among them any more gave the last ticket to somebody else. No row
-- says when: right after what HubSpot knows, so that telling it again says the same.
INSERT INTO undecided BY NAME
SELECT e.key AS event_key, min(l.key) AS contact_key, t.event_id, t.contact_id, t.r, t.c, t.a,
    t.r AS begun, make_timestamp(t.r * 1000) AS cancelled_at
FROM told t
JOIN ledger.objects e ON e.object_type = {entry} AND e.hubspot_id = t.event_id
SEMI JOIN {desired} w ON w.key = e.key
JOIN linked l ON l.hubspot_id = t.contact_id
SEMI JOIN ({people}) p ON p.key = l.key
ANTI JOIN known k ON k.event_id = t.event_id AND k.contact_id = t.contact_id
WHERE t.r IS NOT NULL AND t.a IS NULL AND (t.c IS NULL OR t.r > t.c)
GROUP BY ALL;

DROP TABLE linked; DROP TABLE dated; DROP TABLE known; DROP TABLE told
"""


class ParticipationState:
    """Who takes part in the marketing events of one entry of the mapping."""

    def __init__(self, database: StateDatabase, entry: str, contacts: Sequence[str]) -> None:
        """Look up people in the entries `contacts`."""
        self._database = database
        self._entry = entry
        self._contacts = ", ".join(map(literal, contacts))
        self._people = " UNION ALL ".join(
            f"SELECT key FROM {quoted(f'desired_{name}')}" for name in contacts
        )
        self._table = quoted(f"taking_part_{entry}")

    def prepare(self, desired: DesiredState, sql: str) -> None:
        """Compute who takes part."""
        desired.materialise(f"taking_part_{self._entry}", sql, f"participation in {self._entry}")

    def phases(self) -> Iterator[ParticipationPhase]:
        """Yield what is to be told, in the order in which it happened."""
        self._difference()
        for attendance, (condition, at) in _AT.items():
            table = quoted(f"participation_{self._entry}_{attendance.verb}")
            self._database.execute(
                f"CREATE OR REPLACE TEMP TABLE {table} AS "
                f"SELECT event_key, contact_key, {at} AS happened_at, "
                "row_number() OVER (ORDER BY event_key, contact_key) AS ordinal "
                f"FROM undecided WHERE {condition}"
            )
            count = int(self._database.scalar(f"SELECT count(*) FROM {table}"))
            calls = self._database.scalar(
                f"SELECT coalesce(sum(ceil(people / {MAX_PARTICIPANTS})), 0) FROM "
                f"(SELECT count(*) AS people FROM {table} GROUP BY event_key)"
            )
            if count:
                people, keys = partial(self._read, table), partial(self._keys, table)
                yield ParticipationPhase(self._entry, attendance, count, int(calls), people, keys)
        self._database.execute("DROP TABLE undecided")

    def _difference(self) -> None:
        """Make `undecided`: who takes part in what, with what HubSpot was told about it."""
        text = _UNDECIDED.format(
            table=self._table,
            desired=quoted(f"desired_{self._entry}"),
            entry=literal(self._entry),
            contacts=self._contacts,
            people=self._people,
            linked=self._linked(),
        )
        for statement in text.split(";"):
            self._database.execute(statement)

    def _linked(self) -> str:
        """Return SQL for the ids of contacts; where several entries have one, any of them."""
        return (
            "SELECT key, min(hubspot_id) AS hubspot_id FROM ledger.objects "
            f"WHERE object_type IN ({self._contacts}) GROUP BY key"
        )

    def _keys(self, table: str) -> Iterator[tuple[str, str]]:
        yield from self._database.rows(
            f"SELECT event_key, contact_key FROM {table} ORDER BY ordinal"
        )

    def _read(self, table: str) -> Iterator[Participation]:
        last = int(self._database.scalar(f"SELECT count(*) FROM {table}"))
        for start in range(0, last, CHUNK):
            for row in self._database.rows(
                f"WITH people AS ({self._linked()}) "
                "SELECT t.event_key, t.contact_key, e.hubspot_id, p.hubspot_id, t.happened_at "
                f"FROM {table} t "
                "JOIN ledger.objects e ON e.object_type = ? AND e.key = t.event_key "
                "JOIN people p ON p.key = t.contact_key "
                "WHERE t.ordinal > ? AND t.ordinal <= ? ORDER BY t.ordinal",
                [self._entry, start, start + CHUNK],
            ):
                yield Participation(*row)


class OccurrenceState:
    """What happened that one behavioural event of the mapping tells of."""

    def __init__(
        self, database: StateDatabase, event: str, mapping: EventMapping, contacts: Sequence[str]
    ) -> None:
        """Look up people in the entries `contacts`."""
        self._database = database
        self._event = event
        self._mapping = mapping
        self._contacts = ", ".join(map(literal, contacts))
        self._table = quoted(f"pending_event_{event}")

    def prepare(self, desired: DesiredState) -> None:
        """Compute everything that ever happened.

        Raises:
            Misconfigured: The SQL lacks a column.
        """
        columns = desired.materialise("happened", self._mapping.sql, f"event {self._event}")
        wanted = ["key", "contact", "occurred_at"]
        wanted += [entry.from_ for entry in self._mapping.properties.values()]
        if lacking := [name for name in wanted if name not in columns]:
            raise Misconfigured(
                f"The SQL of event {self._event} must give {', '.join(lacking)}; it gives "
                f"{', '.join(columns)}. Mend the mapping."
            )
        since = f"AND h.occurred_at >= DATE '{self._mapping.since}' " if self._mapping.since else ""
        body = ", ".join(quoted(name) for name in dict.fromkeys(wanted))
        self._database.execute(
            f"CREATE OR REPLACE TEMP TABLE {self._table} AS SELECT {body}, "
            "row_number() OVER (ORDER BY occurred_at, key) AS ordinal FROM ("
            "  SELECT h.* FROM happened h ANTI JOIN ledger.occurrences o "
            f"  ON o.event = {literal(self._event)} AND o.key = h.key::VARCHAR "
            "  WHERE h.key IS NOT NULL AND h.contact IS NOT NULL AND h.occurred_at IS NOT NULL "
            f"  {since}"
            "  QUALIFY row_number() OVER (PARTITION BY h.key ORDER BY h.occurred_at) = 1"
            "); DROP TABLE happened"
        )

    def phases(self) -> Iterator[OccurrencePhase]:
        """Yield what is to be told."""
        self._database.execute(
            f"DELETE FROM {self._table} WHERE contact NOT IN (SELECT key FROM ledger.objects "
            f"WHERE object_type IN ({self._contacts}) UNION ALL SELECT key FROM planned "
            f"WHERE object_type IN ({self._contacts}) AND action = 'create')"
        )
        count = int(self._database.scalar(f"SELECT count(*) FROM {self._table}"))
        if count:
            yield OccurrencePhase(self._event, count, self._read, self._keys)

    def _keys(self) -> Iterator[tuple[str, str]]:
        yield from self._database.rows(
            f"SELECT key::VARCHAR, contact FROM {self._table} ORDER BY ordinal"
        )

    def _read(self) -> Iterator[Occurrence]:
        last = self._database.scalar(f"SELECT coalesce(max(ordinal), 0) FROM {self._table}")
        for start in range(0, int(last), CHUNK):
            result = self._database.execute(
                "WITH linked AS (SELECT key, min(hubspot_id) AS _contact_id FROM ledger.objects "
                f"WHERE object_type IN ({self._contacts}) GROUP BY key) "
                f"SELECT t.*, l._contact_id FROM {self._table} t "
                "JOIN linked l ON l.key = t.contact "
                "WHERE t.ordinal > ? AND t.ordinal <= ? ORDER BY t.ordinal",
                [start, start + CHUNK],
            )
            names = [column[0] for column in result.description]
            for row in result.fetchall():
                yield self._occurrence(dict(zip(names, row, strict=True)))

    def _occurrence(self, row: Mapping[str, Any]) -> Occurrence:
        return Occurrence(
            key=str(row["key"]),
            contact_key=str(row["contact"]),
            contact_id=str(row["_contact_id"]),
            at=row["occurred_at"],
            properties=told(self._mapping, row),
        )
