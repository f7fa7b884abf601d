"""What a list of a million members costs: to plan it, to settle it, and when nothing changed.

    python benchmarks/lists.py [--members 1000000]

State only, without a portal: contacts are put in the ledger, a rule finds all of them, the plan
is made, its calls are settled as if HubSpot had taken them, and the plan is made again, unchanged
and with one in a thousand gone. It prints seconds, and the process's peak memory.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from stagedoor.engine.audience import ListPhase
from stagedoor.mapping.loader import assemble
from stagedoor.plugins import load_plugins
from stagedoor.state.audience_ledger import AudienceLedger
from stagedoor.state.database import StateDatabase
from stagedoor.state.desired import DesiredState
from stagedoor.state.files import FILE_NAME
from stagedoor.state.lists import ListState
from stagedoor.state.pending import Pending
from stagedoor.state.replica import Replica

MAPPING = "lists: {all: {name: All, sql: SELECT key FROM found_by_a_rule}}"


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print how long the block took."""
    begun = time.monotonic()
    yield
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what:<30}{time.monotonic() - begun:8.2f} s{peak:10.0f} MiB at most", flush=True)


def planned(database: StateDatabase) -> list[ListPhase]:
    """Return what is to be done about the list."""
    plugins = load_plugins()
    state = ListState(database, assemble(plugins.object_types, plugins.calculators, MAPPING), {})
    Pending(database)
    state.prepare(DesiredState(database, datetime.now(UTC)))
    return list(state.phases())


def fill(database: StateDatabase, members: int) -> None:
    """Let everybody be a contact, and fit the list."""
    Replica(database)
    database.execute(
        "INSERT INTO ledger.objects SELECT 'contacts', 'customer:' || i, (5000000000 + i)::VARCHAR,"
        " 'p' || i || '@example.com', '{}', md5(i::VARCHAR), 'run', NULL "
        f"FROM range({members}) t (i)"
    )
    database.execute(
        "CREATE TEMP TABLE found_by_a_rule AS "
        f"SELECT 'customer:' || i AS key FROM range({members}) t (i)"
    )


def main(members: int) -> None:
    """Measure."""
    with tempfile.TemporaryDirectory() as folder:
        database = StateDatabase(Path(folder) / FILE_NAME)
        fill(database, members)
        ledger = AudienceLedger(database, "run")
        with timed("plan, all new"):
            (phase,) = planned(database)
        with timed(f"settle {phase.calls:,} calls"):
            for batch in phase.batches():
                ledger.settle_members("all", batch.add, batch.remove)
            ledger.settle_list("all", "All", "1")
        with timed("plan, nothing changed"):
            assert planned(database) == []
        database.execute("DELETE FROM found_by_a_rule WHERE hash(key) % 1000 = 0")
        with timed("plan, one in a thousand gone"):
            (phase,) = planned(database)
        print(f"{phase.remove:,} to take off")
        database.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=1_000_000)
    main(parser.parse_args().members)
