"""Changes a few customers of a sample, and lets them buy, so that a next run finds something."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, func, insert, select, update

from stagedoor_plugins.platform_sources.tables import TABLES
from stagedoor_plugins.sample_platform import words
from stagedoor_plugins.sample_platform.database import size_of
from stagedoor_plugins.sample_platform.people import phone
from stagedoor_plugins.sample_platform.sales import order

Row = dict[str, Any]


def touch(engine: Engine, customers: int, seed: int) -> tuple[list[str], int]:
    """Change that many customers; return their ids and how many orders they placed.

    Every changed row gets an `updated_at` later than all that the database has.
    """
    size = size_of(engine)
    table = TABLES["customers"]
    with engine.begin() as connection:
        latest = max(
            connection.execute(select(func.max(t.c.updated_at))).scalar() or size.today
            for t in TABLES.values()
        )
        now = max(latest, datetime.now(UTC).replace(tzinfo=None)) + timedelta(seconds=1)
        chance = random.Random(f"{seed} {now}")  # noqa: S311 - makes test data
        living = [
            dict(row._mapping)
            for row in connection.execute(
                select(table).where(~table.c.is_deleted, ~table.c.is_anonymised)
            )
        ]
        events = [dict(r._mapping) for r in connection.execute(select(TABLES["events"]))]
        chosen = chance.sample(living, min(customers, len(living)))
        orders = 0
        for number, row in enumerate(chosen):
            changed = {**_change(chance, row), "updated_at": now + timedelta(milliseconds=number)}
            same = table.c.customer_id == row["customer_id"]
            connection.execute(update(table).where(same).values(changed))
            if number % 2 == 0:
                order_id = f"{now:%Y%m%d%H%M%S}{number}"
                _place(connection, chance, order_id, {**row, **changed}, events, size, now)
                orders += 1
    return [row["customer_id"] for row in chosen], orders


def _change(chance: random.Random, row: Row) -> Row:
    city, country = chance.choice(words.CITIES)
    return chance.choice(
        (
            {"last_name": f"{row['last_name'] or ''}-{chance.choice(words.LAST_NAMES)}"},
            {"phone": phone(chance)},
            {"city": f"{city} {chance.randrange(1, 99)}", "country": country},
            {"email": f"moved.{row['customer_id']}.{chance.randrange(10**6)}@example.org"},
            {"marketing_consent": not row["marketing_consent"]},
        )
    )


def _place(
    connection: Any,
    chance: random.Random,
    order_id: str,
    buyer: Row,
    events: Sequence[Row],
    size: Any,
    now: datetime,
) -> None:
    for stream, rows in order(chance, order_id, buyer, events, size).items():
        fresh = [{**row, "updated_at": now} for row in rows]
        connection.execute(insert(TABLES[stream]), fresh)
