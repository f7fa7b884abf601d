"""Records a second through the target, beside the SDK's own no-op target on the same messages.

    python benchmarks/outbound.py [--customers 200000] [--runs 1]

It prints, for RECORD and for BATCH messages, new and unchanged customers: seconds, records per
second, the ratio to the SDK's default no-op target in the same run, and peak memory of the
target process. New customers are pushed into a sandbox portal without a limit on calls.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from stagedoor.streams import CUSTOMERS

NOOP = """
from singer_sdk import Target
from singer_sdk.sinks import BatchSink

class Nothing(BatchSink):
    def process_batch(self, context): pass

class NoOp(Target):
    name = "target-noop"
    config_jsonschema = {"properties": {}}
    default_sink_class = Nothing

NoOp.cli()
"""

SCHEMA = {
    "type": "SCHEMA",
    "stream": "customers",
    "schema": CUSTOMERS.json_schema(),
    "key_properties": ["customer_id"],
}


def customers(count: int) -> Iterator[dict[str, Any]]:
    """Yield customers as the tap does."""
    for n in range(count):
        yield {
            "customer_id": str(n),
            "email": f"customer.{n}@example.com",
            "first_name": "Ștefania",
            "last_name": f"Popescu {n % 977}",
            "phone": f"+40 722 {n:06d}",
            "language": "ro",
            "street": f"Strada Lungă {n % 200}",
            "postal_code": "400001",
            "city": "Cluj-Napoca",
            "country": "RO",
            "job_title": None,
            "company_id": None,
            "marketing_consent": n % 2 == 0,
            "is_anonymised": False,
            "is_deleted": False,
            "created_at": "2025-03-01T09:30:00+00:00",
            "updated_at": "2026-10-01T09:30:00+00:00",
        }


def write_records(path: Path, count: int) -> None:
    """Write SCHEMA and RECORD messages."""
    with path.open("w", encoding="utf-8") as file:
        file.write(json.dumps(SCHEMA) + "\n")
        for row in customers(count):
            message = {"type": "RECORD", "stream": "customers", "record": row}
            file.write(json.dumps(message, ensure_ascii=False) + "\n")


def write_batches(path: Path, count: int) -> None:
    """Write SCHEMA and BATCH messages, and the Parquet files that they name."""
    rows, files = list(customers(count)), []
    for start in range(0, count, 50_000):
        part = path.with_suffix(f".{start}.parquet")
        pq.write_table(pa.Table.from_pylist(rows[start : start + 50_000]), part)
        files.append(part.as_uri())
    message = {
        "type": "BATCH",
        "stream": "customers",
        "encoding": {"format": "parquet"},
        "manifest": files,
    }
    path.write_text(json.dumps(SCHEMA) + "\n" + json.dumps(message) + "\n")


def timed(command: list[str], messages: Path, folder: Path) -> tuple[float, float]:
    """Return seconds and peak memory in MB of a process that reads the messages."""
    environment = {**os.environ, "MELTANO_PROJECT_ROOT": str(folder)}
    begun = time.perf_counter()
    with messages.open() as source:
        process = subprocess.Popen(
            command, stdin=source, cwd=folder, env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command} ended with {os.waitstatus_to_exitcode(status)}")
    return time.perf_counter() - begun, usage.ru_maxrss / 1024


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=200_000)
    count = parser.parse_args().customers
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory(prefix="stagedoor-bench-") as name:
        folder = Path(name)
        records, batches, noop = (folder / n for n in ("r.singer", "b.singer", "noop.py"))
        write_records(records, count)
        write_batches(batches, count)
        noop.write_text(NOOP)
        target = [sys.executable, "-m", "target_hubspot"]
        default, _ = timed([sys.executable, str(noop)], records, folder)
        rows = [("SDK no-op, default", default, 0.0)]
        for label, messages in (
            ("new, RECORD", records),
            ("unchanged, RECORD", records),
            ("unchanged, BATCH", batches),
        ):
            rows.append((label, *timed(target, messages, folder)))
    print(f"{count:,} customers; {os.cpu_count()} cores; whole processes, start-up included")
    for label, seconds, peak in rows:
        print(
            f"{label:<20} {seconds:>7.1f} s {count / seconds:>10,.0f} records/s "
            f"{default / seconds:>6.2f} x no-op" + (f" {peak:>7.0f} MB peak" if peak else "")
        )


if __name__ == "__main__":
    main()
