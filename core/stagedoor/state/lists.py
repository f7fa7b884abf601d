"""Who should be on which list, who is, and the difference; set-based, like all of the state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from stagedoor.engine.audience import (
    KnownList,
    ListPhase,
    Member,
    WantedList,
    canonical,
    steps_of,
)
from stagedoor.errors import Misconfigured
from stagedoor.extension import ListRule
from stagedoor.mapping.document import MappingDocument
from stagedoor.mapping.list_filters import filter_branch
from stagedoor.mapping.list_members import names_for, rule_sql
from stagedoor.mapping.lists import ListMapping
from stagedoor.mapping.mapper import CALCULATED
from stagedoor.state.database import StateDatabase
from stagedoor.state.desired import DesiredState
from stagedoor.state.pending import CHUNK
from stagedoor.state.replica import literal, quoted

# Who comes, in HubSpot already or planned to be, and who goes; one large join a statement.
_DIFFERENCE = """
CREATE OR REPLACE TEMP TABLE there AS
SELECT w.list, l.objects, w.key, o.hubspot_id
FROM wanted_members w JOIN wanted_lists l USING (list)
LEFT JOIN ledger.objects o ON o.object_type = l.objects AND o.key = w.key;

CREATE OR REPLACE TEMP TABLE moving AS
SELECT t.list, false AS leaves, t.key, t.hubspot_id
FROM there t ANTI JOIN ledger.memberships m ON m.list = t.list AND m.hubspot_id = t.hubspot_id
WHERE t.hubspot_id IS NOT NULL;

INSERT INTO moving
SELECT t.list, false, t.key, NULL
FROM there t SEMI JOIN planned p
ON p.object_type = t.objects AND p.action = 'create' AND p.key = t.key
WHERE t.hubspot_id IS NULL;

CREATE OR REPLACE TEMP TABLE unwanted AS
SELECT m.list, m.hubspot_id
FROM (SELECT list, hubspot_id FROM ledger.memberships WHERE NOT refused
UNION FROM ledger.members_in_flight) m
ANTI JOIN there t ON t.list = m.list AND t.hubspot_id = m.hubspot_id
WHERE m.list IN (SELECT list FROM wanted_lists);

INSERT INTO moving
SELECT g.list, true, o.key, g.hubspot_id
FROM unwanted g JOIN wanted_lists l USING (list)
LEFT JOIN ledger.objects o ON o.object_type = l.objects AND o.hubspot_id = g.hubspot_id;

CREATE OR REPLACE TEMP TABLE pending_members AS
SELECT *, row_number() OVER (PARTITION BY list ORDER BY leaves, key, hubspot_id) AS ordinal
FROM moving;

DROP TABLE there; DROP TABLE moving; DROP TABLE unwanted
"""


class ListState:
    """The lists of one plan."""

    def __init__(
        self, database: StateDatabase, document: MappingDocument, rules: Mapping[str, ListRule]
    ) -> None:
        """Plan the lists of `document`."""
        self._database = database
        self._document = document
        self._rules = rules
        self._wanted: dict[str, WantedList] = {}

    def prepare(self, desired: DesiredState) -> None:
        """Compute which lists there should be, and their members."""
        self._wanted = {}
        self._database.execute(
            "CREATE OR REPLACE TEMP TABLE wanted_members (list VARCHAR, key VARCHAR);"
            "CREATE OR REPLACE TEMP TABLE wanted_lists (list VARCHAR, objects VARCHAR)"
        )
        for key, entry in self._document.lists.items():
            if entry.is_dynamic:
                branch = canonical(self._branch(entry))
                self._want(key, entry, entry.name, branch)
            else:
                self._members(key, entry, desired)

    @property
    def wanted(self) -> list[WantedList]:
        """The lists that there should be."""
        return list(self._wanted.values())

    def _want(self, key: str, entry: ListMapping, name: str, filters: str | None = None) -> None:
        mapped = self._document.objects[entry.objects]
        kind = mapped.object_type or entry.objects
        self._wanted[key] = WantedList(key, name, kind, filters, entry.take_over)
        self._database.execute("INSERT INTO wanted_lists VALUES (?, ?)", [key, entry.objects])

    def _branch(self, entry: ListMapping) -> Mapping[str, object]:
        if entry.filter_branch is not None:
            return entry.filter_branch
        properties = self._document.objects[entry.objects].properties
        types = {name: p.type for name, p in properties.items()}
        return filter_branch(entry.filters or (), types)

    def _members(self, key: str, entry: ListMapping, desired: DesiredState) -> None:
        columns = desired.materialise("found", self._sql(entry), f"list {key}")
        if "key" not in columns:
            raise Misconfigured(
                f"The SQL of list {key} must give a column `key`. Mend the mapping."
            )
        if entry.for_each is None:
            self._want(key, entry, entry.name)
            listed = literal(key)
        else:
            self._for_each(key, entry, desired)
            listed = f"{literal(key + '/')} || value"
        self._database.execute(
            f"INSERT INTO wanted_members SELECT DISTINCT {listed}, key::VARCHAR FROM found "
            "WHERE key IS NOT NULL; DROP TABLE found"
        )

    def _sql(self, entry: ListMapping) -> str:
        if entry.rule is not None:
            return rule_sql(entry, self._rules[entry.rule])
        if entry.sql is not None:
            return f"SELECT * FROM ({entry.sql}) AS given"
        table = quoted(f"desired_{entry.objects}")
        names = [r[0] for r in self._database.rows(f"SELECT column_name FROM (DESCRIBE {table})")]
        plain = {name: name.removeprefix(CALCULATED) for name in names}
        columns = ", ".join(
            f"{quoted(name)} AS {quoted(shown)}"
            for name, shown in plain.items()
            if name == shown or shown not in names
        )
        return f"SELECT key FROM (SELECT {columns} FROM {table}) WHERE {entry.where}"

    def _for_each(self, key: str, entry: ListMapping, desired: DesiredState) -> None:
        """Want a list for each value that has members, and those that had some before."""
        rule = self._rules[entry.rule or ""]
        (parameter,) = (p for p in rule.parameters if p.name == entry.for_each)
        found = self._database.rows("SELECT DISTINCT value FROM found")
        labels = {str(value): str(value) for (value,) in found}
        if parameter.labels is not None:
            desired.materialise("labels", parameter.labels, f"list {key}")
            told = self._database.rows("SELECT value::VARCHAR, label FROM labels SEMI JOIN found "
                                       "USING (value) WHERE label IS NOT NULL")  # fmt: skip
            labels |= dict(told)
        for value, name in names_for(entry.name, parameter.name, labels).items():
            self._want(f"{key}/{value}", entry, name)
        for known in self.known().values():
            if known.key.startswith(f"{key}/") and known.key not in self._wanted:
                self._want(known.key, entry, known.name)

    def known(self) -> dict[str, KnownList]:
        """Return the lists that the ledger knows."""
        rows = self._database.rows("SELECT key, name, list_id, filters FROM ledger.lists")
        return {row[0]: KnownList(*row) for row in rows}

    def phases(self) -> Iterator[ListPhase]:
        """Yield a phase for each list that needs something."""
        # Several large joins at once do not fit the memory that a state may have.
        for statement in _DIFFERENCE.split(";"):
            self._database.execute(statement)
        counts = {
            key: (comes, goes)
            for key, comes, goes in self._database.rows(
                "SELECT list, count(*) FILTER (NOT leaves), count(*) FILTER (leaves) "
                "FROM pending_members GROUP BY list"
            )
        }
        known = self.known()
        for key, wanted in self._wanted.items():
            add, remove = counts.get(key, (0, 0))
            phase = ListPhase(
                wanted,
                steps_of(wanted, known.get(key)),
                add,
                remove,
                partial(self._read, key, self._document.lists[key.partition("/")[0]].objects),
                partial(self._keys, key),
            )
            if phase.count:
                yield phase

    def _keys(self, key: str) -> Iterator[tuple[bool, str]]:
        yield from self._database.rows(
            "SELECT leaves, coalesce(key, hubspot_id) FROM pending_members WHERE list = ? "
            "ORDER BY ordinal",
            [key],
        )

    def _read(self, key: str, objects: str) -> Iterator[Member]:
        last = self._database.scalar(
            "SELECT coalesce(max(ordinal), 0) FROM pending_members WHERE list = ?", [key]
        )
        for start in range(0, int(last), CHUNK):
            for row in self._database.rows(
                "SELECT p.leaves, "
                "CASE WHEN p.leaves THEN p.hubspot_id ELSE o.hubspot_id END AS id, "
                "p.key FROM pending_members p "
                "LEFT JOIN ledger.objects o ON o.object_type = ? AND o.key = p.key "
                "AND NOT p.leaves WHERE p.list = ? AND p.ordinal > ? AND p.ordinal <= ? "
                "AND (p.leaves OR o.hubspot_id IS NOT NULL) ORDER BY p.ordinal",
                [objects, key, start, start + CHUNK],
            ):
                yield Member(*row)
