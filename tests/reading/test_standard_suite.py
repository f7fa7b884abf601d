"""The SDK's own suite for taps, on a portal that has something in every stream."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from singer_sdk import Stream
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from hubspot_sandbox.model.definitions import hubspot_defined
from hubspot_sandbox.testing import running_sandbox
from stagedoor.hubspot.records import Schema, object_schema
from stagedoor.hubspot.schema import from_payload
from support.project import Portal
from support.reading import Maker
from tap_hubspot.tap import TapHubSpot

CONFIG: dict[str, Any] = {"portal": "suite", "look_back": 0, "calls_per_10_seconds": 250}


class EveryStream(TapHubSpot):
    """The tap as the suite wants it.

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


def fill(maker: Maker) -> None:
    """Have at least one record in each stream."""
    people = maker.contacts(6)
    firms = maker.create("companies", [{"name": "Firm", "domain": "firm.example"}])
    maker.create("deals", [{"dealname": "Deal", "dealstage": "closedwon", "pipeline": "default"}])
    maker.create("tickets", [{"subject": "Ticket", "hs_pipeline": "0", "hs_pipeline_stage": "1"}])
    maker.associate("contacts", "companies", [(people[0], firms[0])])
    maker.merge("contacts", people[1], people[2])
    maker.archive("contacts", people[3:4])
    made = maker.post(
        "/crm/lists/2026-09",
        {"name": "Guests", "objectTypeId": "0-1", "processingType": "MANUAL"},
    )
    members = f"/crm/lists/2026-09/{made['list']['listId']}/memberships/add"
    maker.put(members, [people[0]])
    maker.clock(advance=60)


@pytest.fixture(scope="module", autouse=True)
def _filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A portal for the suite, which starts taps by itself."""
    here, before = tmp_path_factory.mktemp("suite"), Path.cwd()
    with running_sandbox(here / "portal.db") as sandbox, pytest.MonkeyPatch.context() as patch:
        fill(Maker(Portal(sandbox)))
        patch.setenv("TARGET_HUBSPOT_PORTAL_URL", sandbox.url)
        patch.setenv("TARGET_HUBSPOT_ACCESS_TOKEN", sandbox.token)
        patch.setenv("MELTANO_PROJECT_ROOT", str(here))
        os.chdir(here)
        yield
    os.chdir(before)


_Suite = get_tap_test_class(
    tap_class=EveryStream, config=CONFIG, suite_config=SuiteConfig(max_records_limit=50)
)


class TestTapOnPortal(_Suite):  # type: ignore[misc, valid-type]
    """The standard suite."""
