"""Reads again what a hint names, and gives its rows as a run would."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

from stagedoor_plugins.platform_sources.pretix import admissions, events
from stagedoor_plugins.platform_sources.pretix.api import PretixApi
from stagedoor_plugins.platform_sources.pretix.companies import company, mailboxes
from stagedoor_plugins.platform_sources.pretix.directory import Directory
from stagedoor_plugins.platform_sources.pretix.orders import order_row
from stagedoor_plugins.platform_sources.pretix.people import customer
from stagedoor_plugins.platform_sources.pretix.reading import PARAMETERS
from stagedoor_plugins.platform_sources.pretix.rows import Row
from stagedoor_plugins.platform_sources.pretix.settings import PretixSettings
from stagedoor_plugins.platform_sources.pretix.webhooks import Hint

Rows = dict[str, list[Row]]
"""Rows by stream."""


def refetch(settings: PretixSettings, hints: Iterable[Hint]) -> Rows:
    """Return the rows of what the hints name, as pretix has it now.

    What is not there, not for us, or of test mode gives none. An order that changed last speaks
    for its company; what follows from other orders is left to the next run.
    """
    api = PretixApi(settings)
    reader = _Reader(api, Directory(api, settings), settings)
    for hint in hints:
        reader.read(hint)
    return dict(reader.rows)


class _Reader:
    def __init__(self, api: PretixApi, directory: Directory, settings: PretixSettings) -> None:
        self._api = api
        self._directory = directory
        self._settings = settings
        self.rows: defaultdict[str, list[Row]] = defaultdict(list)

    def read(self, hint: Hint) -> None:
        match hint.stream:
            case "orders":
                self._order(*hint.key.split("/", 1))
            case "customers":
                if account := self._api.find(f"/customers/{hint.key}/"):
                    self.rows["customers"].append(customer(account))
            case "events":
                self._events()

    def _order(self, slug: str, code: str) -> None:
        if not self._directory.reads(slug):
            return
        order = self._api.find(f"/events/{slug}/orders/{code}/", PARAMETERS)
        if order is None or order["testmode"]:
            return
        catalogue, shared = (
            self._directory.catalogue(slug),
            mailboxes(self._settings.mailbox_domains),
        )

        def code_of(number: int) -> str | None:
            return self._directory.voucher(slug, number)

        self.rows["orders"].append(order_row(order, catalogue.currency, code_of, shared))
        self.rows["order_tickets"] += admissions.order_tickets(order, catalogue)
        self.rows["registrations"] += admissions.registrations(order, catalogue)
        if row := company(order, shared):
            self.rows["companies"].append(row)

    def _events(self) -> None:
        found = events.rows(self._directory.events.values(), self._directory.dates, self._settings)
        changed, _ = events.changes(found, {}, datetime.now(UTC))
        self.rows["events"] += changed
