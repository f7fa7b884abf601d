"""The one place that talks HTTP to HubSpot. It decides nothing: `responses` does."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from stagedoor.errors import Misconfigured, Unavailable
from stagedoor.hubspot.limits import Limiter
from stagedoor.hubspot.requests import Request
from stagedoor.hubspot.responses import Response, Verdict, missing_scopes, parse, resolve
from stagedoor.hubspot.tokens import TokenProvider

logger = logging.getLogger("stagedoor.hubspot")

_UNKNOWN_OUTCOME = (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError)


@dataclass(frozen=True, slots=True)
class Clockwork:
    """Time and chance, handed in."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random


class HubSpotClient:
    """Sends requests, waits and repeats as the response says; safe for several threads."""

    def __init__(
        self,
        http: httpx.Client,
        tokens: TokenProvider,
        limiter: Limiter,
        *,
        clockwork: Clockwork | None = None,
        max_attempts: int = 8,
    ) -> None:
        """Send through `http`, whose base URL is the portal's."""
        self._http = http
        self._tokens = tokens
        self._limiter = limiter
        self._clockwork = clockwork or Clockwork()
        self._max_attempts = max_attempts
        self._lock = threading.Lock()
        self.calls: Counter[str] = Counter()
        """Calls made, by kind, repeats included."""

    def send(self, request: Request) -> Response:
        """Return HubSpot's answer: a success, or a refusal of what the request contains.

        Raises:
            Misconfigured: The token, its scopes or the API version are wrong.
            Unavailable: HubSpot did not answer usefully in `max_attempts`, or the daily
                allowance is used up.
        """
        refreshed = False
        why = "no attempt was made"
        for attempt in range(1, self._max_attempts + 1):
            response = self._attempt(request, attempt)
            if response is None:
                why, wait = "the connection failed", self._backoff(attempt)
                if not request.repeatable:
                    break
            else:
                resolution = resolve(response)
                why = resolution.why
                match resolution.verdict:
                    case Verdict.OK | Verdict.REJECT | Verdict.CONFLICT:
                        return response
                    case Verdict.REFRESH if not refreshed:
                        self._tokens.refresh(self._tokens.current())
                        refreshed, wait = True, 0.0
                    case Verdict.RETRY if request.repeatable or response.status == 429:
                        wait = max(resolution.wait, self._backoff(attempt))
                        if response.status == 429:
                            self._limiter.block(wait)
                    case _:
                        raise _fatal(request, response, resolution.verdict)
            self._clockwork.sleep(wait)
        raise Unavailable(
            f"HubSpot did not carry out {request.method} {request.route} in "
            f"{self._max_attempts} attempts; the last time: {why}. What is pending stays pending: "
            "run again later."
        )

    def _attempt(self, request: Request, attempt: int) -> Response | None:
        """Send once; nothing comes back when the outcome is unknown."""
        self._limiter.acquire()
        with self._lock:
            self.calls[request.kind] += 1
        begun = self._clockwork.now()
        try:
            answer = self._http.request(
                request.method,
                request.path,
                json=request.body,
                params=request.query or None,
                headers={"Authorization": f"Bearer {self._tokens.current()}"},
            )
        except _UNKNOWN_OUTCOME as error:
            self._log(request, type(error).__name__, begun, attempt, None)
            return None
        response = parse(answer.status_code, answer.headers, answer.content)
        self._limiter.heed(response.headers)
        self._log(request, str(response.status), begun, attempt, response.correlation_id)
        return response

    def _backoff(self, attempt: int) -> float:
        """Return a wait that doubles, up to half a minute, with chance in it."""
        return min(0.2 * float(2 ** (attempt - 1)), 30.0) * (0.5 + self._clockwork.jitter() / 2)

    def _log(
        self, request: Request, result: str, begun: float, attempt: int, correlation: str | None
    ) -> None:
        """Tell of a call without bodies, ids or tokens."""
        ms = (self._clockwork.now() - begun) * 1_000
        logger.debug(
            "%s %s -> %s in %.0f ms (attempt %d, correlation %s)",
            request.method,
            request.route,
            result,
            ms,
            attempt,
            correlation,
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def _fatal(request: Request, response: Response, verdict: Verdict) -> Exception:
    where = f"{request.method} {request.route}"
    if verdict is Verdict.ENOUGH:
        return Unavailable(
            f"HubSpot refuses more calls today ({response.message}). What is pending stays "
            "pending; run again after midnight in the account's time zone."
        )
    if response.status == 403:
        scopes = ", ".join(missing_scopes(response.payload)) or "see HubSpot's message"
        return Misconfigured(
            f"The token may not {where}: {response.message} Missing scopes, one of: {scopes}. "
            "Grant them to the service key or app. Nothing more was written."
        )
    if response.status == 401:
        return Misconfigured(
            f"HubSpot does not accept the token: {response.message} "
            "Set `access_token` to a valid service key or private-app token."
        )
    return Misconfigured(
        f"HubSpot does not know {where} (HTTP {response.status}). Check `portal_url` and "
        "`api_version`."
    )
