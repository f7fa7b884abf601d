"""How fast the service answers webhooks, and how soon the platform's events are in HubSpot.

    uv run --no-sync python benchmarks/service.py            # all of it, a minute each
    uv run --no-sync python benchmarks/service.py --seconds 10

Real processes on loopback: the service with one process that answers calls, one worker, and a
sandbox portal. Each delivery is signed, and each answer means that its events are on the disk.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import quantiles

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from stagedoor.hubspot.signatures import v3
from stagedoor_service.application.signing import sign
from support.project import Portal, running_portal
from support.service import Service, connect, project_for, running_service

SECRET = "platform-secret"


def told(name: str, seconds: list[float], wanted: str) -> None:
    """Print how long things took."""
    cuts = quantiles(seconds, n=100)
    p50, p95, most = cuts[49] * 1e3, cuts[94] * 1e3, max(seconds) * 1e3
    times = f"p50 {p50:7.1f} ms   p95 {p95:7.1f} ms   max {most:7.1f} ms"
    print(f"{name:<44} {len(seconds):>6}   {times}   wanted: {wanted}", flush=True)


async def paced(rate: float, seconds: float, send: Callable[[int], Awaitable[None]]) -> None:
    """Call `send` so many times a second, whether or not earlier calls were answered."""
    begun = time.perf_counter()
    tasks = []
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(begun + number / rate - time.perf_counter(), 0))
        tasks.append(asyncio.create_task(send(number)))
    await asyncio.gather(*tasks)


async def deliveries(
    service: Service, portal: Portal, rate: float, size: int, seconds: float
) -> list[float]:
    """Return how long deliveries of `size` events each took to be answered."""
    took: list[float] = []
    url = f"{service.url}/api/webhooks/hubspot"
    first = time.time_ns() // 1_000_000 - 1_000_000

    async def send(number: int) -> None:
        events = [
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
        body, stamp = json.dumps(events).encode(), str(int(time.time() * 1_000))
        signature = v3("sandbox-secret", "POST", url, body, stamp)
        headers = {"X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": stamp}
        begun = time.perf_counter()
        answer = await client.post(url, content=body, headers=headers)
        took.append(time.perf_counter() - begun)
        assert answer.status_code == 200, answer.text

    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    async with httpx.AsyncClient(timeout=60, limits=limits) as client:
        await paced(rate, seconds, send)
    return took


async def visible(service: Service, portal: Portal, rate: float, seconds: float) -> list[float]:
    """Return how long after an event its value was seen in the portal."""
    sent: dict[str, tuple[str, float]] = {}
    took: list[float] = []
    url = f"{service.url}/api/webhooks/platform"
    bearer = {"Authorization": f"Bearer {portal.sandbox.token}"}

    async def send(number: int) -> None:
        email, city = f"b{number % 200}@example.com", f"City {number}"
        row = {"customer_id": f"b{number % 200}", "email": email, "city": city}
        event = {
            "id": f"bench-{time.time_ns()}",
            "type": "customer.updated",
            "occurred_at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + f".{number:06d}Z",
            "data": {"customer": row},
        }
        body = json.dumps(event).encode()
        sent[email] = (city, time.perf_counter())
        headers = {"X-Stagedoor-Signature": sign(SECRET, body, int(time.time()))}
        answer = await client.post(url, content=body, headers=headers)
        assert answer.status_code == 202, answer.text

    async def watch() -> None:
        path = f"{portal.sandbox.url}/crm/v3/objects/contacts/batch/read"
        while sent or not over:
            await asyncio.sleep(0.05)
            for chunk in [list(sent)[i : i + 100] for i in range(0, len(sent), 100)]:
                body = {"properties": ["city", "email"], "idProperty": "email"}
                asked = {**body, "inputs": [{"id": email} for email in chunk]}
                found = await client.post(path, json=asked, headers=bearer)
                for hit in found.json()["results"]:
                    values = hit["properties"]
                    city, begun = sent.get(values["email"], ("", 0.0))
                    if values["city"] == city:
                        took.append(time.perf_counter() - begun)
                        del sent[values["email"]]

    over = False
    async with httpx.AsyncClient(timeout=60) as client:
        watching = asyncio.create_task(watch())
        await paced(rate, seconds, send)
        over = True
        await watching
    return took


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as name, running_portal(Path(name) / "portal.db") as portal:
        project = project_for(Path(name) / "project", portal)
        settings = {"STAGEDOOR_PLATFORM_SECRET": SECRET, "STAGEDOOR_LOG_LEVEL": "WARNING"}
        with running_service(project, "--no-work", settings=settings) as service:
            connect(service)
            for rate, size in ((20, 100), (300, 1)):
                took = asyncio.run(deliveries(service, portal, rate, size, seconds))
                told(f"{rate} deliveries/s of {size} events", took, "under 1 s")
        project.pipe()
        with running_service(project, settings=settings) as service:
            took = asyncio.run(visible(service, portal, 2, 10))  # the first shift makes properties
            took = asyncio.run(visible(service, portal, 20, seconds))
            told("platform event to portal, 20 events/s", took, "p95 under 1 s")


if __name__ == "__main__":
    main()
