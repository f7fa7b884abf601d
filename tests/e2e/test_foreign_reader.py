"""A reader that is not written here, MeltanoLabs' tap-hubspot, finds all that our target wrote.

It speaks to the portal as to HubSpot: only the address at the start of its calls is another.
https://github.com/MeltanoLabs/tap-hubspot
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from support.environments import environment_of
from support.oracle import Expected, read_sample
from support.project import Portal, Project, make_project, running_portal

PACKAGE = ("meltano-tap-hubspot", "0.10.1")
KINDS = ("contacts", "companies", "deals", "tickets")
PLAIN = {
    ("contacts", "companies"): 279,
    ("deals", "contacts"): 3,
    ("deals", "companies"): 341,
    ("tickets", "contacts"): 16,
}
REDIRECTED = """
import os
import requests
from tap_hubspot.tap import TapHubspot

send = requests.Session.send

def redirected(session, request, **options):
    start, hubspot, path = request.url.partition("https://api.hubapi.com")
    assert not start and hubspot, f"a call to somewhere else: {request.url}"
    request.url = os.environ["PORTAL_URL"] + path
    return send(session, request, **options)

class Redirected(TapHubspot):
    def discover_streams(self):
        wanted = os.environ["STREAMS"].split()
        return [stream for stream in super().discover_streams() if stream.name in wanted]

requests.Session.send = redirected
Redirected.cli()
"""
"""The tap's own command, but its calls go to the portal, and it has the streams that we fill.

It asks HubSpot for the properties of every type before it reads one, calls and tasks too.
"""

Row = dict[str, Any]


@dataclass(frozen=True)
class Reader:
    """The tap in an environment of its own."""

    folder: Path
    python: str

    def read(self, portal: Portal, **config: Any) -> dict[str, list[Row]]:
        """Return the records of every stream, by its name."""
        streams = [*KINDS, *(f"{one}_{other}_associations" for one, other in PLAIN)]
        path = self.folder / "config.json"
        path.write_text(json.dumps({"access_token": portal.sandbox.token, **config}))
        done = subprocess.run(
            [self.python, "redirected.py", "--config", str(path)],
            cwd=self.folder,
            env={**os.environ, "PORTAL_URL": portal.sandbox.url, "STREAMS": " ".join(streams)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        found: dict[str, list[Row]] = {name: [] for name in streams}
        for message in map(json.loads, done.stdout.splitlines()):
            if message["type"] == "RECORD":
                found[message["stream"]].append(message["record"])
        return found


@dataclass
class Filled:
    """A portal after the main job, and what else tells what it must hold."""

    portal: Portal
    project: Project
    expected: Expected

    def listed(self, kind: str) -> dict[str, Row]:
        """Return all records of a type with all their properties, by id, as HubSpot lists them."""
        names = [p["name"] for p in self._results(f"/crm/v3/properties/{kind}")]
        path = f"/crm/v3/objects/{kind}?limit=100&properties={','.join(names)}"
        return {record["id"]: record for record in self._results(path)}

    def _results(self, path: str) -> Iterator[Row]:
        after = ""
        while after is not None:
            page: Row = self.portal.get(path + (f"&after={after}" if after else ""))
            yield from page["results"]
            after = page.get("paging", {}).get("next", {}).get("after")

    def names(self, kind: str) -> dict[str, str]:
        """Return what the platform calls the records of a type, by id."""
        unique = "email" if kind == "contacts" else "stagedoor_id"
        return {i: r["properties"][unique] for i, r in self.listed(kind).items()}

    @cached_property
    def unsendable(self) -> set[str]:
        """The addresses that no contact has: they are none."""
        listed = self.project.stagedoor("dead-letters", "list", "--json").stdout.splitlines()
        missing = self.expected.contacts - set(self.names("contacts").values())
        assert len(missing) == len({json.loads(line)["key"] for line in listed})
        return missing


@pytest.fixture(scope="session")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Put the tap in its environment and its command, redirected, in a folder."""
    home = environment_of(*PACKAGE)
    folder = tmp_path_factory.mktemp("reader")
    (folder / "redirected.py").write_text(REDIRECTED)
    return Reader(folder, str(home / "bin" / "python"))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """Run the main job once on a small platform."""
    folder: Path = tmp_path_factory.mktemp("foreign")
    small = {"TAP_PLATFORM_SAMPLE": '{"customers": 300, "seed": 3}'}
    with running_portal(folder / "portal.db") as portal:
        project = make_project(folder / "project", {**portal.settings, **small})
        project.main_job()
        expected = read_sample(project.sample, datetime.now(UTC).replace(tzinfo=None))
        yield Filled(portal, project, expected)


@pytest.fixture(scope="module", params=["listed", "searched"])
def found(request: pytest.FixtureRequest, reader: Reader, filled: Filled) -> dict[str, list[Row]]:
    """What the tap reads: from pages of lists, or by searches for what changed since."""
    pairs: dict[str, list[str]] = {}
    for one, other in PLAIN:
        pairs.setdefault(one, []).append(other)
    since = {"start_date": "2020-01-01T00:00:00Z"} if request.param == "searched" else {}
    filled.portal.forget_calls()
    rows = reader.read(filled.portal, associations=pairs, **since)
    calls: Any = filled.portal.get("/_sandbox/stats")["calls"]
    assert any("search" in call for call in calls) == (request.param == "searched")
    return rows


@pytest.mark.parametrize("kind", KINDS)
def test_the_tap_reads_every_record_with_hubspots_values(
    found: dict[str, list[Row]], filled: Filled, kind: str
) -> None:
    listed = filled.listed(kind)
    assert sorted(row["id"] for row in found[kind]) == sorted(listed)
    for row in found[kind]:
        record = listed[row["id"]]
        asked = set(row["properties"])
        assert {n: v for n, v in record["properties"].items() if n in asked} == row["properties"]
        for name in ("createdAt", "updatedAt"):
            told, held = (datetime.fromisoformat(one[name]) for one in (row, record))
            assert told == held
        assert row["archived"] is False


@pytest.mark.parametrize("kind", KINDS[:3])
def test_the_tap_reads_every_property_that_has_a_value(
    found: dict[str, list[Row]], filled: Filled, kind: str
) -> None:
    listed = filled.listed(kind)
    for row in found[kind]:
        valued = {n: v for n, v in listed[row["id"]]["properties"].items() if v is not None}
        assert {n: v for n, v in row["properties"].items() if v is not None} == valued


@pytest.mark.parametrize("kind", KINDS)
def test_the_tap_reads_as_many_records_as_the_platform_has(
    found: dict[str, list[Row]], filled: Filled, kind: str
) -> None:
    wanted = getattr(filled.expected, kind)
    unsendable = filled.unsendable if kind == "contacts" else set()
    assert len(found[kind]) == len(wanted - unsendable) > 15


def test_the_tap_reads_the_addresses_of_the_platform(
    found: dict[str, list[Row]], filled: Filled
) -> None:
    read = {row["properties"]["email"] for row in found["contacts"]}
    assert read == filled.expected.contacts - filled.unsendable


@pytest.mark.parametrize("ends", PLAIN, ids="-".join)
def test_the_tap_reads_the_associations_of_the_platform(
    found: dict[str, list[Row]], filled: Filled, ends: tuple[str, str]
) -> None:
    one, other = map(filled.names, ends)
    rows = found["{}_{}_associations".format(*ends)]
    read = {
        (one[row["from_id"]], other[row["to_id"]])
        for row in rows
        if row["association_type_id"] == PLAIN[ends]
    }
    wanted = filled.expected.pairs[ends]
    assert read == {pair for pair in wanted if not filled.unsendable.intersection(pair)}
    assert len(read) > 5, "the sample must hold such pairs"
