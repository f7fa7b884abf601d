"""The orders of one run: read once, and replayed for every stream that is made of them.

The next run starts where pretix's clock stood when the first page was made, less an overlap for
what was not yet committed then. Beside orders that changed come those that look different
although they did not: after a refund, when a product has another name, when an account was erased.
"""

from __future__ import annotations

import logging
import weakref
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from tempfile import TemporaryFile
from typing import IO

import msgspec

from stagedoor_plugins.platform_sources.pretix import refunds
from stagedoor_plugins.platform_sources.pretix.api import Json, PretixApi
from stagedoor_plugins.platform_sources.pretix.companies import identity, mailboxes
from stagedoor_plugins.platform_sources.pretix.directory import Directory
from stagedoor_plugins.platform_sources.pretix.election import Election
from stagedoor_plugins.platform_sources.pretix.marks import Mark, basis, common
from stagedoor_plugins.platform_sources.pretix.orders import order_id
from stagedoor_plugins.platform_sources.pretix.people import erasures
from stagedoor_plugins.platform_sources.pretix.settings import PretixSettings
from stagedoor_plugins.platform_sources.pretix.window import Seen, Window, changed_orders

logger = logging.getLogger("stagedoor.platform")

PARAMETERS = {
    "testmode": "false",  # test orders may vanish at any time
    "include_canceled_positions": "true",
    "include_canceled_fees": "true",
    "exclude": (
        "downloads", "secret", "url", "comment", "payments.details", "refunds.details",
        "positions.downloads", "positions.secret", "positions.print_logs",
        "positions.pseudonymization_id", "positions.plugin_data",
    ),
}  # fmt: skip

Read = tuple[Json, bool]
"""An order, and whether it speaks for its company."""


class OrderReading:
    """One run's reading."""

    def __init__(
        self,
        api: PretixApi,
        directory: Directory,
        settings: PretixSettings,
        marks: Callable[[], Sequence[Mark]],
        floor: datetime | None,
    ) -> None:
        """Read from where all of `marks` allow, never before `floor`."""
        self._api = api
        self._directory = directory
        self._settings = settings
        self._mailboxes = mailboxes(settings.mailbox_domains)
        self._marks = marks
        self._floor = floor
        self._spool: IO[bytes] | None = None
        self.mark = Mark()
        """Where the reading ended, once it did."""
        self.gone_companies: list[str] = []
        """Companies that no order is for any more, once the reading ended."""

    def orders(self, window: Window) -> Iterator[Read]:
        """Yield the orders; the first who asks has them read."""
        if self._spool is not None:
            self._spool.seek(0)
            for line in self._spool:
                order, speaks = msgspec.json.decode(line)
                yield order, speaks
            return
        spool = TemporaryFile()  # noqa: SIM115 - it lives as long as the reading
        weakref.finalize(self, spool.close)
        for read in self._read(window):
            spool.write(msgspec.json.encode(read) + b"\n")
            yield read
        self._spool = spool

    def _read(self, window: Window) -> Iterator[Read]:
        mark = common(self._marks())
        now_basis = basis(self._settings, erasures(self._directory.accounts))
        since = self._since(mark, now_basis)
        seen, election = Seen(), Election(mark.speakers)
        yield from self._heard(changed_orders(window, since, seen), election)
        began = seen.began or datetime.now(UTC)
        if election.is_open and since is not None:
            logger.info("All orders are read again: an order is for another company now.")
            yield from self._heard(changed_orders(window, self._floor, seen), election)
            since = None
        listed: dict[str, str] = {}
        if since is not None:
            listed = refunds.executed(self._api, since, began)
            orders = {listed[refund] for refund in listed.keys() - mark.refunds}
            yield from self._again(map(self._order, sorted(orders)), seen)
        catalogues = yield from self._renamed(mark if since is not None else Mark(), seen, began)
        speakers, self.gone_companies = election.close(heard_all=since is None)
        recent = seen.refunds | listed.keys()
        self.mark = Mark(began, now_basis, catalogues, frozenset(recent), speakers)

    def _since(self, mark: Mark, now_basis: str) -> datetime | None:
        """Return from when on orders are read; nothing means all."""
        if mark.since is None:
            return self._floor
        if mark.basis != now_basis:
            logger.info("All orders are read again: accounts were erased, or settings changed.")
            return self._floor
        return mark.since - timedelta(seconds=self._settings.overlap_seconds)

    def _heard(self, orders: Iterable[Json], election: Election) -> Iterator[Read]:
        for order in orders:
            if self._directory.reads(order["event"]):
                yield order, election.hear(order_id(order), identity(order, self._mailboxes))

    def _again(self, orders: Iterable[Json | None], seen: Seen) -> Iterator[Read]:
        """Yield orders that did not change themselves; they say nothing new of companies."""
        for order in orders:
            is_wanted = order and not order["testmode"] and self._directory.reads(order["event"])
            if order and is_wanted and seen.first_time(order):
                yield order, False

    def _order(self, key: str) -> Json | None:
        slug, _, code = key.partition("/")
        return self._api.find(f"/events/{slug}/orders/{code}/", PARAMETERS)

    def _renamed(
        self, mark: Mark, seen: Seen, began: datetime
    ) -> Generator[Read, None, dict[str, str]]:
        """Yield the orders of events whose products have other names; return all digests."""
        digests = dict(mark.catalogues)
        watched = self._directory.upcoming(began) if mark.since is not None else ()
        for slug in sorted({*watched, *filter(self._directory.reads, seen.events)}):
            digest = self._directory.catalogue(slug).digest
            if digests.get(slug, digest) != digest:
                yield from self._again(self._orders_of(slug), seen)
            digests[slug] = digest
        return digests

    def _orders_of(self, slug: str) -> Iterator[Json]:
        parameters = {**PARAMETERS, "ordering": "-last_modified"}
        for page in self._api.pages(f"/events/{slug}/orders/", parameters):
            yield from page["results"]
