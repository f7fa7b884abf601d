"""Calls to pretix's REST API."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests

from stagedoor.errors import Retry, Unavailable
from stagedoor_plugins.platform_sources.pretix.answers import JSON, judge, wait
from stagedoor_plugins.platform_sources.pretix.settings import PretixSettings

logger = logging.getLogger("stagedoor.platform")

PAGE = 50
"""Rows on a page: pretix gives no more, whatever is asked for."""
TRIES = 6
SCANS = 4
TIMEOUT = 120

Json = dict[str, Any]


class PretixApi:
    """The API of one organizer."""

    def __init__(
        self, settings: PretixSettings, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Prepare calls; nothing is sent yet."""
        self.base = f"{settings.url}/api/v1/organizers/{settings.organizer}"
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Token {settings.token.get_secret_value()}"
        self.session.headers["Accept-Language"] = "en"
        self._sleep = sleep

    def send(
        self,
        request: requests.PreparedRequest,
        *,
        expected: str = JSON,
        refusals: frozenset[int] = frozenset(),
    ) -> requests.Response:
        """Return the answer, once pretix gives one; statuses in `refusals` are answers too.

        Raises:
            Misconfigured: pretix refuses the call.
            Unavailable: pretix does not answer, or not with data, although asked repeatedly.
        """
        where = f"{request.method} {urlsplit(request.url or '').path}"
        for attempt in range(TRIES):
            try:
                answer = self._once(request)
                if answer.status_code not in refusals:
                    kind = answer.headers.get("Content-Type", "")
                    after = answer.headers.get("Retry-After")
                    judge(
                        answer.status_code, kind, after,
                        where=where, attempt=attempt, expected=expected,
                    )  # fmt: skip
            except Retry as trouble:
                logger.info("%s; waiting %.0f s.", trouble, trouble.after)
                last = trouble
                if attempt < TRIES - 1:
                    self._sleep(trouble.after)
            else:
                return answer
        raise Unavailable(
            f"pretix gave no data in {TRIES} tries: {last}. Check that it runs and that "
            "`pretix.url` leads to it, then run again; nothing is lost."
        ) from last

    def _once(self, request: requests.PreparedRequest) -> requests.Response:
        try:
            # A redirect would lose the token, or send it to somebody else.
            return self.session.send(request, timeout=TIMEOUT, allow_redirects=False)
        except requests.RequestException as error:
            # Its text may hold the address of a proxy with its password.
            what = f"{type(error).__name__} at {urlsplit(request.url or '').path}"
            raise Retry(what, after=wait(None, 0)) from error

    def prepare(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
    ) -> requests.PreparedRequest:
        """Return a call of a path below the organizer."""
        url = path if path.startswith("http") else self.base + path
        return self.session.prepare_request(requests.Request(method, url, params=params, json=body))

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Json:
        """Return what is at a path."""
        answer = self.send(self.prepare("GET", path, params=params))
        return decode(answer.content)

    def find(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        missing: frozenset[int] = frozenset({403, 404}),
    ) -> Json | None:
        """Return what is at a path, or nothing when it is not there or not for us.

        pretix answers 403, not 404, for events that do not exist.
        """
        answer = self.send(self.prepare("GET", path, params=params), refusals=missing)
        return decode(answer.content) if answer.ok else None

    def pages(self, path: str, params: Mapping[str, Any] | None = None) -> Iterator[Json]:
        """Yield the pages of a list."""
        number: int | None = 1
        while number is not None:
            page = self.get(path, {**(params or {}), "page_size": PAGE, "page": number})
            yield page
            number = number + 1 if page["next"] else None

    def scan(self, path: str, key: str, params: Mapping[str, Any] | None = None) -> list[Json]:
        """Return a whole list, each row once, although it may change while it is read.

        Pages are counted off a moving list: a row that goes to the end lets another one slip
        from a page that is still to be read to one that was. The list is read again until as
        many rows are known as it says to have.

        Raises:
            Unavailable: The list never holds still.
        """
        found: dict[Any, Json] = {}
        for _ in range(SCANS):
            seen: dict[Any, Json] = {}
            count = 0
            for page in self.pages(path, params):
                seen.update((row[key], row) for row in page["results"])
                count = page["count"]
            found.update(seen)
            if len(seen) == count:
                return list(seen.values())
        if len(found) >= count:
            return list(found.values())
        raise Unavailable(
            f"pretix's list {path} changes faster than it can be read. Run again later."
        )


def decode(body: bytes) -> Json:
    """Return a JSON object."""
    return msgspec.json.decode(body, type=dict[str, Any])
