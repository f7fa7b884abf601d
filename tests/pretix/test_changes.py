"""Changes in pretix, noticed or hidden: a run that reads changes comes to what a full one finds."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from support.audience import writes
from support.pretix import changes
from support.pretix.buyers import Seeded
from support.pretix.compare import KINDS, differences, objects, pairs, surplus
from support.pretix.filled import Filled, pretix_project
from support.pretix.participation import Told, told
from support.pretix.programme import PRODUCTS
from support.project import running_portal

SEED = 20
MIX = (
    *[changes.buy] * 10,
    *[changes.pay] * 7,
    *[changes.check_in] * 10,
    *[changes.cancel] * 3,
    *[changes.cancel_and_pay_back] * 4,
    *[changes.cancel_for_a_fee] * 3,
    *[changes.cancel_a_part] * 5,
    *[changes.change_address] * 5,
    *[changes.change_company] * 3,
    *[changes.rename_attendee] * 3,
    *[changes.refund_silently] * 5,
)


def change_at_random(seeded: Seeded, chance: random.Random) -> int:
    """Make 60 changes, and return how many."""
    made = 0
    for change in chance.sample(MIX, len(MIX)):
        while not change(seeded, chance.choice(seeded.orders), chance):
            pass
        made += 1
    living = [a for a in seeded.organizer.rows("/customers/") if a["email"]]
    for account in chance.sample(living, 2):
        changes.erase(seeded, account)
        made += 1
    return made


def compared(export: dict[str, Any], kind: str) -> dict[str, dict[str, str]]:
    """Return the records without what HubSpot makes of a company's first domain, and keeps."""
    found = objects(export, kind)
    return {n: {k: v for k, v in p.items() if k != "website"} for n, p in found.items()}


def assert_same_participation(grown: Told, full: Told, contacts: set[str]) -> None:
    """Compare where people stand; who gave all tickets away has cancelled, and who left stays."""
    last = {pair: did[-1] for pair, did in grown.items() if pair[1] in contacts}
    assert {pair: state for pair, state in last.items() if pair in full} == {
        pair: did[-1] for pair, did in full.items()
    }
    assert {state for pair, state in last.items() if pair not in full} <= {"CANCELLED", "ATTENDED"}


def test_after_60_changes_an_incremental_run_equals_a_full_one(
    filled: Filled, seeded: Seeded, tmp_path: Path
) -> None:
    assert change_at_random(seeded, random.Random(SEED)) == 60
    export, expected = filled.run_again()
    assert differences(export, expected) == []
    with running_portal(tmp_path / "portal.db") as empty:
        pretix_project(tmp_path / "project", seeded.organizer, empty).main_job()
        full, all_told = empty.export(), told(empty)
    assert not surplus(full, expected)
    gone = surplus(export, expected)
    for kind in KINDS:
        held = {n: p for n, p in compared(export, kind).items() if n not in gone}
        assert held == compared(full, kind)
    assert {pair for pair in pairs(export) if not gone.intersection(pair)} == pairs(full)
    assert_same_participation(told(filled.portal), all_told, set(expected.contacts))
    filled.portal.forget_calls()
    filled.project.main_job()
    assert writes(filled.portal) == 0


def test_a_refund_that_leaves_its_order_as_it_is_arrives(filled: Filled, seeded: Seeded) -> None:
    chance = random.Random(1)
    order = next(
        order
        for order in chance.sample(seeded.orders, len(seeded.orders))
        if changes.refund_silently(seeded, order, chance)
    )
    refunded = seeded.fresh(order)
    assert refunded["last_modified"] < refunded["refunds"][-1]["created"], "pretix told of it"
    export, expected = filled.run_again()
    deal = objects(export, "deals")[f"order:{order['event']}/{order['code']}"]
    assert float(deal["order_refunded"]) >= 2
    assert differences(export, expected) == []


def test_another_name_of_a_product_arrives_at_all_its_tickets(
    filled: Filled, seeded: Seeded
) -> None:
    event = next(e for e in seeded.events if e.plan.slug == "jazz")
    item = event.items["Regular"]
    assert PRODUCTS["Regular"][2], "it admits"
    seeded.organizer.patch(f"{event.path}/items/{item['id']}/", {"name": {"en": "Ordinary"}})
    export, expected = filled.run_again()
    said = [p.get("tickets_by_type", "") for p in objects(export, "contacts").values()]
    assert any("Ordinary" in text for text in said)
    assert not any("Regular" in text for text in said)
    assert differences(export, expected) == []


def test_another_name_of_an_event_arrives(filled: Filled, seeded: Seeded) -> None:
    seeded.organizer.patch("/events/summit/", {"name": {"en": "Peak"}})
    export, expected = filled.run_again()
    names = [p.get("next_event") for p in objects(export, "contacts").values()]
    assert "Peak" in names
    assert differences(export, expected) == []


def test_orders_of_test_mode_stay_where_they_are(filled: Filled, seeded: Seeded) -> None:
    chance = random.Random(2)
    changes.buy(seeded, {}, chance)
    body = {
        "email": "tester@example.com", "locale": "en", "sales_channel": "web", "status": "n",
        "payment_provider": "banktransfer", "testmode": True,
        "positions": [{"item": seeded.events[1].items["Student"]["id"]}],
    }  # fmt: skip
    made = seeded.organizer.post("/events/jazz/orders/", body)
    assert made["testmode"]
    export, expected = filled.run_again()
    assert f"order:jazz/{made['code']}" not in objects(export, "deals")
    assert "tester@example.com" not in objects(export, "contacts")
    assert differences(export, expected) == []
