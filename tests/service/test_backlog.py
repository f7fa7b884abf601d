"""What waits for this service counts; what waits for somebody else does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stagedoor.arrivals import Arrival
from stagedoor.config import HubSpotSettings
from stagedoor.hubspot.limiter import InFile
from stagedoor.state.lease import private_folder
from stagedoor_service.application.backlog import Backlog
from stagedoor_service.application.office import Office, open_office
from stagedoor_service.settings import load_service_settings
from support.pair import mapping

MAPPING = mapping(
    email="{from: email, codec: email}",
    city="{from: city, inbound: true}",
)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    target = HubSpotSettings(state_dir=tmp_path, portal="prod", portal_url="http://127.0.0.1:9")
    with open_office(load_service_settings(), target) as opened:
        opened.store.mappings.save("prod", MAPPING, by="ana")
        yield opened


def arrive(office: Office, source: str, object_type: str, minutes: int) -> None:
    """Let an event come in some minutes ago."""
    at = datetime.now(UTC) - timedelta(minutes=minutes)
    name = f"{source} {object_type} {minutes}"
    arrival = Arrival(source, name, "x", object_type, "1", at.isoformat(), "{}")
    office.store.inbox("prod", lambda: at).put([arrival])


def waited(office: Office) -> int:
    return round(Backlog(office).seconds("prod") / 60)


def test_nothing_waits_in_an_empty_store(office: Office) -> None:
    assert waited(office) == 0


@pytest.mark.parametrize(
    ("source", "object_type"), [("hubspot", "contacts"), ("hubspot", "0-1"), ("platform", "order")]
)
def test_the_oldest_event_counts(office: Office, source: str, object_type: str) -> None:
    for minutes in (20, 3):
        arrive(office, source, object_type, minutes)
    assert waited(office) == 20


@pytest.mark.parametrize("object_type", ["deals", "0-3"])
def test_hints_from_which_nothing_goes_back_wait_for_somebody_else(
    office: Office, object_type: str
) -> None:
    arrive(office, "hubspot", object_type, 20)
    assert waited(office) == 0


def test_what_a_run_took_and_did_not_finish_waits_on(office: Office) -> None:
    arrive(office, "platform", "order", 20)
    office.store.inbox("prod").take("token", 10, source="platform")
    assert waited(office) == 20
    office.store.inbox("prod").confirm("token")
    assert waited(office) == 0


def test_a_run_that_nobody_begins_counts(office: Office) -> None:
    office.store.queue.put("outbound", "prod", {}, asked_by="ana")
    assert 0 <= Backlog(office).seconds("prod") < 60
    assert office.store.queue.oldest_waiting("prod") is not None


def test_without_a_mapping_that_can_be_read_all_of_it_waits(office: Office) -> None:
    office.store.mappings.save("prod", "objects: [", by="ana")
    arrive(office, "hubspot", "deals", 20)
    assert waited(office) == 20


def test_what_is_left_of_the_days_calls_is_what_hubspot_said_last(office: Office) -> None:
    assert Backlog(office).calls_left("prod") == 1.0
    limit = "x-hubspot-ratelimit-daily"
    keeper = InFile(private_folder(office.target.portal_dir))
    keeper.change(lambda now: now.budget.heed(1.0, {limit: "1000", f"{limit}-remaining": "50"}))
    keeper.close()
    assert Backlog(office).calls_left("prod") == 0.05
