"""Fills the organizer by its REST API: accounts, 400 orders of all kinds, and what befalls them."""

from __future__ import annotations

import random

from support.pretix.buyers import Seeded, order_body, person
from support.pretix.changes import EVENTS_OF_LIFE, check_in, erase
from support.pretix.client import Json, Organizer
from support.pretix.programme import make_programme

ORDERS = 400
ACCOUNTS = 40


def seed(organizer: Organizer, chance: random.Random) -> Seeded:
    """Fill the organizer."""
    seeded = Seeded(organizer, make_programme(organizer))
    seeded.accounts = organizer.each(
        lambda body: organizer.post("/customers/", body),
        [_account(number) for number in range(ACCOUNTS)],
    )
    bodies = [order_body(seeded, chance) for _ in range(ORDERS)]
    seeded.orders = organizer.each(
        lambda pair: organizer.post(f"{pair[0].path}/orders/", pair[1]), bodies
    )
    _befall(seeded, chance)
    return seeded


def _account(number: int) -> Json:
    return {
        "email": person(number)["email"],
        "name_parts": person(number)["name_parts"],
        "phone": f"+40720{number:06d}",
        "locale": ("en", "de")[number % 2],
        "is_active": True,
        "is_verified": True,
    }


def _befall(seeded: Seeded, chance: random.Random) -> None:
    """Let things happen to the orders: each gets one or none."""
    orders = list(seeded.orders)
    chance.shuffle(orders)
    work = [
        (happens, orders.pop(), random.Random(chance.random()))
        for happens in EVENTS_OF_LIFE
        for _ in range(9)
    ]
    work += [(check_in, order, random.Random(chance.random())) for order in orders
             if order["event"] in ("gala", "course") and order["status"] == "p"]  # fmt: skip
    seeded.organizer.each(lambda one: one[0](seeded, one[1], one[2]), work)
    for account in chance.sample(seeded.accounts, 3):
        erase(seeded, account)
