"""The Singer streams of a pretix organizer: thin, over pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
from singer_sdk.pagination import PageNumberPaginator
from singer_sdk.streams import RESTStream

from stagedoor.streams import CUSTOMERS, EVENTS, StreamSpec
from stagedoor_plugins.platform_sources.pretix import events, marks
from stagedoor_plugins.platform_sources.pretix.api import PAGE, Json, PretixApi, decode
from stagedoor_plugins.platform_sources.pretix.companies import gone_company
from stagedoor_plugins.platform_sources.pretix.directory import Directory
from stagedoor_plugins.platform_sources.pretix.people import customer
from stagedoor_plugins.platform_sources.pretix.reading import PARAMETERS, OrderReading
from stagedoor_plugins.platform_sources.pretix.rows import Row
from stagedoor_plugins.platform_sources.pretix.settings import PretixSettings
from stagedoor_plugins.platform_sources.pretix.window import GENERATED
from stagedoor_plugins.platform_sources.stream import PlatformStream

OrderRows = Callable[[Json, bool], Iterable[Row]]
"""Makes the rows of one order; it may speak for its company."""


class Pages(PageNumberPaginator):
    """Goes on while a page names a next one."""

    def has_more(self, response: requests.Response) -> bool:
        """Return whether there is another page."""
        return response.ok and decode(response.content)["next"] is not None


class PretixStream(PlatformStream, RESTStream[int]):
    """A stream whose bookmark moves once, when everything was read."""

    def __init__(self, tap: Any, spec: StreamSpec, path: str, api: PretixApi) -> None:
        """Read below `path` through `api`, which knows how to wait."""
        self._api = api
        self.path = path
        super().__init__(tap, spec, self._changed_rows)

    def _changed_rows(self, since: datetime | None) -> Iterator[Row]:
        raise NotImplementedError

    @property
    def is_sorted(self) -> bool:
        """Rows do not come in order of change."""
        return False

    @property
    def url_base(self) -> str:
        """Where the organizer's API begins."""
        return self._api.base

    @property
    def requests_session(self) -> requests.Session:
        """The session that carries the token."""
        return self._api.session

    def get_url_params(
        self, context: Mapping[str, Any] | None, next_page_token: int | None
    ) -> dict[str, Any]:
        """Ask for one page."""
        del context
        return {"page": next_page_token, "page_size": PAGE}

    def get_new_paginator(self) -> Pages:
        """Start at the first page."""
        return Pages(start_value=1)

    def request_decorator(self, func: Any) -> Any:
        """Leave waiting to the API."""
        return func

    def _request(
        self, prepared_request: requests.PreparedRequest, context: Mapping[str, Any] | None
    ) -> requests.Response:
        # A list that got shorter has no such page any more: its end was reached.
        is_first = "page=1" in urlsplit(str(prepared_request.url)).query.split("&")
        refusals = frozenset[int]() if is_first else frozenset({404})
        answer = self._api.send(prepared_request, refusals=refusals)
        self._write_request_duration_log(self.path, answer, context, None)
        return answer

    def parse_response(self, response: requests.Response) -> Iterator[Json]:
        """Yield the page itself: with its rows counts when it was made."""
        if response.ok:
            yield {**decode(response.content), GENERATED: response.headers.get(GENERATED)}

    def _increment_stream_state(self, *_: Any, **__: Any) -> None:
        """Do nothing: half a list read says nothing about the other half."""


class CustomersStream(PretixStream):
    """Accounts: the whole list, of which only what changed goes on."""

    def __init__(
        self, tap: Any, api: PretixApi, directory: Directory, settings: PretixSettings
    ) -> None:
        """Take accounts from the directory."""
        self._directory = directory
        self._overlap = timedelta(seconds=settings.overlap_seconds)
        super().__init__(tap, CUSTOMERS, "/customers/", api)

    def _changed_rows(self, since: datetime | None) -> Iterator[Row]:
        since = since.replace(tzinfo=UTC) if since is not None else None
        latest = since
        for account in self._directory.accounts:
            moment = datetime.fromisoformat(account["last_modified"])
            latest = max(latest, moment) if latest else moment
            if since is None or moment >= since - self._overlap:
                yield customer(account)
        if latest is not None:
            self.stream_state["replication_key"] = self.replication_key
            self.stream_state["replication_key_value"] = latest.isoformat()


class EventsStream(PretixStream):
    """Events and dates of series: the whole list, of which only what differs goes on."""

    def __init__(
        self, tap: Any, api: PretixApi, directory: Directory, settings: PretixSettings
    ) -> None:
        """Take events from the directory."""
        self._directory = directory
        self._settings = settings
        super().__init__(tap, EVENTS, "/events/", api)

    def _changed_rows(self, since: datetime | None) -> Iterator[Row]:
        del since  # what is known is compared
        now = datetime.now(UTC)
        rows = events.rows(self._directory.events.values(), self._directory.dates, self._settings)
        changed, known = events.changes(rows, self.stream_state.get("known") or {}, now)
        yield from changed
        self.stream_state["replication_key"] = self.replication_key
        self.stream_state["replication_key_value"] = now.isoformat()
        self.stream_state["known"] = known


class OrderStream(PretixStream):
    """One of the streams that are made of orders."""

    def __init__(
        self, tap: Any, spec: StreamSpec, api: PretixApi, reading: OrderReading, rows: OrderRows
    ) -> None:
        """Make rows of the orders that `reading` has."""
        self._reading = reading
        self._rows_of = rows
        self._window_since: datetime | None = None
        super().__init__(tap, spec, "/orders/", api)

    def _changed_rows(self, since: datetime | None) -> Iterator[Row]:
        del since  # the streams of orders begin where all of them can
        for order, speaks in self._reading.orders(self._window):
            yield from self._rows_of(order, speaks)
        yield from self._rows_at_the_end()
        marks.store(self._mark(), self.stream_state, self._spec.replication_key)

    def _rows_at_the_end(self) -> Iterable[Row]:
        return ()

    def _mark(self) -> marks.Mark:
        return replace(self._reading.mark, speakers={})

    def _window(self, since: datetime | None) -> Iterator[Json]:
        self._window_since = since
        return iter(self.request_records(None))

    def get_url_params(
        self, context: Mapping[str, Any] | None, next_page_token: int | None
    ) -> dict[str, Any]:
        """Ask for orders changed since the window's start, newest change first."""
        since = self._window_since
        return {
            **super().get_url_params(context, next_page_token),
            **PARAMETERS,
            "ordering": "-last_modified",
            "modified_since": since.astimezone(UTC).isoformat() if since else None,
        }


class CompaniesStream(OrderStream):
    """Companies, which also says when nobody orders for one any more, and knows who speaks."""

    def _rows_at_the_end(self) -> Iterable[Row]:
        moment = self._reading.mark.since or datetime.now(UTC)
        return [gone_company(key, moment) for key in self._reading.gone_companies]

    def _mark(self) -> marks.Mark:
        return self._reading.mark
