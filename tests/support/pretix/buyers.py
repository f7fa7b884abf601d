"""Who buys, and what: bodies of orders to be placed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from support.pretix.client import Json, Organizer
from support.pretix.programme import PRODUCTS, Event

PEOPLE = 130
GIVEN = ("Ana", "Zoë", "Łukasz", "Ion", "Mária", "Søren", "Ștefan", "Chloé")
FAMILY = ("Popescu", "Müller", "Nowak", "Ionescu", "O'Hara", "Žižek", "Țîrlea", "de la Cruz")


@dataclass(repr=False)
class Seeded:
    """An organizer and what is known of it."""

    organizer: Organizer
    events: list[Event]
    accounts: list[Json] = field(default_factory=list)
    orders: list[Json] = field(default_factory=list)

    def order_path(self, order: Json) -> str:
        """Return where an order's API is."""
        return f"/events/{order['event']}/orders/{order['code']}/"

    def fresh(self, order: Json) -> Json:
        """Return an order as it is now, cancelled positions included."""
        return self.organizer.get(self.order_path(order), include_canceled_positions="true")


def person(number: int) -> dict[str, Any]:
    """Return who a number stands for."""
    given, family = GIVEN[number % len(GIVEN)], FAMILY[number // 3 % len(FAMILY)]
    domain = ("example.com", f"firm{number % 9}.example", "gmail.com")[number % 3]
    if number % 5 == 4:
        parts = {"_scheme": "full", "full_name": f"{given} {family}"}
    else:
        parts = {"_scheme": "given_family", "given_name": given, "family_name": family}
    return {"email": f"p{number}@{domain}", "name_parts": parts}


def order_body(seeded: Seeded, chance: random.Random, *, paid: bool | None = None) -> Any:
    """Return the event of a new order, and what to post there."""
    event, number = chance.choice(seeded.events), chance.randrange(PEOPLE)
    email = person(number)["email"]
    is_paid = chance.random() < 0.75 if paid is None else paid
    body = {
        "email": email.upper() if chance.random() < 0.1 else email,
        "phone": f"+40721{number:06d}" if chance.random() < 0.5 else None,
        "locale": "en",
        "sales_channel": "web",
        "status": "p" if is_paid else "n",
        "payment_provider": "manual" if is_paid else "banktransfer",
        "positions": [position(event, chance) for _ in range(chance.choice((1, 1, 2, 2, 3)))],
        "fees": _fees(chance),
    }
    if (address := invoice_address(number, chance)) is not None:
        body["invoice_address"] = address
    if number < len(seeded.accounts) and chance.random() < 0.7:
        body["customer"] = seeded.accounts[number]["identifier"]
    return event, body


def _fees(chance: random.Random) -> list[Json]:
    if chance.random() > 0.1:
        return []
    return [{"fee_type": "service", "value": "2.50", "description": "", "tax_rule": None}]


def invoice_address(number: int, chance: random.Random) -> Json | None:
    """Return a buyer's address, as a firm's now and then; each firm has several."""
    kind = chance.random()
    if kind < 0.3:
        return None
    address: Json = {
        "is_business": False, "company": "", "name_parts": person(number)["name_parts"],
        "street": f"Strada {number}", "zipcode": "700001", "city": "Iași", "country": "RO",
        "internal_reference": "", "vat_id": "",
    }  # fmt: skip
    if kind > 0.6:
        firm = number % 9
        address |= {"is_business": True, "company": f"Firm {firm}", "city": f"City {number % 4}"}
        if firm % 3 == 0:
            address["vat_id"] = chance.choice((f"RO{1000 + firm}", f"ro {1000 + firm}"))
    return address


def position(event: Event, chance: random.Random) -> Json:
    """Return one position of a new order."""
    name = chance.choice(list(event.items))
    item, admits = event.items[name], PRODUCTS[name][2]
    body: Json = {
        "item": item["id"],
        "variation": chance.choice(item["variations"])["id"] if item["variations"] else None,
        "subevent": chance.choice(event.dates) if event.dates else None,
    }
    if admits and item is next(iter(event.items.values())) and chance.random() < 0.25:
        body["voucher"] = event.voucher
    if admits and chance.random() < 0.6:
        other = person(chance.randrange(PEOPLE))
        body["attendee_name_parts"] = other["name_parts"]
        body["attendee_email"] = other["email"] if chance.random() < 0.6 else None
    if admits and chance.random() < 0.4:
        job, diet = event.questions["JOBTITLE"], event.questions["DIET"]
        option = chance.choice(diet["options"])
        body["answers"] = [
            {"question": job["id"], "answer": "Engineer, “senior”", "options": []},
            {"question": diet["id"], "answer": option["answer"]["en"], "options": [option["id"]]},
        ]
    return body
