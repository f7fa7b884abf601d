"""The SDK's own suite for taps, on a portal that has something in every stream."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from hubspot_sandbox.testing import running_sandbox
from support.project import Portal
from support.reading import EveryStream, Maker

CONFIG: dict[str, Any] = {"portal": "suite", "look_back": 0, "calls_per_10_seconds": 250}


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


class TestTapOnPortal(_Suite):  # type: ignore[misc, valid-type] # the SDK makes it
    """The standard suite."""
