"""The Python API of platforms that embed the engine."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from pydantic import SecretStr

from stagedoor.config import HubSpotSettings
from stagedoor.embedding import (
    Company,
    Customer,
    Event,
    Order,
    OrderTicket,
    Registration,
    SupportRequest,
    connected,
)
from stagedoor.errors import Misconfigured
from stagedoor.streams import STREAMS
from support.project import Portal, make_project

SHAPES = {
    "customers": Customer,
    "companies": Company,
    "events": Event,
    "orders": Order,
    "order_tickets": OrderTicket,
    "registrations": Registration,
    "support_requests": SupportRequest,
}


@pytest.fixture
def settings(tmp_path: Path, portal: Portal) -> HubSpotSettings:
    return HubSpotSettings(
        portal="test",
        portal_url=portal.sandbox.url,
        access_token=SecretStr(portal.sandbox.token),
        provision="apply",
        state_dir=tmp_path / "state",
    )


@pytest.mark.parametrize("stream", STREAMS)
def test_every_stream_has_a_type_with_its_columns(stream: str) -> None:
    assert set(get_type_hints(SHAPES[stream])) == {field.name for field in STREAMS[stream].fields}


def test_what_was_said_is_in_hubspot_when_the_call_returns(
    settings: HubSpotSettings, portal: Portal
) -> None:
    with connected(settings) as hubspot:
        made = hubspot.sync_contact(
            {"customer_id": "17", "email": "Ana@Example.com", "first_name": "Ana", "city": "Iași"}
        )
        hubspot.sync_contact({"customer_id": "17", "city": "Cluj"})
        contact = made.hubspot_id("contacts")
        assert contact is not None
        found: Any = portal.get(f"/crm/v3/objects/contacts/{contact}?properties=city,firstname")
        assert (found["properties"]["city"], found["properties"]["firstname"]) == ("Cluj", "Ana")


def test_an_order_is_one_deal_however_often_it_is_said(
    settings: HubSpotSettings, portal: Portal
) -> None:
    order: Order = {
        "order_id": "o1",
        "order_number": "A-1",
        "customer_id": "17",
        "status": "paid",
        "currency": "EUR",
        "total_amount": 90,
        "ordered_at": "2026-01-01T10:00:00Z",
        "paid_at": "2026-01-01T10:00:00Z",
    }
    with connected(settings) as hubspot:
        first = hubspot.create_deal_from_order(
            order, customer={"customer_id": "17", "email": "ana@example.com"}
        )
        again = hubspot.create_deal_from_order(order)
        assert first.hubspot_id("deals") == again.hubspot_id("deals") is not None
        assert first.hubspot_id("contacts") is not None
        assert (first.dead_letters, again.dead_letters) == (0, 0)
    exported: Any = portal.export()
    assert len(exported["objects"]["deals"]) == 1


def test_the_example_of_the_page_runs(tmp_path: Path) -> None:
    """Without settings, on the embedded sandbox portal."""
    text = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text("utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    done = make_project(tmp_path / "project").run(sys.executable, "-c", code)
    deal, letters = done.stdout.split()
    assert (deal.isdigit(), letters) == (True, "0")


def test_a_refusal_is_a_dead_letter_and_counted(settings: HubSpotSettings) -> None:
    with connected(settings) as hubspot:
        told = hubspot.sync_contact({"customer_id": "18", "email": "not an address"})
        assert (told.objects, told.dead_letters) == ({}, 1)


def test_a_field_that_there_is_not_is_named(settings: HubSpotSettings) -> None:
    with connected(settings) as hubspot, pytest.raises(Misconfigured, match="nope"):
        hubspot.sync(customers=[{"customer_id": "1", "nope": 1}])  # type: ignore[typeddict-unknown-key] # the mistake
