"""Who looks at a page: session, API key, scopes, portal and language."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.responses import RedirectResponse, Response

from stagedoor.explanations import EXPLANATIONS
from stagedoor.store.api_keys import ApiKey
from stagedoor_service.application import sessions
from stagedoor_service.application.access import Scope, require
from stagedoor_service.application.office import Office
from stagedoor_service.application.problem import Problem
from stagedoor_service.application.sessions import Session
from stagedoor_service.web.addresses import own_address
from stagedoor_service.web.callers import office_of
from stagedoor_service.web.console.languages import Language, chosen
from stagedoor_service.web.console.rendering import render

SESSION, LANGUAGE = "stagedoor_session", "stagedoor_language"


class SignInFirst(Exception):
    """Nobody is signed in."""


@dataclass(frozen=True)
class Visitor:
    """Somebody who is signed in."""

    office: Office
    request: Request
    session: Session
    key: ApiKey
    portal: str

    @property
    def name(self) -> str:
        """Who it is, for the record."""
        return self.key.who

    @property
    def is_partial(self) -> bool:
        """Whether only a part of a page is wanted."""
        return self.request.headers.get("hx-request") == "true"

    def may(self, scope: str) -> bool:
        """Return whether the key has a scope."""
        return bool({scope, Scope.ADMIN.value} & set(self.key.scopes))

    def page(
        self, template: str, http_status: int = 200, *, leads_to: str = "", **values: Any
    ) -> Response:
        """Return a page of the console."""
        common = {
            **shared_values(self.request, self.session),
            "visitor": self,
            "portals": self._portals(),
            "portal": self.portal,
        }
        spoken = language_of(self.request)
        return render(spoken, template, http_status, leads_to=leads_to, values={**common, **values})

    def _portals(self) -> list[str]:
        return [self.key.portal] if self.key.portal else self.office.names()


def language_of(request: Request) -> Language:
    """Return the language of whoever asks."""
    return chosen(request.cookies.get(LANGUAGE), request.headers.get("accept-language"))


def shared_values(request: Request, session: Session) -> dict[str, Any]:
    """Return what every template knows."""
    here = request.url.path if request.method == "GET" else "/"
    failed = EXPLANATIONS.get(request.query_params.get("error", ""))
    done = "" if failed else request.query_params.get("done", "")
    told = {"done": done, "failed": failed}
    return {"csrf": session.csrf, "here": here, "visitor": None, **told}


def session_of(request: Request) -> Session:
    """Return the session of whoever asks; a new one where there is none."""
    return sessions.unseal(office_of(request), request.cookies.get(SESSION))


def keep_session(request: Request, answer: Response, session: Session) -> Response:
    """Let the browser keep a session; scripts and other sites do not see it."""
    office = office_of(request)
    answer.set_cookie(
        SESSION,
        sessions.seal(office, session),
        max_age=sessions.LIFETIME,
        httponly=True,
        samesite="lax",
        secure=own_address(office, request).startswith("https:"),
    )
    return answer


def with_scope(scope: Scope) -> Callable[..., Visitor]:
    """Return a dependency that lets people pass whose key has a scope."""

    def visitor(request: Request) -> Visitor:
        office, session = office_of(request), session_of(request)
        key = sessions.key_of(office, session)
        if key is None:
            raise SignInFirst
        require(key, scope)
        return Visitor(office, request, session, key, office.portal_named(session.portal, key))

    return visitor


async def posted(request: Request) -> Mapping[str, str]:
    """Return the fields of a form that belongs to the session that sends it.

    Raises:
        Problem: It does not: another site sent it, or it is from before the person signed in.
    """
    form = await request.form(max_files=0, max_fields=200)
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    given, expected = fields.get("csrf", ""), session_of(request).csrf
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise Problem("FORM_STALE", "The form does not belong to this session. Load it again.")
    return fields


def go(where: str) -> Response:
    """Lead the browser on after a form."""
    return RedirectResponse(where, 303)


Fields = Annotated[Mapping[str, str], Depends(posted)]
Reader = Annotated[Visitor, Depends(with_scope(Scope.READ))]
Recorder = Annotated[Visitor, Depends(with_scope(Scope.RECORDS))]
Syncer = Annotated[Visitor, Depends(with_scope(Scope.SYNC))]
Mapper = Annotated[Visitor, Depends(with_scope(Scope.MAPPINGS))]
Connector = Annotated[Visitor, Depends(with_scope(Scope.CONNECTION))]
Administrator = Annotated[Visitor, Depends(with_scope(Scope.ADMIN))]
