"""The ledger of lists, memberships, participation and behavioural events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from stagedoor.engine.audience import Attendance, Participation
from stagedoor.state.database import StateDatabase


class AudienceLedger:
    """Keeps what HubSpot confirmed; every method is durable on return."""

    def __init__(self, database: StateDatabase, run_id: str) -> None:
        """Write rows in the name of `run_id`."""
        self._database = database
        self._run_id = run_id

    def settle_list(
        self, key: str, name: str, list_id: str | None, filters: str | None = None
    ) -> None:
        """Record a list; without `list_id`, that it is about to be made.

        What follows a list of that record by name is ours, then: nobody else's had it before.
        """
        with self._database.transaction():
            self._database.execute("DELETE FROM ledger.lists WHERE key = ?", [key])
            self._database.execute(
                "INSERT INTO ledger.lists VALUES (?, ?, ?, ?, ?)",
                [key, name, list_id, filters, self._run_id],
            )

    def forget_lists(self, list_ids: Iterable[str]) -> None:
        """Forget lists that HubSpot no longer has, and who was on them."""
        with self._database.transaction():
            for list_id in list_ids:
                for table in ("memberships", "members_in_flight"):
                    self._database.execute(
                        f"DELETE FROM ledger.{table} WHERE list IN "
                        "(SELECT key FROM ledger.lists WHERE list_id = ?)",
                        [list_id],
                    )
                self._database.execute("DELETE FROM ledger.lists WHERE list_id = ?", [list_id])

    def made_lists(self) -> list[str]:
        """Return the ids of all lists that we keep."""
        rows = self._database.rows("SELECT list_id FROM ledger.lists WHERE list_id IS NOT NULL")
        return sorted(str(row[0]) for row in rows)

    def sizes(self) -> dict[str, int]:
        """Return how many members we put on each list that has any, by its key."""
        sql = "SELECT list, count(*) FROM ledger.memberships WHERE NOT refused GROUP BY list"
        return dict(self._database.rows(sql))

    def intend_members(self, key: str, coming: Sequence[str]) -> None:
        """Record who is about to be on a list: HubSpot may have them on it from now on."""
        if coming:
            with self._database.registered("ids", _texts(hubspot_id=coming)):
                self._database.execute(
                    "INSERT INTO ledger.members_in_flight SELECT ?, hubspot_id FROM ids", [key]
                )

    def settle_members(
        self, key: str, came: Sequence[str], left: Sequence[str], refused: Sequence[str] = ()
    ) -> None:
        """Record who is on a list now, who no longer is, and whom HubSpot did not take."""
        with self._database.transaction():
            self._forget_members("memberships", key, left)
            self._forget_members("members_in_flight", key, [*came, *left, *refused])
            for ids, flag in ((came, False), (refused, True)):
                with self._database.registered("ids", _texts(hubspot_id=ids)):
                    self._database.execute(
                        "INSERT INTO ledger.memberships SELECT ?, hubspot_id, ?, ? FROM ids",
                        [key, flag, self._run_id],
                    )

    def _forget_members(self, table: str, key: str, gone: Sequence[str]) -> None:
        if gone:
            with self._database.registered("ids", _texts(hubspot_id=gone)):
                self._database.execute(
                    f"DELETE FROM ledger.{table} m USING ids i "
                    "WHERE m.list = ? AND m.hubspot_id = i.hubspot_id",
                    [key],
                )

    def settle_people(
        self, attendance: Attendance, people: Sequence[Participation], *, refused: bool = False
    ) -> None:
        """Record that HubSpot knows what these people did, or will not take it."""
        if not people:
            return
        table = _texts(
            event_id=[person.event_id for person in people],
            contact_id=[person.contact_id for person in people],
        ).append_column("happened_at", pa.array([person.at for person in people], pa.int64()))
        with self._database.registered("people_told", table):
            self._database.execute(
                "INSERT INTO ledger.participations "
                "SELECT event_id, contact_id, ?, happened_at, ?, ? FROM people_told",
                [attendance.value, refused, self._run_id],
            )

    def settle_occurrences(self, event: str, keys: Sequence[str], *, refused: bool = False) -> None:
        """Record that HubSpot knows these occurrences, or will not take them."""
        if keys:
            with self._database.registered("keys_told", _texts(key=keys)):
                self._database.execute(
                    "INSERT INTO ledger.occurrences SELECT ?, key, ?, ? FROM keys_told",
                    [event, refused, self._run_id],
                )

    def reconsider(self) -> None:
        """Let everything that HubSpot did not take be tried again."""
        with self._database.transaction():
            for table in ("memberships", "participations", "occurrences"):
                self._database.execute(f"DELETE FROM ledger.{table} WHERE refused")


def _texts(**columns: Sequence[str]) -> pa.Table:
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
