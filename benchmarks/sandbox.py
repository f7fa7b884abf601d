"""The sandbox portal's speed: batches of new contacts, then reads and writes in a large portal.

    python benchmarks/sandbox.py [--batch-contacts 20000] [--contacts 1000000]

First it upserts contacts with 12 properties in batches of 100 over four connections, every
batch durable before its answer: by e-mail address, by a unique property of ours, and once more
with another city. Then it writes `--contacts` contacts straight into the portal's file, with the
store's own classes and without waiting for the disk, serves that file, and times single calls:
the first, and the median and the 95th percentile of the 20 that follow, each asking for another
value. A property that is searched for the first time is indexed by that call.

Two plain figures of the same run stand beside it: SQLite inserting the same rows durably, a
hundred in each transaction, and an HTTP call that does nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from hubspot_sandbox.store.portal import PortalStore
from hubspot_sandbox.testing import RunningSandbox, running_sandbox

CONNECTIONS, BATCH, TRIES = 4, 100, 20
CONTACTS = "/crm/v3/objects/contacts"
UPSERT, SEARCH = f"{CONTACTS}/batch/upsert", f"{CONTACTS}/search"
BEGUN = 1_767_225_600_000
"""When the first contact of the large portal was made; each further one a second later."""
UNIQUE = {
    "name": "member_no",
    "label": "Member number",
    "groupName": "contactinformation",
    "type": "string",
    "fieldType": "text",
    "hasUniqueValue": True,
}


def contact(number: int, city: str | None = None) -> dict[str, str]:
    """Return the 12 properties of a contact."""
    return {
        "email": f"person.{number}@example.com",
        "firstname": "Ștefania",
        "lastname": f"Popescu{number % 9_973}",
        "phone": f"+40 722 {number:07d}",
        "mobilephone": f"+40 733 {number:07d}",
        "address": f"Strada Lungă {number % 200}",
        "zip": f"{400_000 + number % 997}",
        "city": city or f"Town {number % 5_003}",
        "country": "Romania",
        "company": f"Company {number % 20_011}",
        "jobtitle": "Director",
        "member_no": f"M{number}",
    }


def upsert_body(contacts: Iterable[dict[str, str]], by: str) -> bytes:
    """Return the body of a batch upsert."""
    inputs = [
        {
            "id": given[by],
            "idProperty": by,
            "properties": {n: v for n, v in given.items() if n != by},
            "objectWriteTraceId": given["email"],
        }
        for given in contacts
    ]
    return json.dumps({"inputs": inputs}, ensure_ascii=False).encode()


def batches(count: int, by: str, city: str | None = None) -> list[bytes]:
    """Return the bodies that upsert `count` contacts."""
    return [
        upsert_body((contact(n, city) for n in range(start, min(start + BATCH, count))), by)
        for start in range(0, count, BATCH)
    ]


def client_of(sandbox: RunningSandbox) -> httpx.Client:
    """Return a client that keeps one connection."""
    headers = {"Authorization": f"Bearer {sandbox.token}", "Content-Type": "application/json"}
    return httpx.Client(
        base_url=sandbox.url, headers=headers, timeout=600, limits=httpx.Limits(max_connections=1)
    )


def sent(client: httpx.Client, path: str, body: bytes | None = None) -> dict[str, Any]:
    """Make a call and return its answer; it must succeed whole."""
    answer = client.get(path) if body is None else client.post(path, content=body)
    if answer.status_code not in (200, 201):
        raise SystemExit(f"{path}: {answer.status_code} {answer.text[:500]}")
    return dict(answer.json())


def rate(sandbox: RunningSandbox, bodies: list[bytes], count: int) -> float:
    """Return contacts a second over several connections."""
    shares = [bodies[n::CONNECTIONS] for n in range(CONNECTIONS)]
    clients = [client_of(sandbox) for _ in shares]

    def send(number: int) -> None:
        for body in shares[number]:
            sent(clients[number], UPSERT, body)

    begun = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        list(threads.map(send, range(CONNECTIONS)))
    return count / (time.perf_counter() - begun)


def sqlite_rate(path: Path, count: int) -> float:
    """Return rows a second that SQLite inserts durably, a hundred in each transaction."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE contacts (id INTEGER PRIMARY KEY, email UNIQUE, properties)")
    begun = time.perf_counter()
    for start in range(0, count, BATCH):
        rows = map(contact, range(start, min(start + BATCH, count)))
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO contacts (email, properties) VALUES (?, ?)",
            [(row["email"], json.dumps(row, ensure_ascii=False)) for row in rows],
        )
        connection.execute("COMMIT")
    seconds = time.perf_counter() - begun
    connection.close()
    return count / seconds


def measure_batches(folder: Path, count: int) -> None:
    """Print contacts a second."""
    plain = sqlite_rate(folder / "plain.db", count)
    print(f"{count:,} contacts of 12 properties, {BATCH} a batch, {CONNECTIONS} connections")
    print(f"  {'plain SQLite insert, durable':<38} {plain:>9,.0f} rows/s")
    for label, first, again in (
        ("new, by email", "email", None),
        ("new, by a unique property", "member_no", None),
        ("changed city, by email", "email", "Iași"),
    ):
        with running_sandbox(folder / f"{label}.db") as sandbox:
            with client_of(sandbox) as client:
                sent(client, "/crm/v3/properties/contacts", json.dumps(UNIQUE).encode())
            found = rate(sandbox, batches(count, first), count)
            if again is not None:
                found = rate(sandbox, batches(count, first, again), count)
        print(f"  {label:<38} {found:>9,.0f} rows/s {found / plain:>8.3f} x plain SQLite")


def fill(path: Path, count: int) -> None:
    """Write contacts straight into a portal's file."""
    with running_sandbox(path) as sandbox, client_of(sandbox) as client:
        sent(client, "/crm/v3/properties/contacts", json.dumps(UNIQUE).encode())
    portal = PortalStore(path)
    portal.connection.execute("PRAGMA synchronous=OFF")
    kind = portal.types.resolve("contacts")
    for start in range(0, count, 10_000):
        with portal.transaction():
            for number in range(start, min(start + 10_000, count)):
                portal.objects.create(kind, contact(number), BEGUN + number * 1_000)
    portal.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    portal.close()


def found_by(name: str, operator: str, value: str, **more: Any) -> bytes:
    """Return the body of a search for a hundred contacts."""
    entry = {"propertyName": name, "operator": operator, "value": value}
    if "highValue" in more:
        entry["highValue"] = more.pop("highValue")
    return json.dumps({"filterGroups": [{"filters": [entry]}], "limit": 100, **more}).encode()


def calls(count: int) -> dict[str, Callable[[int], tuple[str, bytes | None]]]:
    """Return the calls to time, by name: each gives path and body of one try."""
    step = count // (TRIES + 2)

    def changed(n: int, seconds: int) -> bytes:
        since = BEGUN + n * step * 1_000
        return found_by(
            "lastmodifieddate", "BETWEEN", str(since), highValue=str(since + seconds * 1_000)
        )

    ascending = [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]
    return {
        "nothing (GET /_sandbox/clock)": lambda _: ("/_sandbox/clock", None),
        "list page of 100": lambda n: (f"{CONTACTS}?limit=100&after={500 + n * step}", None),
        "search: email EQ": lambda n: (SEARCH, found_by("email", "EQ", contact(n * step)["email"])),
        "search: hs_object_id GT, sorted": lambda n: (
            SEARCH,
            found_by("hs_object_id", "GT", str(500 + n * step), sorts=ascending),
        ),
        "search: changed in 100 s (101 hits)": lambda n: (SEARCH, changed(n, 100)),
        "search: changed in a day": lambda n: (SEARCH, changed(n, 86_400)),
        "search: city EQ": lambda n: (SEARCH, found_by("city", "EQ", f"Town {n * 97}")),
        "search: company EQ": lambda n: (SEARCH, found_by("company", "EQ", f"Company {n * 97}")),
        "search: free text, many hits": lambda n: (
            SEARCH,
            json.dumps({"query": f"popescu{n * 97}", "limit": 100}).encode(),
        ),
        "search: free text, an address": lambda n: (
            SEARCH,
            json.dumps({"query": contact(n * step)["email"], "limit": 100}).encode(),
        ),
        "upsert of 100 that exist": lambda n: (
            UPSERT,
            upsert_body((contact(n * step + k, f"{n}") for k in range(100)), "email"),
        ),
        "upsert of 100 new": lambda n: (
            UPSERT,
            upsert_body((contact(count + n * 100 + k) for k in range(100)), "email"),
        ),
    }


def measure_calls(path: Path, count: int) -> None:
    """Print how long single calls take."""
    print(f"one call at a time, {count:,} contacts   (ms)    first   median      p95   x nothing")
    with running_sandbox(path) as sandbox, client_of(sandbox) as client:
        nothing = 0.0
        for label, call in calls(count).items():
            took = []
            for n in range(TRIES + 1):
                asked, body = call(n)
                begun = time.perf_counter()
                sent(client, asked, body)
                took.append((time.perf_counter() - begun) * 1_000)
            median, p95 = statistics.median(took[1:]), statistics.quantiles(took[1:], n=20)[-1]
            nothing = nothing or median
            print(
                f"  {label:<38} {took[0]:>10,.1f} {median:>8,.1f} {p95:>8,.1f} "
                f"{median / nothing:>9,.1f}"
            )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch-contacts", type=int, default=20_000)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    options = parser.parse_args()
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory(prefix="sandbox-bench-") as name:
        folder = Path(name)
        measure_batches(folder, options.batch_contacts)
        begun = time.perf_counter()
        fill(folder / "large.db", options.contacts)
        size = (folder / "large.db").stat().st_size / 1_000_000
        print(f"filled in {time.perf_counter() - begun:,.0f} s, {size:,.0f} MB")
        measure_calls(folder / "large.db", options.contacts)


if __name__ == "__main__":
    main()
