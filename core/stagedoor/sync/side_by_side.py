"""Calls in flight side by side, their results one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

B = TypeVar("B")
R = TypeVar("R")


def side_by_side(
    pool: ThreadPoolExecutor, limit: int, call: Callable[[B], R], batches: Iterator[B]
) -> Iterator[tuple[B, R]]:
    """Yield each batch with its result, as results arrive; at most `limit` calls run at once.

    An error ends the phase; results that other calls have already given are yielded first, so
    that what HubSpot did is settled.
    """
    running: dict[Future[R], B] = {}
    failure: BaseException | None = None
    while True:
        while failure is None and len(running) < limit and (batch := next(batches, None)):
            running[pool.submit(call, batch)] = batch
        if not running:
            break
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            batch = running.pop(future)
            error = future.exception()
            if error is None:
                yield batch, future.result()
            else:
                failure = failure or error
    if failure is not None:
        raise failure
