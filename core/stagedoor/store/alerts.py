"""Alerts: each change of a portal's conditions, once, and what has become of telling it.

A change and the deliveries that it wants are kept together. A delivery is claimed for a while,
and done when its receiver has it: a kill in between has it sent again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, func, insert, select, update
from sqlalchemy import delete as remove

from stagedoor.store.insertion import insert_new
from stagedoor.store.runs import now
from stagedoor.store.service_tables import alert_deliveries as deliveries
from stagedoor.store.service_tables import alerts as table

PROBLEM, RECOVERED, TEST = "problem", "recovered", "test"
WAITING, SENT, GIVEN_UP = "waiting", "sent", "given_up"

CLAIM = 90.0
"""Seconds that a process has to send one."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One change, as it is told."""

    portal: str
    condition: str
    number: int
    """Counts the changes of this condition of this portal, from 1."""
    status: str
    """problem, recovered or test."""
    message: str
    at: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of telling an alert by one channel."""

    alert_id: int
    channel: str
    status: str
    """waiting, sent or given_up."""
    attempts: int
    sent_at: str | None
    error: str | None


class Alerts:
    """The alerts of all portals."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.time) -> None:
        """Keep them in `engine`'s database; `clock` gives seconds since 1970."""
        self._engine = engine
        self._clock = clock

    def latest(self, portal: str) -> dict[str, Alert]:
        """Return the latest change of each condition."""
        newest = (
            select(table.c.condition, func.max(table.c.number).label("number"))
            .where(table.c.portal == portal)
            .group_by(table.c.condition)
            .subquery()
        )
        query = select(table).where(
            table.c.portal == portal,
            table.c.condition == newest.c.condition,
            table.c.number == newest.c.number,
        )
        with self._engine.connect() as connection:
            found = [_alert(row) for row in connection.execute(query).mappings()]
        return {alert.condition: alert for alert in found}

    def portals(self) -> list[str]:
        """Return the names of the portals that have alerts."""
        with self._engine.connect() as connection:
            return list(connection.execute(select(table.c.portal).distinct()).scalars())

    def add(self, alert: Alert, channels: Sequence[str]) -> bool:
        """Keep a change and the deliveries that it wants; not where another process was faster."""
        row = {name: getattr(alert, name) for name in Alert.__slots__ if name != "id"}
        row["at"] = now()
        same = [table.c[name] == row[name] for name in ("portal", "condition", "number")]
        with self._engine.begin() as connection:
            if not insert_new(connection, table, [row]):
                return False
            number = connection.execute(select(table.c.id).where(*same)).scalar_one()
            wanted = [
                {
                    "alert_id": number,
                    "channel": channel,
                    "status": WAITING,
                    "attempts": 0,
                    "next_at": self._clock(),
                }
                for channel in channels
            ]
            if wanted:
                connection.execute(insert(deliveries), wanted)
        return True

    def claim(self, channel: str) -> tuple[Alert, int] | None:
        """Claim the oldest alert that a channel has not got, with how often it was tried.

        They are told in their order: nothing comes while the oldest one is being sent by another
        process, or waits to be tried again.
        """
        mine = [deliveries.c.channel == channel, deliveries.c.status == WAITING]
        head = (
            select(deliveries.c.next_at, deliveries.c.attempts, table)
            .join(table, table.c.id == deliveries.c.alert_id)
            .where(*mine)
            .order_by(deliveries.c.alert_id)
            .limit(1)
        )
        at = self._clock()
        with self._engine.begin() as connection:
            row = connection.execute(head).mappings().first()
            if row is None or row["next_at"] > at:
                return None
            claimed = (
                update(deliveries)
                .where(
                    *mine,
                    deliveries.c.alert_id == row["id"],
                    deliveries.c.attempts == row["attempts"],
                )
                .values(attempts=row["attempts"] + 1, next_at=at + CLAIM)
            )
            if not connection.execute(claimed).rowcount:
                return None
        return _alert(row), int(row["attempts"]) + 1

    def sent(self, alert_id: int, channel: str) -> None:
        """Keep that a channel has an alert."""
        self._set(alert_id, channel, {"status": SENT, "sent_at": now(), "error": None})

    def failed(self, alert_id: int, channel: str, why: str, wait: float | None) -> None:
        """Keep that an alert could not be told; it is tried after `wait` seconds, or no more."""
        status = {"status": GIVEN_UP} if wait is None else {"next_at": self._clock() + wait}
        self._set(alert_id, channel, {**status, "error": why[:255]})

    def _set(self, alert_id: int, channel: str, values: Mapping[str, Any]) -> None:
        one = [deliveries.c.alert_id == alert_id, deliveries.c.channel == channel]
        with self._engine.begin() as connection:
            connection.execute(update(deliveries).where(*one).values(values))

    def deliveries(self, alerts: Sequence[Alert]) -> dict[int, list[Delivery]]:
        """Return what became of telling some alerts, by the alert's id."""
        query = select(deliveries).where(deliveries.c.alert_id.in_([one.id for one in alerts]))
        found: dict[int, list[Delivery]] = {}
        with self._engine.connect() as connection:
            for row in connection.execute(query.order_by(deliveries.c.channel)).mappings():
                told = Delivery(**{name: row[name] for name in Delivery.__slots__})
                found.setdefault(told.alert_id, []).append(told)
        return found

    def list(self, portal: str, *, limit: int = 50, before: int | None = None) -> list[Alert]:
        """Return a portal's alerts, newest first."""
        query = select(table).where(table.c.portal == portal)
        if before is not None:
            query = query.where(table.c.id < before)
        query = query.order_by(table.c.id.desc()).limit(limit)
        with self._engine.connect() as connection:
            return [_alert(row) for row in connection.execute(query).mappings()]

    def prune(self, before: str) -> int:
        """Forget changes from before a time that others followed; return how many those were."""
        later = table.alias()
        followed = (
            select(later.c.id)
            .where(
                later.c.portal == table.c.portal,
                later.c.condition == table.c.condition,
                later.c.number > table.c.number,
            )
            .exists()
        )
        old = [table.c.at < before, followed]
        with self._engine.begin() as connection:
            ids = select(table.c.id).where(*old).scalar_subquery()
            connection.execute(remove(deliveries).where(deliveries.c.alert_id.in_(ids)))
            return connection.execute(remove(table).where(*old)).rowcount


def _alert(row: Mapping[Any, Any]) -> Alert:
    return Alert(**{name: row[name] for name in Alert.__slots__})
