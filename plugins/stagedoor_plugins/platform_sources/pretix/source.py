"""The platform source `pretix`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from stagedoor.extension import Hint
from stagedoor.streams import COMPANIES, ORDER_TICKETS, ORDERS, REGISTRATIONS
from stagedoor_plugins.platform_sources.pretix import admissions, marks, webhooks
from stagedoor_plugins.platform_sources.pretix.api import Json, PretixApi
from stagedoor_plugins.platform_sources.pretix.companies import company, mailboxes
from stagedoor_plugins.platform_sources.pretix.directory import Directory
from stagedoor_plugins.platform_sources.pretix.orders import order_row
from stagedoor_plugins.platform_sources.pretix.reading import OrderReading
from stagedoor_plugins.platform_sources.pretix.refetch import Rows, refetch
from stagedoor_plugins.platform_sources.pretix.rows import Row
from stagedoor_plugins.platform_sources.pretix.settings import PretixSettings
from stagedoor_plugins.platform_sources.pretix.streams import (
    CompaniesStream,
    CustomersStream,
    EventsStream,
    OrderStream,
    PretixStream,
)
from stagedoor_plugins.platform_sources.pretix.writer import PretixWriter


class PretixSource:
    """Reads a pretix organizer."""

    name = "pretix"
    description = "An organizer of pretix, self-hosted or hosted, by its REST API."
    settings: type[BaseModel] = PretixSettings

    def streams(self, tap: Any, settings: Any) -> Sequence[PretixStream]:
        """Return the six streams that pretix has facts for."""
        api = PretixApi(settings)
        directory = Directory(api, settings)
        of_orders: list[OrderStream] = []
        reading = OrderReading(
            api,
            directory,
            settings,
            lambda: [marks.load(s.stream_state) for s in of_orders if s.selected],
            _start(tap),
        )
        rows = _Rows(directory, settings)
        of_orders += [
            CompaniesStream(tap, COMPANIES, api, reading, rows.companies),
            OrderStream(tap, ORDERS, api, reading, rows.orders),
            OrderStream(tap, ORDER_TICKETS, api, reading, rows.order_tickets),
            OrderStream(tap, REGISTRATIONS, api, reading, rows.registrations),
        ]
        return [
            CustomersStream(tap, api, directory, settings),
            EventsStream(tap, api, directory, settings),
            *of_orders,
        ]

    def hear(self, settings: Any, body: bytes) -> list[Hint]:
        """Return what a webhook of pretix tells to read again.

        Raises:
            ValueError: It is not a notification, or another organizer's.
        """
        told = webhooks.parse(body, settings.organizer)
        found = webhooks.hint(told)
        if found is None:
            return []
        return [Hint(str(told.notification_id), told.action, found.stream, found.key)]

    def read_again(self, settings: Any, hints: Sequence[Hint]) -> Rows:
        """Return the rows of what hints name, as pretix has it now."""
        asked = {webhooks.Hint(hint.stream, hint.key) for hint in hints}
        return refetch(settings, sorted(asked))

    def writer(self, settings: Any) -> PretixWriter:
        """Return what writes back to pretix."""
        return PretixWriter(PretixApi(settings))


class _Rows:
    """The rows of one order, for each stream.

    All are called by position, with the order and whether it speaks for its company.
    """

    def __init__(self, directory: Directory, settings: PretixSettings) -> None:
        self._directory = directory
        self._mailboxes = mailboxes(settings.mailbox_domains)

    def companies(self, order: Json, speaks: bool) -> Iterator[Row]:  # noqa: FBT001 - see class
        """Yield the company of an order, as the order that speaks for it has it."""
        row = company(order, self._mailboxes)
        if row and speaks:
            yield row

    def orders(self, order: Json, _: bool) -> Iterator[Row]:  # noqa: FBT001 - see class
        slug = order["event"]
        currency = self._directory.catalogue(slug).currency

        def code_of(number: int) -> str | None:
            return self._directory.voucher(slug, number)

        yield order_row(order, currency, code_of, self._mailboxes)

    def order_tickets(self, order: Json, _: bool) -> Iterator[Row]:  # noqa: FBT001 - see class
        return admissions.order_tickets(order, self._directory.catalogue(order["event"]))

    def registrations(self, order: Json, _: bool) -> Iterator[Row]:  # noqa: FBT001 - see class
        return admissions.registrations(order, self._directory.catalogue(order["event"]))


def _start(tap: Any) -> datetime | None:
    given = tap.config.get("start_date")
    if not given:
        return None
    moment = datetime.fromisoformat(str(given))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
