"""The Webhooks Journal: what happened in all portals of an app, in files that are read by offset.

https://developers.hubspot.com/docs/api-reference/webhooks-journal
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import httpx
import msgspec

from stagedoor.errors import Reject, Unavailable
from stagedoor.hubspot.clockwork import Clockwork
from stagedoor.hubspot.requests import Request

Call: TypeAlias = Callable[[Request], dict[str, Any]]
"""Sends a request and returns what it answered; raises `Reject` when HubSpot refuses."""

SCOPES = (
    "developer.webhooks_journal.read",
    "developer.webhooks_journal.subscriptions.read",
    "developer.webhooks_journal.subscriptions.write",
)
RETENTION = 3 * 86_400
"""Seconds for which HubSpot keeps files."""
_TRIES = 4


class Gap(Exception):
    """The journal no longer has what follows an offset."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of the journal."""

    offset: str
    content: Mapping[str, Any]


class Journal:
    """The journal of one app."""

    def __init__(
        self,
        call: Call,
        http: httpx.Client,
        api_version: str,
        clockwork: Clockwork | None = None,
    ) -> None:
        """Ask by `call`; files come from addresses of their own, by `http`."""
        self._call = call
        self._clockwork = clockwork or Clockwork()
        self._http = http
        # The journal began with v4; before the dates there is no v3 of it.
        self._version = "v4" if api_version.startswith("v") else api_version

    def latest(self) -> str | None:
        """Return the offset of the newest file; nothing when there is none."""
        return _offset(self._call(self._request("latest")))

    def files(self, after: str | None) -> Iterator[File]:
        """Yield the files that follow an offset, or all.

        Raises:
            Gap: The offset is older than what HubSpot keeps.
            Unavailable: A file cannot be fetched.
        """
        while True:
            try:
                told = self._call(self._request(f"offset/{after}/next" if after else "earliest"))
            except Reject as error:
                if error.status in (400, 404, 410) and after:
                    raise Gap from error
                raise
            after = _offset(told)
            if after is None:
                return
            yield File(after, self._fetch(str(told["url"])))

    def _request(self, rest: str) -> Request:
        path = f"/webhooks-journal/journal/{self._version}/{rest}"
        route = rest if "/" not in rest else "offset/next"
        return Request("GET", path, "read", f"webhooks-journal/{route}")

    def _fetch(self, url: str) -> Mapping[str, Any]:
        """Return a file; its address is signed, and takes no token."""
        for attempt in range(1, _TRIES + 1):
            try:
                answer = self._http.get(url)
                if answer.is_success:
                    content = msgspec.json.decode(answer.content)
                    return content if isinstance(content, dict) else {}
            except (httpx.TransportError, msgspec.DecodeError):
                pass
            self._clockwork.sleep(self._clockwork.backoff(attempt))
        raise Unavailable(
            "A file of HubSpot's Webhooks Journal cannot be fetched. Nothing is lost: the next "
            "run goes on at the same offset."
        )

    def subscribe(self, wanted: Iterable[tuple[str, str | None]], portal_id: int) -> int:
        """Subscribe to what is not subscribed to yet; return how much that was.

        `wanted` are kinds of subscription and HubSpot's ids of object types.
        """
        path = f"/webhooks-journal/subscriptions/{self._version}"
        route = "webhooks-journal/subscriptions"
        told = self._call(Request("GET", path, "read", route)).get("results") or ()
        here = [one for one in told if one.get("portalId") in (None, portal_id, str(portal_id))]
        known = {(one.get("subscriptionType"), one.get("objectTypeId")) for one in here}
        missing = [(k, t) for k, t in wanted if not {(k, t), (k, None)} & known]
        for kind, type_id in missing:
            body = {"subscriptionType": kind, "portalId": portal_id}
            body |= {"objectTypeId": type_id} if type_id else {}
            self._call(Request("POST", path, "provision", route, body, repeatable=False))
        return len(missing)


def _offset(told: Mapping[str, Any]) -> str | None:
    return str(told["currentOffset"]) if told.get("url") else None
