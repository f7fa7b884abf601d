"""Fetches the next page while the last one is worked on."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
_END = object()


def ahead(pages: Iterator[T]) -> Iterator[T]:
    """Yield what `pages` yields, one page fetched ahead in a thread.

    `pages` runs in one thread at a time; what it raises is raised here, in its place.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="hubspot-page") as worker:
        coming = worker.submit(next, pages, _END)
        while (page := coming.result()) is not _END:
            coming = worker.submit(next, pages, _END)
            yield page  # type: ignore[misc]
