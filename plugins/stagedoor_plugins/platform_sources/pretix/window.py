"""Orders from pages that move while they are read.

Orders are read newest change first. What changes meanwhile jumps to the front and pushes the rest
back, so a page may show a row again, and never leaves one out. Reading upwards would lose the
row that slips over the edge of two pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta

from stagedoor.errors import Misconfigured
from stagedoor_plugins.platform_sources.pretix import refunds
from stagedoor_plugins.platform_sources.pretix.api import Json
from stagedoor_plugins.platform_sources.pretix.orders import order_id

GENERATED = "X-Page-Generated"
"""Header, and key in a page, of pretix's clock when it began to make the page."""

Window = Callable[[datetime | None], Iterable[Json]]
"""Gives the pages of orders changed since a time, newest change first."""


class Seen:
    """What one run has read."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._orders: set[str] = set()
        self.events: set[str] = set()
        self.refunds: set[str] = set()
        self.began: datetime | None = None
        """pretix's clock when the first page was made."""

    def first_time(self, order: Json) -> bool:
        """Return whether the order comes for the first time, and remember it."""
        key = order_id(order)
        if key in self._orders:
            return False
        self._orders.add(key)
        self.events.add(order["event"])
        if self.began is not None:
            self.refunds.update(refunds.recent(order, self.began))
        return True


def changed_orders(window: Window, since: datetime | None, seen: Seen) -> Iterator[Json]:
    """Yield the orders changed since a time, each once, newest change first.

    Raises:
        Misconfigured: pretix gives them in another order.
    """
    for page in window(since):
        seen.began = seen.began or _clock(page)
        before: datetime | None = None  # a page may begin with rows that ended the one before
        for order in page["results"]:
            moment = datetime.fromisoformat(order["last_modified"])
            if before is not None and moment > before:
                raise Misconfigured(
                    "pretix does not give orders in order of change, so that some could be missed. "
                    "Update pretix: it must know `ordering=-last_modified`."
                )
            before = moment
            # A filter that pretix does not know it ignores, and gives everything.
            if since is not None and moment < since:
                return
            if seen.first_time(order):
                yield order


def _clock(page: Json) -> datetime:
    if page.get(GENERATED):
        return datetime.fromisoformat(page[GENERATED])
    newest = [datetime.fromisoformat(order["last_modified"]) for order in page["results"]]
    return max(newest, default=datetime.now(UTC) - timedelta(hours=1))
