"""Many orders at once: a few made by the API, and copied in pretix's own database."""

from __future__ import annotations

import random

from sqlalchemy import Connection, inspect, text

from support.pretix.buyers import Seeded, order_body
from support.pretix.client import Organizer
from support.pretix.programme import PLANS, make_programme

ORIGINALS = 40
APART = 10_000_000
"""Between the ids of an original and its copies, so that none meets one that pretix gives."""

COPIED = {
    "pretixbase_order": {
        "id": "id + :shift",
        "code": "code || :number",
    },
    "pretixbase_orderposition": {
        "id": "id + :shift",
        "order_id": "order_id + :shift",
        "secret": "secret || :number",
        "pseudonymization_id": "pseudonymization_id || :number",
        "addon_to_id": "NULL",
    },
    "pretixbase_orderpayment": {"id": "id + :shift", "order_id": "order_id + :shift"},
    "pretixbase_invoiceaddress": {"id": "id + :shift", "order_id": "order_id + :shift"},
}
"""Tables, and what differs in a copied row."""


def fill(organizer: Organizer, orders: int) -> None:
    """Give the organizer this many orders of one event."""
    seeded = Seeded(organizer, make_programme(organizer, PLANS[1:2]))
    chance = random.Random(4)
    bodies = [order_body(seeded, chance, paid=True) for _ in range(ORIGINALS)]
    made = organizer.each(lambda one: organizer.post(f"{one[0].path}/orders/", one[1]), bodies)
    codes = [order["code"] for order in made]
    with organizer.pretix.database().begin() as database:
        ids = [
            row[0]
            for code in codes
            for row in database.execute(
                text("SELECT id FROM pretixbase_order WHERE code = :code"), {"code": code}
            )
        ]
        for number in range(1, orders // ORIGINALS):
            _copy(database, ids, number)


def _copy(database: Connection, ids: list[int], number: int) -> None:
    chosen = ", ".join(map(str, ids))
    for table, differing in COPIED.items():
        names = [f'"{column["name"]}"' for column in inspect(database).get_columns(table)]
        values = [differing.get(name.strip('"'), name) for name in names]
        key = "id" if table == "pretixbase_order" else "order_id"
        database.execute(
            text(
                f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} "
                f"FROM {table} WHERE {key} IN ({chosen})"
            ),
            {"shift": APART * number, "number": str(number)},
        )
