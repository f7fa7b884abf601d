"""How fast the service answers webhooks, and how soon either side has what the other was told.

    uv run --no-sync python benchmarks/service.py            # all of it, a minute each
    uv run --no-sync python benchmarks/service.py --seconds 10 --only events edits

Real processes on loopback: a service with one process that answers calls and one worker, a
sandbox portal, and a PostgreSQL that is the platform's. Each delivery is signed, and each answer
means that its events are on the disk. `batch` measures both ways while a job reads the platform
and pushes what changed every 30 seconds. Beside the seconds on the clock stand the load of the
machine and what the service's processes used of its processors.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

import httpx
from sqlalchemy import select

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from stagedoor.hubspot.signatures import v3
from stagedoor_service.application.signing import sign
from support.both_sides import CUSTOMERS, BothSides
from support.postgres import postgres_server
from support.project import Portal, running_portal
from support.service import Service, connect, project_for, running_service

SECRET = "platform-secret"
SUBJECTS = ("webhooks", "events", "edits", "batch")
RATE = 20
PEOPLE = 200
"""Customers of whom events tell, and as many others whose contacts are edited."""
MAPPING = "objects: {contacts: {properties: {city: {inbound: true}, jobtitle: {inbound: true}}}}"
SETTINGS = {
    "STAGEDOOR_PLATFORM_SECRET": SECRET,
    "STAGEDOOR_LOG_LEVEL": "WARNING",
    "STAGEDOOR_HUBSPOT_APP_ID": "1",
    "STAGEDOOR_HUBSPOT_DEVELOPER_KEY": "developer-sandbox",
}


@dataclass
class Waiting:
    """Values that were sent and not seen yet, and how long the others took."""

    sent: dict[str, tuple[str, float]] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)

    def send(self, who: str, value: str) -> None:
        """Note that somebody's value is sent now; one that was not seen yet counts from then."""
        first = self.sent.get(who, ("", time.perf_counter()))[1]
        self.sent[who] = (value, first)

    def see(self, held: Mapping[str, str | None]) -> None:
        """Note which values are there."""
        for who, value in held.items():
            wanted, begun = self.sent.get(who, (None, 0.0))
            if wanted is not None and wanted == value:
                self.took.append(time.perf_counter() - begun)
                del self.sent[who]


def told(name: str, seconds: list[float], wanted: str) -> None:
    """Print how long things took."""
    cuts = quantiles(seconds, n=100)
    p50, p95, most = cuts[49] * 1e3, cuts[94] * 1e3, max(seconds) * 1e3
    times = f"p50 {p50:6.0f} ms  p95 {p95:6.0f} ms  max {most:6.0f} ms"
    load = f"load {os.getloadavg()[0]:4.1f}"
    print(f"{name:<40} {len(seconds):>6}  {times}  wanted: {wanted}  {load}", flush=True)


def used_by(pid: int) -> float:
    """Return the seconds of CPU that a process and its living children have used; Linux only."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            number, _, rest = path.read_text().partition(" ")
            words = rest.rpartition(")")[2].split()
            if pid in (int(number), int(words[1])):
                ticks += int(words[11]) + int(words[12])
    return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def costs(service: Service) -> Iterator[None]:
    """Print what a service used of the processors within the block."""
    before, begun = used_by(service.process.pid), time.perf_counter()
    yield
    used, seconds = used_by(service.process.pid) - before, time.perf_counter() - begun
    print(f"  {used:.1f} s of CPU by the service in {seconds:.0f} s", flush=True)


async def paced(rate: float, seconds: float, send: Callable[[int], Awaitable[None]]) -> None:
    """Call `send` so many times a second, whether or not earlier calls were answered."""
    begun = time.perf_counter()
    tasks = []
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(begun + number / rate - time.perf_counter(), 0))
        tasks.append(asyncio.create_task(send(number)))
    await asyncio.gather(*tasks)


@dataclass
class Wire:
    """Connections to a service that stay open; a client that costs less than what it measures."""

    url: str
    idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = field(default_factory=list)

    async def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Send a body and return the status of the answer, when all of that has come."""
        host, _, port = self.url.removeprefix("http://").partition(":")
        told = {"Host": f"{host}:{port}", "Content-Length": str(len(body)), **headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        wire = self.idle.pop() if self.idle else await asyncio.open_connection(host, int(port))
        reader, writer = wire
        writer.write(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = answer.partition("content-length: ")[2].partition("\r")[0]
        await reader.readexactly(int(length))
        self.idle.append(wire)
        return int(answer.split(" ", 2)[1])


async def deliveries(
    service: Service, portal: Portal, rate: float, size: int, seconds: float
) -> list[float]:
    """Return how long deliveries of `size` events each took to be answered."""
    took: list[float] = []
    path = "/api/webhooks/hubspot"
    first = time.time_ns() // 1_000_000 - 1_000_000
    wire = Wire(service.url)

    def signed(number: int) -> tuple[bytes, dict[str, str]]:
        told = [
            {
                "eventId": first + number * size + n,
                "subscriptionId": 7,
                "portalId": portal.sandbox.portal_id,
                "occurredAt": first + number * size + n,
                "subscriptionType": "contact.propertyChange",
                "propertyName": "city",
                "propertyValue": "x",
                "objectId": number * size + n,
            }
            for n in range(size)
        ]
        body, stamp = json.dumps(told).encode(), str(int(time.time() * 1_000))
        signature = v3("sandbox-secret", "POST", service.url + path, body, stamp)
        return body, {"X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": stamp}

    ready = [signed(number) for number in range(int(rate * seconds))]

    async def send(number: int) -> None:
        begun = time.perf_counter()
        status = await wire.post(path, *ready[number])
        took.append(time.perf_counter() - begun)
        assert status == 200, status

    await paced(rate, seconds, send)
    for _, writer in wire.idle:
        writer.close()
    return took


async def watched(
    waiting: Waiting, look: Callable[[], Awaitable[None]], work: Awaitable[None]
) -> None:
    """Look ten times a second, at most, until `work` is over and everything was seen."""
    working = asyncio.ensure_future(work)
    while waiting.sent or not working.done():
        await asyncio.sleep(0.1)
        await look()
    await working


async def events(service: Service, sides: BothSides, rate: float, seconds: float) -> list[float]:
    """Return how long after an event of the platform its value was in the portal."""
    waiting, url = Waiting(), f"{service.url}/api/webhooks/platform"
    path = f"{sides.portal.sandbox.url}/crm/v3/objects/contacts/batch/read"
    bearer = {"Authorization": f"Bearer {sides.portal.sandbox.token}"}
    run = time.time_ns()

    async def send(number: int) -> None:
        who, name = number % PEOPLE + 1, f"Ana {run} {number}"
        await asyncio.to_thread(sides.change, who, first_name=name)
        row = {"customer_id": str(who), "email": f"p{who}@example.com", "first_name": name}
        event = {
            "id": f"bench-{run}-{number}",
            "type": "customer.updated",
            "occurred_at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + f".{number:06d}Z",
            "data": {"customer": row},
        }
        body = json.dumps(event).encode()
        headers = {"X-Stagedoor-Signature": sign(SECRET, body, int(time.time()))}
        waiting.send(row["email"], name)
        answer = await client.post(url, content=body, headers=headers)
        assert answer.status_code == 202, answer.text

    async def look() -> None:
        for chunk in [list(waiting.sent)[i : i + 100] for i in range(0, len(waiting.sent), 100)]:
            body = {"properties": ["firstname", "email"], "idProperty": "email"}
            asked = {**body, "inputs": [{"id": email} for email in chunk]}
            found = (await client.post(path, json=asked, headers=bearer)).json()["results"]
            held = (hit["properties"] for hit in found)
            waiting.see({values["email"]: values["firstname"] for values in held})

    async with httpx.AsyncClient(timeout=60) as client:
        await watched(waiting, look, paced(rate, seconds, send))
    return waiting.took


async def edits(sides: BothSides, rate: float, seconds: float) -> list[float]:
    """Return how long after an edit in HubSpot the platform's column had it."""
    waiting, run = Waiting(), time.time_ns()
    ids = {str(item["properties"]["email"]): str(item["id"]) for item in sides.tap.all()}
    url = f"{sides.portal.sandbox.url}/crm/v3/objects/contacts"
    bearer = {"Authorization": f"Bearer {sides.portal.sandbox.token}"}
    query = select(CUSTOMERS.c.email, CUSTOMERS.c.city)

    async def send(number: int) -> None:
        email = f"p{PEOPLE + number % PEOPLE + 1}@example.com"
        city = f"City {run} {number}"
        waiting.send(email, city)
        body = {"properties": {"city": city}}
        answer = await client.patch(f"{url}/{ids[email]}", json=body, headers=bearer)
        assert answer.status_code == 200, answer.text

    def held() -> dict[str, str | None]:
        with sides.engine.connect() as connection:
            asked = query.where(CUSTOMERS.c.email.in_(list(waiting.sent)))
            return {str(row.email): row.city for row in connection.execute(asked)}

    async def look() -> None:
        waiting.see(await asyncio.to_thread(held))

    async with httpx.AsyncClient(timeout=60) as client:
        await watched(waiting, look, paced(rate, seconds, send))
    return waiting.took


async def both(
    service: Service, sides: BothSides, seconds: float
) -> tuple[list[float], list[float]]:
    """Return how long events and edits took, side by side."""
    found = await asyncio.gather(events(service, sides, RATE, seconds), edits(sides, RATE, seconds))
    return found[0], found[1]


@contextmanager
def connected(sides: BothSides, **settings: str) -> Iterator[Service]:
    """Give a service that hears of both sides, and has sent all that there is."""
    with running_service(sides.project, settings={**SETTINGS, **settings}) as service:
        assert connect(service).status_code == 200
        run = service.run("sync/contacts")
        assert run["status"] == "done", run["error"]
        url = f"{service.url}/api/webhooks/hubspot"
        sides.project.stagedoor("webhooks", "subscribe", "--url", url)
        asyncio.run(events(service, sides, 2, 5))
        asyncio.run(edits(sides, 2, 5))
        yield service


def receive(folder: Path, portal: Portal, seconds: float) -> None:
    """Measure how webhooks are answered."""
    project = project_for(folder, portal)
    with running_service(project, "--no-work", settings=SETTINGS) as service:
        connect(service)
        for rate, size in ((20, 100), (300, 1)):
            with costs(service):
                took = asyncio.run(deliveries(service, portal, rate, size, seconds))
                told(f"{rate} deliveries/s of {size} events", took, "p95 under 1 s")


def follow(sides: BothSides, only: list[str], seconds: float) -> None:
    """Measure how soon one side has what the other was told."""
    if "events" in only or "edits" in only:
        with connected(sides) as service:
            if "events" in only:
                with costs(service):
                    took = asyncio.run(events(service, sides, RATE, seconds))
                    told(f"platform event to portal, {RATE}/s", took, "p95 under 1 s")
            if "edits" in only:
                with costs(service):
                    took = asyncio.run(edits(sides, RATE, seconds))
                    told(f"HubSpot edit to PostgreSQL, {RATE}/s", took, "p95 under 2 s")
    if "batch" in only:
        with connected(sides, STAGEDOOR_SCHEDULE="30") as service, costs(service):
            there, back = asyncio.run(both(service, sides, seconds))
            told(f"event to portal, both {RATE}/s, a job", there, "p95 under 4 s")
            told(f"edit to PostgreSQL, both {RATE}/s, a job", back, "p95 under 4 s")


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--only", nargs="+", choices=SUBJECTS, default=list(SUBJECTS))
    parser.add_argument("--customers", type=int, default=2 * PEOPLE, help="on the platform")
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as name,
        running_portal(Path(name) / "portal.db") as portal,
        postgres_server() as url,
    ):
        if "webhooks" in chosen.only:
            receive(Path(name) / "receiving", portal, chosen.seconds)
        project = project_for(Path(name) / "project", portal)
        sides = BothSides.made(project, portal, MAPPING, url=url)
        sides.add_many(max(chosen.customers, 2 * PEOPLE), city="Cluj")
        follow(sides, chosen.only, chosen.seconds)


if __name__ == "__main__":
    main()
