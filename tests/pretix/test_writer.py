"""Writing back to a real pretix: what it takes, what it refuses, and what it ignores."""

from __future__ import annotations

import pytest

from stagedoor.extension import PlatformChange, PlatformOutcome, Value
from stagedoor_plugins.platform_sources.pretix import PretixSource
from stagedoor_plugins.platform_sources.pretix.settings import PretixSettings
from support.pretix.buyers import Seeded
from support.pretix.client import Json


@pytest.fixture
def account(seeded: Seeded) -> Json:
    """An account that nobody else has."""
    accounts = list(seeded.organizer.rows("/customers/"))
    body = {
        "email": f"w{len(accounts)}@example.com",
        "name_parts": {"_scheme": "given_family", "given_name": "Wanda", "family_name": "Write"},
    }
    return seeded.organizer.post("/customers/", body)


@pytest.fixture
def order(seeded: Seeded) -> Json:
    """An order that nobody else has."""
    body = {
        "email": "wanda@example.com", "locale": "en", "sales_channel": "web", "status": "n",
        "payment_provider": "banktransfer", "api_meta": {"erp": "77"},
        "positions": [{"item": seeded.events[1].items["Student"]["id"]}],
    }  # fmt: skip
    return seeded.organizer.post("/events/jazz/orders/", body)


def write(
    seeded: Seeded,
    stream: str,
    key: str,
    values: dict[str, Value],
    expected: dict[str, Value] | None = None,
) -> PlatformOutcome:
    writer = PretixSource().writer(PretixSettings(**seeded.organizer.settings))
    return writer.write(PlatformChange(stream, key, values, expected or {}))


def test_an_account_takes_name_phone_notes_and_hubspots_id(seeded: Seeded, account: Json) -> None:
    values: dict[str, Value] = {
        "first_name": "Vanda", "last_name": "Wright", "phone": "+40720999999",
        "notes": "Likes jazz.", "hubspot_id": "501",
    }  # fmt: skip
    outcome = write(seeded, "customers", account["identifier"], values)
    assert set(outcome.written) == set(values)
    assert not outcome.invalid
    now = seeded.organizer.get(f"/customers/{account['identifier']}/")
    assert (now["name"], now["phone"]) == ("Vanda Wright", "+40720999999")
    assert (now["notes"], now["external_identifier"]) == ("Likes jazz.", "501")


def test_one_part_of_a_name_leaves_the_other(seeded: Seeded, account: Json) -> None:
    write(seeded, "customers", account["identifier"], {"last_name": "Wright"})
    now = seeded.organizer.get(f"/customers/{account['identifier']}/")
    assert now["name"] == "Wanda Wright"


def test_an_order_takes_email_comment_and_hubspots_id_beside_others(
    seeded: Seeded, order: Json
) -> None:
    values: dict[str, Value] = {
        "email": "vanda@example.com", "comment": "VIP", "hubspot_id": "9001",
        "phone": "+40720999998",
    }  # fmt: skip
    outcome = write(seeded, "orders", f"jazz/{order['code']}", values)
    assert set(outcome.written) == set(values)
    now = seeded.fresh(order)
    assert (now["email"], now["comment"]) == ("vanda@example.com", "VIP")
    assert now["api_meta"] == {"erp": "77", "hubspot_id": "9001"}


def test_what_pretix_does_not_let_be_changed_is_invalid_and_the_rest_is_written(
    seeded: Seeded, order: Json
) -> None:
    values: dict[str, Value] = {"status": "paid", "comment": "half"}
    outcome = write(seeded, "orders", f"jazz/{order['code']}", values)
    assert outcome.written == ("comment",)
    assert "does not let status of orders be changed" in outcome.invalid["status"]
    assert seeded.fresh(order)["status"] == "n"


def test_a_value_that_pretix_refuses_is_invalid_in_its_words_and_the_rest_is_written(
    seeded: Seeded, order: Json
) -> None:
    values: dict[str, Value] = {"email": "no address", "comment": "kept"}
    outcome = write(seeded, "orders", f"jazz/{order['code']}", values)
    assert outcome.written == ("comment",)
    assert "valid email" in outcome.invalid["email"]
    now = seeded.fresh(order)
    assert (now["email"], now["comment"]) == ("wanda@example.com", "kept")


def test_an_edit_made_meanwhile_is_a_conflict_and_stays(seeded: Seeded, account: Json) -> None:
    path = f"/customers/{account['identifier']}/"
    seeded.organizer.patch(path, {"phone": "+40720111111"})
    values: dict[str, Value] = {"phone": "+40720222222", "notes": "new"}
    outcome = write(seeded, "customers", account["identifier"], values, {"phone": None})
    assert outcome.conflicts == {"phone": "+40720111111"}
    assert outcome.written == ("notes",)
    assert seeded.organizer.get(path)["phone"] == "+40720111111"


def test_the_same_change_again_makes_no_write(seeded: Seeded, order: Json) -> None:
    values: dict[str, Value] = {"comment": "once", "hubspot_id": "1"}
    write(seeded, "orders", f"jazz/{order['code']}", values)
    before = seeded.fresh(order)["last_modified"]
    outcome = write(seeded, "orders", f"jazz/{order['code']}", values)
    assert set(outcome.written) == set(values)
    assert seeded.fresh(order)["last_modified"] == before


def test_what_is_not_there_is_invalid(seeded: Seeded) -> None:
    outcome = write(seeded, "orders", "jazz/NOPE0", {"comment": "x"})
    assert "pretix has no orders jazz/NOPE0" in outcome.invalid["comment"]
