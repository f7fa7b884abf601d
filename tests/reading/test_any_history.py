"""Whatever happens in a portal, and whatever happens to the tap: in the end they agree."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from support.project import Portal
from support.reading import OBJECTS, Maker, Reader

STREAMS = ("contacts", "merges", "deletions")
LAG, LOOK_BACK = 20, 30
HISTORIES = int(os.environ.get("STAGEDOOR_HISTORIES", "6"))
"""Histories for each way of finding changes."""

Step = tuple[str, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            (
                *("create", "update", "update", "archive", "restore", "merge", "erase"),
                *("wait", "wait", "read", "cut off"),
            )
        ),
        st.integers(0, 40),
    ),
    max_size=14,
)


@dataclass
class History:
    """A portal that people change, and what a target knows of it by the tap's messages."""

    maker: Maker
    reader: Reader
    known: dict[str, str | None] = field(default_factory=dict)
    """First names by id."""
    made: int = 0
    bin: list[str] = field(default_factory=list)
    erased: set[str] = field(default_factory=set)

    def there(self) -> dict[str, str | None]:
        """Return the first names of all contacts."""
        told = self.maker.portal.get(f"{OBJECTS}/contacts?limit=100&properties=firstname")
        results = told["results"]
        assert isinstance(results, list)
        return {one["id"]: one["properties"]["firstname"] or None for one in results}

    def step(self, what: str, number: int) -> None:
        """Do one thing."""
        ids = sorted(self.there(), key=int)
        chosen = ids[number % len(ids)] if ids else None
        other = ids[(number + 1) % len(ids)] if len(ids) > 1 else None
        match what:
            case "create":
                self.made += 1
                self.maker.contacts(1, start=self.made)
            case "wait":
                self.maker.clock(advance=number)
            case "read":
                self.read()
            case "cut off":
                self.read(number / 40)
            case "restore" if self.bin:
                self.maker.post(
                    "/_sandbox/restore", {"object_type": "contacts", "id": self.bin.pop()}
                )
            case "update" if chosen:
                self.maker.update("contacts", {chosen: {"firstname": f"N{number}"}})
            case "archive" if chosen:
                self.maker.archive("contacts", [chosen])
                self.bin.append(chosen)
            case "erase" if chosen:
                self.maker.erase(chosen)
                self.erased.add(chosen)
            case "merge" if chosen and other:
                self.maker.merge("contacts", chosen, other)

    def read(self, share: float = 1.0) -> None:
        """Run the tap; only so much of what it says arrives, and STATE as far as that."""
        before = self.reader.state
        said = self.reader.run(*STREAMS)
        lines = [*said.lines]
        lines = lines[: round(len(lines) * share)]
        self.reader.state = before
        for message in map(json.loads, lines):
            if message["type"] == "STATE":
                self.reader.state = message["value"]
            elif message["type"] == "RECORD":
                self.take(message["stream"], message["record"])

    def take(self, stream: str, record: dict[str, Any]) -> None:
        """Keep what a record says."""
        match stream:
            case "contacts":
                self.known[record["id"]] = record["properties"]["firstname"]
            case "merges":
                self.known.pop(record["merged_id"], None)
            case "deletions":
                self.known.pop(record["id"], None)


@pytest.mark.parametrize("modes", [["poll"], ["journal"], ["journal", "poll"]], ids=str)
@given(steps=STEPS)
@trying(
    max_examples=HISTORIES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_after_any_history_a_target_knows_what_the_portal_holds(
    portal: Portal, reader: Reader, tmp_path: Path, modes: list[str], steps: Sequence[Step]
) -> None:
    """The index lags, runs are cut off anywhere, and objects come and go between them."""
    portal.post("/_sandbox/reset", {}).raise_for_status()
    maker = Maker(portal)
    maker.behave(index_delay_ms=LAG * 1_000)
    folder = tmp_path / str(len([*tmp_path.iterdir()]))
    settings = {
        "modes": modes,
        "look_back": LOOK_BACK,
        "object_types": ["contacts"],
        "properties": {"contacts": ["firstname"]},
    }
    history = History(maker, Reader(portal, folder, settings))
    history.read()
    for what, number in steps:
        history.step(what, number)
    for _ in range(2):
        maker.clock(advance=2 * LOOK_BACK)
        history.read()
    if modes == ["poll"]:  # which never sees that somebody was erased
        for one in history.erased:
            history.known.pop(one, None)
    assert history.known == history.there()
