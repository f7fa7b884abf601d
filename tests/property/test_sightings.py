"""Any series of reads: a row is gone once the last two full ones lacked it, and not before."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from stagedoor.state.columns import Column
from stagedoor.state.database import StateDatabase
from stagedoor.state.replica import ORDINAL, Replica
from stagedoor.state.sightings import Sightings, gone_condition, vanished

ROWS = ("1", "2", "3")
COLUMNS = (Column("id", "VARCHAR"), Column("value", "BIGINT"))


@dataclass(frozen=True)
class Read:
    """One run of a tap: what it shows, whether it is full, and whether something was lost."""

    shown: frozenset[str]
    full: bool
    doubtful: bool
    ends: bool


reads = st.builds(
    Read,
    shown=st.frozensets(st.sampled_from(ROWS)),
    full=st.booleans(),
    doubtful=st.sampled_from([False, False, False, True]),
    ends=st.sampled_from([True, True, True, False]),
)


def carry_out(database: StateDatabase, read: Read, value: int) -> None:
    sightings, replica = Sightings(database), Replica(database)
    replica.prepare("rows", COLUMNS)
    sightings.watch("rows", ["id"])
    for key in sorted(read.shown):
        table = pa.table({"id": [key], "value": [str(value)], ORDINAL: [0]})
        sightings.see("rows", COLUMNS, table)
        replica.absorb("rows", COLUMNS, ["id"], table)
    if read.doubtful:
        sightings.doubt("rows")
    if read.ends:
        sightings.settle({"rows"} if read.full else set())


def gone(database: StateDatabase) -> set[str]:
    condition = gone_condition(database, "rows")
    if condition is None:
        return set()
    return {row[0] for row in database.rows(f"SELECT id FROM replica.rows WHERE {condition}")}


def expected(history: list[Read]) -> set[str]:
    """Return what is gone, by the definition and nothing else."""
    known = {key for read in history for key in read.shown}
    found = set()
    for key in known:
        last = max(n for n, read in enumerate(history) if key in read.shown)
        since = [r for r in history[last + 1 :] if r.full and r.ends and not r.doubtful]
        if len(since) >= 2:
            found.add(key)
    return found


@given(st.lists(reads, max_size=7), st.booleans())
@settings(max_examples=40)
def test_gone_is_what_two_full_reads_lacked_since_it_was_seen(
    history: list[Read], changing: bool
) -> None:
    with TemporaryDirectory() as folder:
        database = StateDatabase(Path(folder) / "state.duckdb")
        for number, read in enumerate(history):
            carry_out(database, read, number if changing else 0)
            assert gone(database) == expected(history[: number + 1])
        assert sum(v.rows for v in vanished(database)) == len(expected(history))
        database.close()
