"""Runs tap-hubspot, and makes what it reads."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from singer_sdk import Stream

from hubspot_sandbox.model.definitions import hubspot_defined
from stagedoor.hubspot.records import Schema, object_schema
from stagedoor.hubspot.schema import from_payload
from support.project import Portal
from tap_hubspot.tap import TapHubSpot

OBJECTS = "/crm/objects/2026-09"


@dataclass
class Said:
    """What a run of the tap said."""

    lines: Iterable[str]
    schemas: dict[str, dict[str, Any]] = field(default_factory=dict)
    records: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    states: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Sort the messages."""
        for line in self.lines:
            message = json.loads(line)
            match message["type"]:
                case "SCHEMA":
                    self.schemas[message["stream"]] = message["schema"]
                case "RECORD":
                    self.records.setdefault(message["stream"], []).append(message["record"])
                case "STATE":
                    self.states.append(message["value"])

    def of(self, stream: str) -> list[dict[str, Any]]:
        """Return the records of a stream."""
        return self.records.get(stream, [])

    def ids(self, stream: str) -> list[str]:
        """Return the ids of a stream's records."""
        return [record["id"] for record in self.of(stream)]

    @property
    def state(self) -> dict[str, Any]:
        """The last STATE."""
        return self.states[-1]


@dataclass
class Reader:
    """The tap on one portal, in this process, one run after the other."""

    portal: Portal
    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)
    state: dict[str, Any] = field(default_factory=dict)

    def tap(self, catalog: dict[str, Any] | None = None, **settings: Any) -> TapHubSpot:
        """Return a tap that begins with the state of the last run."""
        config = {
            "portal": "test",
            "portal_url": self.portal.sandbox.url,
            "access_token": self.portal.sandbox.token,
            "client_id": "sandbox-app",
            "client_secret": "sandbox-secret",
            "state_dir": str(self.folder),
            "look_back": 0,
            **self.settings,
            **settings,
        }
        state = json.loads(json.dumps(self.state))
        return TapHubSpot(config=config, state=state, catalog=catalog)

    def run(self, *streams: str, **settings: Any) -> Said:
        """Read these streams, and keep the last STATE for the next run."""
        tap = self.tap(**settings)
        for stream in tap.streams.values():
            if "catalog" not in settings:
                stream.selected = stream.name in streams
        with _captured() as lines:
            tap.sync_all()
        said = Said(lines)
        self.state = said.state
        return said


@contextmanager
def _captured() -> Iterator[list[str]]:
    before, raw, lines = sys.stdout, io.BytesIO(), list[str]()
    sys.stdout = io.TextIOWrapper(raw, encoding="utf-8", write_through=True)
    try:
        yield lines
    finally:
        sys.stdout.flush()
        lines += raw.getvalue().decode().splitlines()
        sys.stdout = before


@dataclass
class Maker:
    """Makes and changes objects of a portal, as another app or a person would."""

    portal: Portal

    def __post_init__(self) -> None:
        """Keep one connection."""
        sandbox = self.portal.sandbox
        headers = {"Authorization": f"Bearer {sandbox.token}"}
        self._http = httpx.Client(base_url=sandbox.url, headers=headers, timeout=60)

    def post(self, path: str, body: Any) -> dict[str, Any]:
        """Send something to the portal that must succeed."""
        answer = self._http.post(path, json=body)
        answer.raise_for_status()
        return dict(answer.json()) if answer.content else {}

    def put(self, path: str, body: Any) -> None:
        """Put something into the portal that must succeed."""
        self._http.put(path, json=body).raise_for_status()

    def create(self, object_type: str, rows: Iterable[Mapping[str, str]]) -> list[str]:
        """Make objects; return their ids in the order of the rows."""
        inputs = [{"properties": dict(row)} for row in rows]
        ids: list[str] = []
        for at in range(0, len(inputs), 100):
            made = self.post(
                f"{OBJECTS}/{object_type}/batch/create", {"inputs": inputs[at : at + 100]}
            )
            ids += sorted((one["id"] for one in made["results"]), key=int)
        return ids

    def contacts(self, count: int, start: int = 0) -> list[str]:
        """Make contacts."""
        numbers = range(start, start + count)
        return self.create(
            "contacts", ({"email": f"c{n}@example.com", "firstname": f"C{n}"} for n in numbers)
        )

    def update(self, object_type: str, changes: Mapping[str, Mapping[str, str]]) -> None:
        """Change objects."""
        inputs = [{"id": one, "properties": dict(values)} for one, values in changes.items()]
        for at in range(0, len(inputs), 100):
            self.post(f"{OBJECTS}/{object_type}/batch/update", {"inputs": inputs[at : at + 100]})

    def archive(self, object_type: str, ids: Iterable[str]) -> None:
        """Put objects into the bin."""
        inputs = [{"id": one} for one in ids]
        for at in range(0, len(inputs), 100):
            self.post(f"{OBJECTS}/{object_type}/batch/archive", {"inputs": inputs[at : at + 100]})

    def merge(self, object_type: str, winner: str, loser: str) -> str:
        """Make one object of two; return its id."""
        body = {"primaryObjectId": winner, "objectIdToMerge": loser}
        return str(self.post(f"{OBJECTS}/{object_type}/merge", body)["id"])

    def erase(self, contact_id: str) -> None:
        """Delete a contact for good."""
        self.post(f"{OBJECTS}/contacts/gdpr-delete", {"objectId": contact_id})

    def associate(self, one: str, other: str, pairs: Iterable[tuple[str, str]]) -> None:
        """Associate objects."""
        inputs = [{"from": {"id": a}, "to": {"id": b}} for a, b in pairs]
        path = f"/crm/associations/2026-09/{one}/{other}/batch/associate/default"
        self.post(path, {"inputs": inputs})

    def clock(self, *, advance: float = 0, still: bool | None = None) -> None:
        """Move the portal's clock by seconds, stop it or let it run."""
        body: dict[str, Any] = {"advance_seconds": advance}
        self.post("/_sandbox/clock", body if still is None else {**body, "still": still})

    def behave(self, **answers: Any) -> None:
        """Answer open questions otherwise."""
        self.post("/_sandbox/behaviour", answers)

    def calls(self) -> dict[str, int]:
        """Return how many calls there were since the last look, by operation."""
        calls = dict(self._http.get("/_sandbox/stats").json()["calls"])
        self.post("/_sandbox/reset", {"data": False})
        return calls


class EveryStream(TapHubSpot):
    """The tap as the SDK's suite wants it, and the documents.

    The suite asks for the streams while pytest collects, when no portal runs yet: they come from
    the sandbox's own definitions, and the portal's address later from the environment. Streams
    that have to be selected are.
    """

    object_types = ("contacts", "companies", "deals", "tickets")

    def object_schema(self, object_type: str) -> Schema:
        """Return the schema, as the portal's definitions make it."""
        defined = map(from_payload, hubspot_defined(object_type))
        return object_schema(defined, times=False)

    def discover_streams(self) -> Sequence[Stream]:
        """Return all streams, selected."""
        streams = super().discover_streams()
        for stream in streams:
            stream.selected_by_default = True
        return streams
