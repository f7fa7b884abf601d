"""What all metrics cost: of a million customers in full, and after ten thousand were touched.

    python benchmarks/metrics.py [--customers 1000000] [--orders 10000000] [--touched 10000]
                                 [--folder F] [--check]

A platform is made in SQL straight in a replica (in `--folder`, which a next call uses again).
Then, each in a process of its own: everything is computed and kept; the touched customers change
by way of the replica (address, company, consent, erasure, a further order, a refund, a check-in),
and at one event everybody is scanned; what that reaches is computed; and nothing is. It prints
seconds, seconds of CPU over all threads, and peak memory of the process. With `--check` all is
computed again, and both results are compared.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from metrics_platform import TODAY_IS, edits, fill

from stagedoor.mapping.loader import assemble
from stagedoor.plugins import load_plugins
from stagedoor.state.columns import columns_of
from stagedoor.state.database import StateDatabase
from stagedoor.state.desired import DesiredState
from stagedoor.state.files import FILE_NAME, KEPT_NAME
from stagedoor.state.replica import ORDINAL, Replica
from stagedoor.streams import STREAMS

MAPPING = """
extends: metrics
metrics: {exchange_rates: {RON: 0.2012, USD: 0.92}}
"""
DIGESTS = {
    "people": "SELECT a.address, r.* EXCLUDE (person) FROM kept.person_results r "
    "JOIN kept.addresses a USING (person)",
    "companies": "SELECT * FROM kept.company_results",
    "orders": "SELECT o.order_id, r.* EXCLUDE (number, buyer) FROM kept.order_results r "
    "JOIN kept.order_facts o USING (number)",
    "events": "SELECT e.event_id, r.* EXCLUDE (event) FROM kept.event_results r "
    "JOIN kept.event_numbers e USING (event)",
}


def bring_up_to_date(path: Path, hours: int) -> None:
    """Do what a plan does before it reads metrics, and print what it took."""
    with closing(StateDatabase(path)) as database:
        plugins = load_plugins()
        document = assemble(plugins.object_types, plugins.calculators, MAPPING)
        now = TODAY_IS + timedelta(hours=hours)
        begun, used = time.perf_counter(), time.process_time()
        desired = DesiredState(database, now, document.metrics, document.people)
        for object_type in plugins.object_types.values():
            desired.define_relations(object_type)
        desired.kept.bring_up_to_date()
        seconds, cpu = time.perf_counter() - begun, time.process_time() - used
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{desired.kept.how:<10}{seconds:8.1f} s{cpu:8.1f} s of CPU{peak:8.0f} MiB at most",
            flush=True,
        )


def touch(path: Path, touched: int) -> None:
    """Change some customers by way of the replica."""
    with closing(StateDatabase(path)) as database:
        database.make_room()
        replica = Replica(database)
        for stream, sql in edits(touched):
            rows = database.connection.sql(sql).to_arrow_table()
            numbered = rows.append_column(ORDINAL, [list(range(rows.num_rows))])
            columns = columns_of(STREAMS[stream].json_schema())
            taken = replica.absorb(stream, columns, [STREAMS[stream].key], numbered)
            print(f"          {taken.changed:>9,} rows of {stream}", flush=True)


def digest(path: Path) -> None:
    """Print a number for each result that is another when anything in it is."""
    with closing(StateDatabase(path)) as database:
        database.make_room()
        database.execute(f"ATTACH '{path.with_name(KEPT_NAME)}' AS kept")
        for name, sql in DIGESTS.items():
            columns = [row[0] for row in database.rows(f"SELECT column_name FROM (DESCRIBE {sql})")]
            row = f"bit_xor(hash({', '.join(columns)}))"
            print(name, *database.rows(f"SELECT count(*), {row} FROM ({sql})")[0], flush=True)


def step(folder: Path, *arguments: str) -> str:
    """Run one step in a process of its own; return what it printed."""
    command = [sys.executable, __file__, "--folder", str(folder), "--step", *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def main(options: argparse.Namespace, folder: Path) -> None:
    """Measure and print."""
    if not (folder / FILE_NAME).exists():
        print(step(folder, "fill", str(options.customers), str(options.orders)), end="")
    (folder / KEPT_NAME).unlink(missing_ok=True)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(step(folder, "compute", "0"), end="")
    print(step(folder, "touch", str(options.touched)), end="")
    print(step(folder, "compute", "1"), end="")
    print(step(folder, "compute", "1"), end="")
    if options.check:
        found = step(folder, "digest")
        (folder / KEPT_NAME).unlink()
        print(step(folder, "compute", "1"), end="")
        print("the same in full" if step(folder, "digest") == found else "DIFFERENT IN FULL")


def run_step(folder: Path, name: str, *numbers: str) -> None:
    """Run one step here."""
    path, values = folder / FILE_NAME, [int(number) for number in numbers]
    match name:
        case "fill":
            with closing(StateDatabase(path)) as database:
                sizes = fill(database, *values)
            print(", ".join(f"{count:,} {stream}" for stream, count in sizes.items()))
        case "compute":
            bring_up_to_date(path, *values)
        case "touch":
            touch(path, *values)
        case _:
            digest(path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--orders", type=int, default=10_000_000)
    parser.add_argument("--touched", type=int, default=10_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--step", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="stagedoor-bench-") as temporary:
        place = given.folder or Path(temporary)
        if given.step:
            run_step(place, *given.step)
        else:
            main(given, place)
