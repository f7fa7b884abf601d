"""The one place that talks HTTP to HubSpot. It decides nothing: `responses` does."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence

import httpx

from stagedoor.errors import Forbidden, Misconfigured, Unavailable
from stagedoor.hubspot.calls import Call, CallMetrics, Observer, log_call
from stagedoor.hubspot.clockwork import Clockwork
from stagedoor.hubspot.limiter import Limiter
from stagedoor.hubspot.limits import Priority
from stagedoor.hubspot.redaction import redact
from stagedoor.hubspot.requests import Request
from stagedoor.hubspot.responses import Response, Verdict, missing_scopes, parse, resolve
from stagedoor.hubspot.tokens import TokenProvider

_UNKNOWN_OUTCOME = (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError)


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
        priority: Priority = "batch",
        observers: Sequence[Observer] = (log_call,),
    ) -> None:
        """Send through `http`, whose base URL is the portal's; tell `observers` of each call."""
        self._http = http
        self._tokens = tokens
        self._limiter = limiter
        self._clockwork = clockwork or Clockwork()
        self._max_attempts = max_attempts
        self._priority = priority
        self._lock = threading.Lock()
        self.calls: Counter[str] = Counter()
        """Calls made, by kind, repeats included."""
        self.metrics = CallMetrics()
        """Calls made, by method, route and result."""
        self._observers: Sequence[Observer] = (self.metrics, *observers)

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
            token = self._tokens.current()
            response = self._attempt(request, attempt, token)
            if response is None:
                why, wait = "the connection failed", self._clockwork.backoff(attempt)
                if not request.repeatable:
                    break
            else:
                resolution = resolve(response)
                why = resolution.why
                match resolution.verdict:
                    case Verdict.OK | Verdict.REJECT | Verdict.CONFLICT:
                        return response
                    case Verdict.REFRESH | Verdict.STOP if not refreshed and self._is_stale(
                        response, resolution.verdict
                    ):
                        self._tokens.refresh(token)
                        refreshed, wait = True, 0.0
                    case Verdict.RETRY if request.repeatable or response.status == 429:
                        wait = max(resolution.wait, self._clockwork.backoff(attempt))
                        if response.status == 429:
                            self._limiter.block(wait, request.kind)
                    case _:
                        raise _fatal(request, response, resolution.verdict)
            self._clockwork.sleep(wait)
        raise Unavailable(
            f"HubSpot did not carry out {request.method} {request.route} in "
            f"{self._max_attempts} attempts; the last time: {why}. What is pending stays pending: "
            "run again later."
        )

    def _is_stale(self, response: Response, verdict: Verdict) -> bool:
        """Return whether a newer token may help.

        Without HubSpot saying that it expired it was revoked, or the app was taken out: where
        tokens are renewed, asking for a new one tells which.
        """
        return verdict is Verdict.REFRESH or (response.status == 401 and self._tokens.renewable)

    def _attempt(self, request: Request, attempt: int, token: str) -> Response | None:
        """Send once; nothing comes back when the outcome is unknown."""
        built = self._http.build_request(
            request.method,
            request.path,
            json=request.body,
            params=request.query or None,
            headers={"Authorization": f"Bearer {token}"},
        )
        since = self._limiter.acquire(request.kind, self._priority)
        with self._lock:
            self.calls[request.kind] += 1
        begun = self._clockwork.now()
        try:
            answer = self._http.send(built)
        except _UNKNOWN_OUTCOME as error:
            self._limiter.heed({}, since, request.kind)
            self._tell(request, built, begun, attempt, type(error).__name__)
            return None
        response = parse(answer.status_code, answer.headers, answer.content)
        self._limiter.heed(response.headers, since, request.kind)
        self._tell(request, built, begun, attempt, response, answer.num_bytes_downloaded)
        return response

    def _tell(
        self,
        request: Request,
        built: httpx.Request,
        begun: float,
        attempt: int,
        result: Response | str,
        received: int = 0,
    ) -> None:
        """Tell the observers of a call, without bodies, ids or tokens."""
        told = result if isinstance(result, Response) else None
        call = Call(
            request.method,
            request.route,
            str(told.status) if told else str(result),
            (self._clockwork.now() - begun) * 1_000,
            attempt,
            told.correlation_id if told else None,
            len(built.content),
            received,
            lambda: redact(request, told),  # a partial would show bodies where it is printed
        )
        for observe in self._observers:
            observe(call)

    def close(self) -> None:
        """Close the connections, and what is kept of the limits."""
        self._http.close()
        self._limiter.close()


def _fatal(request: Request, response: Response, verdict: Verdict) -> Exception:
    where = f"{request.method} {request.route}"
    if verdict is Verdict.ENOUGH:
        return Unavailable(
            f"HubSpot refuses more calls today ({response.message}). What is pending stays "
            "pending; run again after midnight in the account's time zone."
        )
    if response.status == 403:
        scopes = ", ".join(missing_scopes(response.payload)) or "see HubSpot's message"
        return Forbidden(
            f"The token may not {where}: {response.message} Missing scopes, one of: {scopes}. "
            "Grant them to the service key or app. Nothing more was written."
        )
    if response.status == 401:
        return Misconfigured(
            f"HubSpot does not accept the token: {response.message} "
            "Set `access_token` to a valid service key or private-app token, or connect the portal "
            "again."
        )
    return Misconfigured(
        f"HubSpot does not know {where} (HTTP {response.status}). Check `portal_url` and "
        "`api_version`."
    )
