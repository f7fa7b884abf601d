"""Fetches the next page while the last one is worked on."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def ahead(pages: Iterator[T]) -> Iterator[T]:
    """Yield what `pages` yields, one page fetched ahead in a thread.

    `pages` runs in one thread at a time; what it raises is raised here, in its place.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="hubspot-page") as worker:
        coming = worker.submit(_next, pages)
        while page := coming.result():
            coming = worker.submit(_next, pages)
            yield from page


def _next(pages: Iterator[T]) -> list[T]:
    """Return the next page alone, or nothing after the last one."""
    return list(islice(pages, 1))
