"""What befalls orders and accounts, each by one or two calls of pretix's API.

A change returns whether it could happen to this order.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from support.pretix.buyers import PEOPLE, Seeded, order_body, person
from support.pretix.client import Json

Change = Callable[[Seeded, Json, random.Random], bool]


def _act(seeded: Seeded, order: Json, action: str, **body: object) -> None:
    seeded.organizer.post(f"{seeded.order_path(order)}{action}/", dict(body))


def _cancel(seeded: Seeded, order: Json, **body: object) -> bool:
    """Cancel an order, unless pretix does not let: who was let in stays."""
    path = f"{seeded.order_path(order)}mark_canceled/"
    return seeded.organizer.allows(path, {"send_email": False, **body})


def pay(seeded: Seeded, order: Json, _: random.Random) -> bool:
    """Pay what is not paid."""
    if seeded.fresh(order)["status"] != "n":
        return False
    _act(seeded, order, "mark_paid", send_email=False)
    return True


def cancel(seeded: Seeded, order: Json, _: random.Random) -> bool:
    """Cancel the whole order; the money stays."""
    if seeded.fresh(order)["status"] not in ("n", "p"):
        return False
    return _cancel(seeded, order)


def cancel_and_pay_back(seeded: Seeded, order: Json, _: random.Random) -> bool:
    """Cancel the whole order, and pay back whatever came in."""
    now = seeded.fresh(order)
    if now["status"] not in ("n", "p"):
        return False
    if not _cancel(seeded, order):
        return False
    pay_back(seeded, order, left(now))
    return True


def cancel_for_a_fee(seeded: Seeded, order: Json, _: random.Random) -> bool:
    """Cancel a paid order, and keep a fee of it."""
    now = seeded.fresh(order)
    if now["status"] != "p" or left(now) <= 5:
        return False
    if not _cancel(seeded, order, cancellation_fee="5.00"):
        return False
    pay_back(seeded, order, left(now) - 5)
    return True


def cancel_a_part(seeded: Seeded, order: Json, _: random.Random) -> bool:
    """Cancel one of several positions, and pay its price back."""
    now = seeded.fresh(order)
    alive = [p for p in now["positions"] if not p["canceled"]]
    if now["status"] not in ("n", "p") or len(alive) < 2:
        return False
    body = {"cancel_positions": [{"position": alive[0]["id"]}], "send_email": False}
    if not seeded.organizer.allows(f"{seeded.order_path(order)}change/", body):
        return False
    if now["status"] == "p":
        pay_back(seeded, order, min(float(alive[0]["price"]), left(now)))
    return True


def refund_silently(seeded: Seeded, order: Json, _: random.Random) -> bool:
    """Pay something back, and leave the order as it is: its time of change stays, too."""
    now = seeded.fresh(order)
    if now["status"] != "p" or left(now) < 2:
        return False
    pay_back(seeded, order, 2)
    return True


def pay_back(seeded: Seeded, order: Json, amount: float) -> None:
    """Make a refund that is done."""
    if amount > 0:
        _act(seeded, order, "refunds", state="done", source="admin", amount=f"{amount:.2f}",
             payment=None, provider="manual", mark_canceled=False, mark_pending=False)  # fmt: skip


def left(order: Json) -> float:
    """Return what came in and was not paid back."""
    came = sum(float(p["amount"]) for p in order["payments"] if p["state"] == "confirmed")
    return came - sum(float(r["amount"]) for r in order["refunds"] if r["state"] == "done")


def expire(seeded: Seeded, order: Json, _: random.Random) -> bool:
    """Let an unpaid order expire."""
    if seeded.fresh(order)["status"] != "n":
        return False
    _act(seeded, order, "mark_expired")
    return True


def check_in(seeded: Seeded, order: Json, chance: random.Random) -> bool:
    """Let somebody in with one of the order's tickets."""
    event = next(e for e in seeded.events if e.plan.slug == order["event"])
    now = seeded.fresh(order)
    ticket = chance.choice(now["positions"])
    if now["status"] != "p" or ticket["canceled"] or ticket["checkins"]:
        return False
    seeded.organizer.post("/checkinrpc/redeem/", {
        "secret": ticket["secret"], "lists": [event.lists[ticket["subevent"]]], "force": True,
        "ignore_unpaid": False, "nonce": f"{chance.random()}", "datetime": None,
        "questions_supported": False,
    })  # fmt: skip
    return True


def change_address(seeded: Seeded, order: Json, chance: random.Random) -> bool:
    """Let the buyer have another e-mail address and phone number."""
    other = person(chance.randrange(PEOPLE))["email"]
    seeded.organizer.patch(
        seeded.order_path(order), {"email": f"new.{other}", "phone": "+40722000000"}
    )
    return True


def change_company(seeded: Seeded, order: Json, chance: random.Random) -> bool:
    """Bill an order to another firm."""
    firm = chance.randrange(20, 24)
    seeded.organizer.patch(seeded.order_path(order), {"invoice_address": {
        "is_business": True, "company": f"Firm {firm}", "street": "Strada Nouă", "zipcode": "1",
        "city": f"City {firm}", "country": "RO", "vat_id": f"RO{1000 + firm}",
        "name_parts": {"_scheme": "given_family", "given_name": "New", "family_name": "Payer"},
        "internal_reference": "",
    }})  # fmt: skip
    return True


def rename_attendee(seeded: Seeded, order: Json, chance: random.Random) -> bool:
    """Give a ticket to somebody else."""
    now = seeded.fresh(order)
    ticket = next((p for p in now["positions"] if not p["canceled"]), None)
    if ticket is None or now["status"] not in ("n", "p"):
        return False
    path = f"/events/{order['event']}/orderpositions/{ticket['id']}/"
    seeded.organizer.patch(path, {"attendee_email": person(chance.randrange(PEOPLE))["email"]})
    return True


def erase(seeded: Seeded, account: Json) -> None:
    """Erase an account on request; its orders lose it without having changed."""
    seeded.organizer.call("POST", f"/customers/{account['identifier']}/anonymize/", json={})


def buy(seeded: Seeded, _: Json, chance: random.Random) -> bool:
    """Place one more order."""
    event, body = order_body(seeded, chance)
    seeded.orders.append(seeded.organizer.post(f"{event.path}/orders/", body))
    return True


EVENTS_OF_LIFE: tuple[Change, ...] = (
    pay,
    cancel,
    cancel_and_pay_back,
    cancel_for_a_fee,
    cancel_a_part,
    refund_silently,
    expire,
    change_address,
    change_company,
    rename_attendee,
)
