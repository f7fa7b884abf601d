"""Generates a sample platform in chunks: the same size gives the same rows, in flat memory."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from stagedoor_plugins.sample_platform.people import company, customer
from stagedoor_plugins.sample_platform.sales import event, order
from stagedoor_plugins.sample_platform.size import Size

Row = dict[str, Any]
Chunk = dict[str, list[Row]]

CHUNK = 1_000
GUEST_SHARE = 0.18
"""Orders without an account, of all orders."""


def generate(size: Size) -> Iterator[Chunk]:
    """Yield rows by stream name, parents before children."""
    events = [event(_chance(size, f"event {n}"), n, size) for n in range(1, size.events + 1)]
    yield {"events": events}
    for start in range(1, size.companies + 1, CHUNK):
        numbers = range(start, min(start + CHUNK, size.companies + 1))
        yield {"companies": [company(_chance(size, f"company {n}"), n, size) for n in numbers]}
    sold = [row for row in events if not row["is_deleted"]]
    for start in range(1, size.customers + 1, CHUNK):
        yield _customers(size, start, sold)


def _customers(size: Size, start: int, events: list[Row]) -> Chunk:
    """Return up to a thousand customers with everything that hangs on them."""
    chance = _chance(size, f"customers {start}")
    chunk: Chunk = {"customers": []}
    number = start * 100
    for customer_number in range(start, min(start + CHUNK, size.customers + 1)):
        buyer = customer(chance, customer_number, size)
        chunk["customers"].append(buyer)
        for _ in range(_orders(chance, size.orders_per_customer)):
            number += 1
            who = None if chance.random() < GUEST_SHARE else buyer
            for stream, rows in order(chance, str(number), who, events, size).items():
                chunk.setdefault(stream, []).extend(rows)
    return chunk


def _orders(chance: random.Random, mean: float) -> int:
    """Return how often one customer buys: many once, few often."""
    return min(int(chance.paretovariate(1.5) * mean / 2.2), 100 - 1)


def _chance(size: Size, part: str) -> random.Random:
    return random.Random(f"{size.seed} {part}")  # noqa: S311 - makes test data
