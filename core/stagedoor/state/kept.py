"""Keeps relations from run to run, and brings them up to date by the rows that were touched.

They are in a file of their own beside the state. Nothing depends on it: where it is missing, in
doubt, or of another mapping, everything in it is computed anew. See docs/adr/0002.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal
from uuid import uuid4

import duckdb

from stagedoor.extension import KeptRelations
from stagedoor.state.database import StateDatabase
from stagedoor.state.files import kept_path
from stagedoor.state.sightings import ENOUGH, known_keys
from stagedoor.state.touched_rows import number_rows, show_touched
from stagedoor.state.touching import STAMP, forget
from stagedoor.streams import STREAMS

logger = logging.getLogger(__name__)

_MOST_TOUCHED = 10
"""One row in so many; more of them are computed anew at less cost."""
_LONGEST_LOG = 64_000_000
"""Bytes of write-ahead log before it is folded into the file."""
_SETTINGS = ("exchange_rates", "metrics_settings", "people_settings")
_BOOKS = """
CREATE TABLE IF NOT EXISTS kept.main.stamps (stamp VARCHAR, basis VARCHAR, computed_at TIMESTAMP);
CREATE TABLE IF NOT EXISTS kept.main.gone (stream VARCHAR, row_key VARCHAR);
"""


@dataclass
class Kept:
    """What is kept for one portal, as of `now`; `run` executes SQL over streams and relations."""

    database: StateDatabase
    now: datetime
    run: Callable[[str, str], None]
    relations: dict[str, KeptRelations]
    how: Literal["full", "touched"] | None = None
    """How the tables became what they are in this run; nothing until somebody reads them."""

    def names(self) -> set[str]:
        """Return the names of all kept tables."""
        return {table for kept in self.relations.values() for table in kept.tables}

    def bring_up_to_date(self) -> None:
        """Compute what is not kept, and what the touched rows change, once."""
        if self.how is not None:
            return
        self.how = "full"  # before its own statements name its tables
        _attach(self.database)
        basis = self._basis()
        reason = self._unusable(basis) or self._too_many()
        if reason:
            logger.info("Computing all metrics: %s.", reason)
            self._compute(basis, full=True)
        else:
            self.how = "touched"
            count = self.database.scalar("SELECT count(*) FROM touched")
            logger.info("Bringing metrics up to date: %s rows were touched.", f"{count:,}")
            if count or not self._are_of_now():
                self._compute(basis, full=False)

    def _basis(self) -> str:
        """Return a hash of all that the tables depend on besides rows and time."""
        settings = [
            self.database.rows(f"SELECT * FROM {table} ORDER BY ALL") for table in _SETTINGS
        ]
        statements = [(k.name, k.full, k.refresh) for k in self.relations.values()]
        text = f"{duckdb.__version__} {settings} {statements}"
        return hashlib.sha256(text.encode()).hexdigest()

    def _unusable(self, basis: str) -> str | None:
        """Return why the tables cannot be brought up to date."""
        stamps = self.database.rows("SELECT stamp, basis, computed_at FROM kept.main.stamps")
        if not stamps:
            return "there are none yet"
        ((stamp, kept_basis, computed_at),) = stamps
        reasons = {
            "they are of another state": stamp != self.database.fact(STAMP),
            "settings or plugins have changed": kept_basis != basis,
            "they are of a later time": computed_at > self.now.replace(tzinfo=None),
            "rows go by other keys": any(map(self._keys_differ, STREAMS)),
        }
        return next((reason for reason, holds in reasons.items() if holds), None)

    def _too_many(self) -> str | None:
        """Make `touched`; return why computing all is less work, if it is."""
        self._gather()
        touched = self.database.scalar("SELECT count(*) FROM touched")
        return "many rows were touched" if touched * _MOST_TOUCHED > self._rows() else None

    def _are_of_now(self) -> bool:
        computed_at = self.database.scalar("SELECT computed_at FROM kept.main.stamps")
        return bool(computed_at == self.now.replace(tzinfo=None))

    def _keys_differ(self, stream: str) -> bool:
        return known_keys(self.database, stream) not in ((), (STREAMS[stream].key,))

    def _rows(self) -> int:
        return int(
            self.database.scalar(
                "SELECT coalesce(sum(estimated_size), 0) FROM duckdb_tables() "
                "WHERE database_name = current_database() AND schema_name = 'replica'"
            )
        )

    def _gather(self) -> None:
        """Make `touched`: rows taken over, and those that have vanished or are back."""
        self._note_gone("now_gone")
        self.database.execute(
            "CREATE OR REPLACE TEMP TABLE touched AS SELECT stream, row_key FROM ledger.touched "
            "UNION (SELECT * FROM now_gone EXCEPT SELECT * FROM kept.main.gone) "
            "UNION (SELECT * FROM kept.main.gone EXCEPT SELECT * FROM now_gone)"
        )
        self.database.execute("DROP TABLE now_gone")

    def _note_gone(self, table: str) -> None:
        """Make a temporary table of the rows that full reads no longer show."""
        self.database.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT stream, row_key "
            f"FROM sightings.missing WHERE times >= {ENOUGH}"
        )

    def _compute(self, basis: str, *, full: bool) -> None:
        """Run the statements, then let the tables count.

        In full there is no stamp until the end. What touched rows change is little enough for
        one transaction, which saves the time of many. Either way what is cut short counts not.
        """
        with nullcontext() if full else self.database.transaction():
            self.database.execute("DELETE FROM kept.main.stamps")
            self._offer_rows(full=full)
            for kept in self.relations.values():
                for statement in kept.full if full else kept.refresh:
                    self.run(statement, f"kept relations {kept.name}")
            self._note_gone("now_gone")
            self.database.execute(
                "CREATE OR REPLACE TABLE kept.main.gone AS SELECT * FROM now_gone"
            )
            self.database.execute("DROP TABLE now_gone; DROP TABLE IF EXISTS touched")
            stamp = uuid4().hex
            self.database.execute(
                "INSERT INTO kept.main.stamps VALUES (?, ?, ?)",
                [stamp, basis, self.now.replace(tzinfo=None)],
            )
        with self.database.transaction():
            forget(self.database)
            self.database.execute("INSERT INTO ledger.facts VALUES (?, ?)", [STAMP, stamp])
        _fold(self.database, always=full)

    def _offer_rows(self, *, full: bool) -> None:
        """Make what the statements name besides streams."""
        if full:
            number_rows(self.database)
            return
        named = " ".join(sql for kept in self.relations.values() for sql in kept.refresh)
        for stream in STREAMS:
            if f"{stream}:touched" in named:
                show_touched(self.database, stream)


def _attach(database: StateDatabase) -> None:
    """Let SQL read and write the file as `kept`; an unreadable one is made anew."""
    path = kept_path(database.path)
    known = database.scalar("SELECT count(*) FROM duckdb_databases() WHERE database_name = 'kept'")
    if not known:
        try:
            _open(database, path)
        except duckdb.Error:
            if path is None:
                raise
            logger.warning("What was kept beside the state is unreadable; it is computed anew.")
            with suppress(duckdb.Error):
                database.execute("DETACH kept")
            discard(path)
            _open(database, path)


def _open(database: StateDatabase, path: Path | None) -> None:
    place = ":memory:" if path is None else str(path).replace("'", "''")
    database.execute(f"ATTACH '{place}' AS kept")
    if path is not None:
        path.chmod(0o600)
    database.execute(_BOOKS)


def _fold(database: StateDatabase, *, always: bool) -> None:
    """Fold the file's log into it. Killed meanwhile it may be lost, which costs time alone."""
    path = kept_path(database.path)
    if path is None:
        return
    log = path.with_name(f"{path.name}.wal")
    if always or (log.exists() and log.stat().st_size > _LONGEST_LOG):
        database.execute("CHECKPOINT kept")


def discard(path: Path) -> None:
    """Delete the file."""
    for part in (path, path.with_name(f"{path.name}.wal")):
        part.unlink(missing_ok=True)
