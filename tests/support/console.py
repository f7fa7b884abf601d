"""A person at the console, without a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from sqlalchemy import create_engine

from stagedoor.store.api_keys import ApiKeys
from support.service import Service


class Person:
    """Somebody who follows links and sends forms, with cookies."""

    def __init__(self, service: Service, language: str = "en") -> None:
        """Come to the console for the first time."""
        self.http = httpx.Client(
            base_url=service.url,
            follow_redirects=True,
            timeout=60,
            headers={"Accept-Language": language},
        )

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Look at a page."""
        return self.http.get(path, **options)

    def csrf(self, path: str = "/sign-in") -> str:
        """Return the word that the forms of a page bring back."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.get(path).text)
        assert found is not None
        return found[1]

    def post(self, path: str, *, partial: bool = False, **fields: str) -> httpx.Response:
        """Send a form of this session."""
        headers = {"HX-Request": "true"} if partial else {}
        word = self.csrf("/settings")
        return self.http.post(path, data={"csrf": word, **fields}, headers=headers)

    def sign_in(self, key: str, then: str = "/") -> httpx.Response:
        """Sign in with an API key."""
        fields = {"csrf": self.csrf(), "key": key, "next": then}
        return self.http.post("/sign-in", data=fields)


@contextmanager
def api_keys(service: Service) -> Iterator[ApiKeys]:
    """Give the API keys of a service."""
    engine = create_engine(f"sqlite:///{service.project.path / '.stagedoor' / 'store.db'}")
    yield ApiKeys(engine)
    engine.dispose()


def signed_in(service: Service, *scopes: str, portal: str | None = None) -> Person:
    """Return somebody whose key has these scopes."""
    with api_keys(service) as keys:
        _, text = keys.create("test", scopes, portal)
    person = Person(service)
    assert person.sign_in(text).status_code == 200
    return person


def refuse_customers(service: Service, *keys: str) -> None:
    """Let records through that the replica cannot hold: they become dead letters."""
    times = {"type": "string", "format": "date-time"}
    schema = {
        "type": "SCHEMA",
        "stream": "customers",
        "key_properties": ["customer_id"],
        "schema": {"properties": {"customer_id": {"type": "string"}, "updated_at": times}},
    }
    records = [
        {
            "type": "RECORD",
            "stream": "customers",
            "record": {"customer_id": key, "updated_at": "not a time"},
        }
        for key in keys
    ]
    service.project.settings["TARGET_HUBSPOT_PUSH"] = "false"
    service.project.target("".join(json.dumps(one) + "\n" for one in (schema, *records)))
    del service.project.settings["TARGET_HUBSPOT_PUSH"]
