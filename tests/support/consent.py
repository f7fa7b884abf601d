"""A portal connected by OAuth, as by a person who clicked "Connect"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from pydantic import SecretStr

from stagedoor.grants import Grant
from stagedoor.hubspot.authority import Authority
from stagedoor.hubspot.oauth import App, authorize_url, new_secret
from support.project import Portal

BACK = "http://127.0.0.1:1/callback"


def make_app(portal: Portal, scopes: Sequence[str]) -> App:
    """Return an app that the portal knows, with these scopes besides `oauth`."""
    given = {"name": "Tickets", "redirect_uris": [BACK], "scopes": list(scopes)}
    told: dict[str, Any] = portal.post("/_sandbox/apps", given).json()
    return App(told["client_id"], SecretStr(told["client_secret"]))


def consent(portal: Portal, app: App, authority: Authority, scopes: Sequence[str]) -> Grant:
    """Return what a person's consent to `scopes` gives."""
    verifier = new_secret()
    asked = ("oauth", *scopes)
    url = authorize_url(app, redirect_uri=BACK, scopes=asked, state="s1", verifier=verifier)
    form = {**dict(parse_qsl(urlsplit(url).query)), "answer": "connect"}
    answer = httpx.post(f"{portal.sandbox.url}/oauth/authorize", data=form, timeout=30)
    back = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
    assert back["state"] == "s1"
    given = authority.exchange(back["code"], BACK, verifier)
    assert isinstance(given, Grant)
    return given
