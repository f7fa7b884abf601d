"""Contacts a second out of HubSpot, beside meltano-tap-hubspot, from the same sandbox portal.

    python benchmarks/inbound_reading.py [--contacts 20000] [--runs 3]

Both taps read the same contacts with the same 40 properties, first by the list (no STATE), then
by the search (a STATE older than every contact), in turn, each in a process of its own. It prints
the best time of each, from the first call to the last message, and the ratio. Neither tap waits
for HubSpot's limits, and neither writes anything but contacts.

The other tap is installed once, with the newest version that the package index has, in a virtual
environment below the user's cache. It can neither be given another address than HubSpot's nor
fewer properties than all: the process that runs it is told both from outside.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

from hubspot_sandbox.store.portal import PortalStore
from hubspot_sandbox.testing import RunningSandbox, running_sandbox

PEER = "meltano-tap-hubspot"
BEGUN = 1_767_225_600_000
"""When the first contact was made; each further one a second later."""
OURS = """
import json, sys, time
from stagedoor.hubspot import portal as portals
from stagedoor.hubspot.limiter import Limiter
from tap_hubspot.tap import TapHubSpot

given = json.load(sys.stdin)
portals._limiter = lambda _, clock, __: Limiter(portals.NO_LIMIT, clock.now, clock.sleep)
state = {"bookmarks": {"contacts": {"poll": {"contacts": {"until": 0}}}}}
config = {
    "portal_url": given["url"],
    "access_token": given["token"],
    "state_dir": given["folder"],
    "object_types": ["contacts"],
    "properties": {"contacts": given["names"]},
}
tap = TapHubSpot(config=config, state=state if given["search"] else {})
for stream in tap.streams.values():
    stream.selected = stream.name == "contacts"
begun = time.perf_counter()
tap.sync_all()
sys.stdout.flush()
print(f"SECONDS {time.perf_counter() - begun}", file=sys.stderr)
"""
THEIRS = """
import json, sys, time
import requests
from tap_hubspot.client import DynamicHubspotStream
from tap_hubspot.streams import ContactStream
from tap_hubspot.tap import TapHubspot

given = json.load(sys.stdin)
send, hubspot = requests.Session.send, "https://api.hubapi.com"

def there(session, request, **options):
    request.url = request.url.replace(hubspot, given["url"], 1)
    return send(session, request, **options)

requests.Session.send = there
DynamicHubspotStream.hs_properties = dict.fromkeys(given["names"], "string")
TapHubspot.discover_streams = lambda tap: [ContactStream(tap)]
known = {"replication_key": "lastmodifieddate", "replication_key_value": "2000-01-01T00:00:00Z"}
state = {"bookmarks": {"contacts": known}} if given["search"] else {}
tap = TapHubspot(config={"access_token": given["token"]}, state=state)
begun = time.perf_counter()
tap.sync_all()
sys.stdout.flush()
print(f"SECONDS {time.perf_counter() - begun}", file=sys.stderr)
"""


def peer() -> Path:
    """Return the Python of the environment that has the other tap."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "stagedoor"
    folder = cache / "peers" / PEER
    python = folder / "bin" / "python"
    if not (folder / "bin" / "tap-hubspot").exists():
        subprocess.run(["uv", "venv", "-q", "--clear", folder], check=True)
        subprocess.run(["uv", "pip", "install", "-q", "--python", python, PEER], check=True)
    return python


def contact(number: int, names: list[str]) -> dict[str, str]:
    """Return a contact's properties: three of four have a value."""
    given = {name: f"{name} of {number}" for place, name in enumerate(names) if place % 4}
    return {**given, "email": f"person.{number}@example.com", "lastname": f"Popescu {number}"}


def fill(data: Path, count: int) -> list[str]:
    """Write contacts into a portal's file; return the names of the 40 properties."""
    portal = PortalStore(data)
    portal.connection.execute("PRAGMA synchronous=OFF")
    kind = portal.types.named("contacts")
    ours = [
        name
        for name, definition in portal.schema.properties["contacts"].items()
        if definition["type"] == "string" and not name.startswith("hs_")
    ][:15]
    made = [f"answer_{number:02}" for number in range(38 - len(ours))]
    with portal.transaction():
        for name in made:
            portal.schema.add_property(kind.name, _definition(name))
        for number in range(count):
            values = contact(number, [*ours, *made])
            portal.objects.create(kind, values, BEGUN + number * 1_000)
    portal.close()
    return [*ours, *made, "createdate", "lastmodifieddate"]


def _definition(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "label": name,
        "groupName": "contactinformation",
        "type": "string",
        "fieldType": "text",
    }


def run(python: str, code: str, given: dict[str, Any], count: int) -> float:
    """Run a tap; return its seconds, after checking that it gave every contact once."""
    out = Path(given["folder"]) / "messages"
    with out.open("wb") as messages:
        done = subprocess.run(
            [python, "-c", code],
            input=json.dumps(given).encode(),
            stdout=messages,
            stderr=subprocess.PIPE,
            check=False,
            cwd=given["folder"],
        )
    told = done.stderr.decode()
    if done.returncode:
        raise SystemExit(told[-3_000:])
    ids = Counter(
        message["record"]["id"]
        for line in out.read_bytes().splitlines()
        if (message := json.loads(line))["type"] == "RECORD"
    )
    if len(ids) != count:
        raise SystemExit(f"{len(ids)} contacts came instead of {count}")
    return float(told.rpartition("SECONDS ")[2])


def compare(sandbox: RunningSandbox, names: list[str], folder: str, arguments: Any) -> None:
    """Run both taps in turn, by list and by search, and print what they took."""
    python, count = str(peer()), arguments.contacts
    for search in (False, True):
        given = {
            "url": sandbox.url,
            "token": sandbox.token,
            "names": names,
            "folder": folder,
            "search": search,
        }
        times: dict[str, list[float]] = {"tap-hubspot": [], PEER: []}
        for _ in range(arguments.runs):
            times["tap-hubspot"].append(run(sys.executable, OURS, given, count))
            times[PEER].append(run(python, THEIRS, given, count))
        ours, theirs = (min(some) for some in times.values())
        how = "search" if search else "list"
        print(
            f"{how:7} tap-hubspot {ours:6.2f} s ({count / ours:7,.0f}/s)   "
            f"{PEER} {theirs:6.2f} s ({count / theirs:7,.0f}/s)   ratio {theirs / ours:.2f}"
        )


def main() -> None:
    """Fill a portal, serve it, and compare."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--contacts", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "portal.db"
        begun = time.perf_counter()
        names = fill(data, arguments.contacts)
        print(f"filled in {time.perf_counter() - begun:.1f} s; {len(names)} properties")
        with running_sandbox(data) as sandbox:
            httpx.get(f"{sandbox.url}/_sandbox/clock").raise_for_status()
            compare(sandbox, names, folder, arguments)


if __name__ == "__main__":
    main()
