"""How much goes into one call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

MAX_OBJECTS = 100
"""Inputs of one batch call. https://developers.hubspot.com/docs/guides/api/crm/using-object-apis"""
MAX_PAIRS = 2_000
"""Inputs of one association call."""

T = TypeVar("T")


def chunks(items: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    """Yield `items` in tuples of at most `size`, in order."""
    rest = iter(items)
    while chunk := tuple(islice(rest, size)):
        yield chunk
