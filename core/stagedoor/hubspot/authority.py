"""Talks with HubSpot's token endpoint; `oauth` says what is asked and what is meant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from stagedoor.errors import Misconfigured, Unavailable
from stagedoor.grants import Grant
from stagedoor.hubspot import oauth
from stagedoor.hubspot.calls import Call, Observer, log_call
from stagedoor.hubspot.clockwork import Clockwork
from stagedoor.hubspot.oauth import Answer, App, OAuthRequest, TokenUse
from stagedoor.hubspot.responses import MAX_WAIT, Response, parse, wait_told

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ended:
    """HubSpot says that the grant has ended."""

    reason: str


class Authority:
    """HubSpot, as it gives, renews and takes back what a portal's owner granted."""

    def __init__(
        self,
        http: httpx.Client,
        app: App,
        api_version: str,
        *,
        clockwork: Clockwork | None = None,
        max_attempts: int = 6,
        observe: Observer = log_call,
    ) -> None:
        """Ask through `http`, whose base URL is the portal's, in the name of `app`."""
        self._http = http
        self._app = app
        self._version = api_version
        self._clockwork = clockwork or Clockwork()
        self._max_attempts = max_attempts
        self._observe = observe

    def exchange(self, code: str, redirect_uri: str, verifier: str | None = None) -> Grant | Ended:
        """Return the tokens for a code from the redirect; used or old codes have ended.

        Raises:
            Misconfigured: The client id, its secret or the redirect URI are wrong.
            Unavailable: HubSpot did not answer usefully.
        """
        request = oauth.exchange(
            self._app, self._version, code=code, redirect_uri=redirect_uri, verifier=verifier
        )
        return self._granted(request, None)

    def refresh(self, refresh_token: str) -> Grant | Ended:
        """Return a new access token, and the refresh token to use from now on.

        Raises:
            Misconfigured: The client id or its secret are wrong.
            Unavailable: HubSpot did not answer usefully.
        """
        request = oauth.refresh(self._app, self._version, refresh_token)
        return self._granted(request, refresh_token)

    def own(self, scopes: Sequence[str]) -> Grant | Ended:
        """Return a token of the app itself.

        Raises:
            Misconfigured: The client id or its secret are wrong, or the app lacks a scope.
            Unavailable: HubSpot did not answer usefully.
        """
        return self._ask(oauth.own(self._app, self._version, scopes), oauth.read_own)

    def introspect(self, token: str, use: TokenUse = "access_token") -> dict[str, Any]:
        """Return what HubSpot knows of a token; `active` says whether it works."""
        request = oauth.introspect(self._app, self._version, token, use)
        found = self._ask(request, lambda response, _: response.payload)
        return found if isinstance(found, dict) else {"active": False}

    def revoke(self, token: str, use: TokenUse = "refresh_token") -> None:
        """Make a token worthless; one that is so already counts as done."""
        request = oauth.revoke(self._app, self._version, token, use)
        self._ask(request, lambda _response, _at: True)

    def _granted(self, request: OAuthRequest, refresh_token: str | None) -> Grant | Ended:
        return self._ask(
            request, lambda response, at: oauth.read_grant(response, at, refresh_token)
        )

    def _ask(self, request: OAuthRequest, read: Callable[[Response, float], T | None]) -> T | Ended:
        """Return what `read` makes of the answer, asking again while HubSpot is not well."""
        why = "no attempt was made"
        for attempt in range(1, self._max_attempts + 1):
            asked_at = self._clockwork.wall()
            response = self._post(request, attempt)
            wait = self._clockwork.backoff(attempt)
            if response is None:
                why = "the connection failed"
            else:
                match oauth.read_answer(response):
                    case Answer.RECONNECT:
                        return Ended(oauth.reason_of(response))
                    case Answer.WRONG:
                        raise _wrong(request, response)
                    case Answer.OK:
                        found = read(response, asked_at)
                        if found is not None:
                            return found
                why = oauth.reason_of(response)
                wait = max(wait, wait_told(response))
            if attempt < self._max_attempts:
                self._clockwork.sleep(min(wait, MAX_WAIT))
        raise Unavailable(
            f"HubSpot did not answer {request.route} in {self._max_attempts} attempts; the last "
            f"time: {why}. What is pending stays pending: run again later."
        )

    def _post(self, request: OAuthRequest, attempt: int) -> Response | None:
        built = self._http.build_request("POST", request.path, data=request.form)
        begun = self._clockwork.now()
        response, result, received = None, "", 0
        try:
            answer = self._http.send(built)
        except httpx.TransportError as error:
            result = type(error).__name__
        else:
            response = parse(answer.status_code, answer.headers, answer.content)
            result, received = str(response.status), answer.num_bytes_downloaded
        self._observe(
            Call(
                "POST",
                request.route,
                result,
                (self._clockwork.now() - begun) * 1_000,
                attempt,
                response.correlation_id if response else None,
                len(built.content),
                received,
            )
        )
        return response


def _wrong(request: OAuthRequest, response: Response) -> Misconfigured:
    return Misconfigured(
        f"HubSpot refused {request.route}: {oauth.reason_of(response)}. Check `client_id`, "
        "`client_secret`, `portal_url` and the redirect URI of the app."
    )
