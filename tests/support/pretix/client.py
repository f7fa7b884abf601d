"""pretix's REST API, as plainly as can be."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import requests

from support.pretix.server import RunningPretix

Json = dict[str, Any]
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Organizer:
    """One organizer of a running pretix."""

    pretix: RunningPretix
    slug: str
    _local: threading.local = field(default_factory=threading.local, repr=False)

    @property
    def base(self) -> str:
        """Where its API begins."""
        return f"{self.pretix.url}/api/v1/organizers/{self.slug}"

    @property
    def session(self) -> requests.Session:
        """This thread's session."""
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            token = self.pretix.tokens[self.slug]
            self._local.session.headers["Authorization"] = f"Token {token}"
        session: requests.Session = self._local.session
        return session

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """Make one call; it must succeed."""
        answer = self.session.request(method, self.base + path, timeout=120, **options)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:1000]}"
        return answer

    def get(self, path: str, **parameters: Any) -> Json:
        """Read."""
        return dict(self.call("GET", path, params=parameters).json())

    def post(self, path: str, body: Json) -> Json:
        """Make."""
        return dict(self.call("POST", path, json=body).json())

    def allows(self, path: str, body: Json) -> bool:
        """Return whether pretix lets something be done; if so, it is done."""
        answer = self.session.post(self.base + path, json=body, timeout=120)
        assert answer.status_code < 500, answer.text[:1000]
        return answer.ok

    def patch(self, path: str, body: Json) -> Json:
        """Change."""
        return dict(self.call("PATCH", path, json=body).json())

    def rows(self, path: str, **parameters: Any) -> Iterator[Json]:
        """Read all pages of a list."""
        number = 1
        while True:
            page = self.get(path, page=number, page_size=50, **parameters)
            yield from page["results"]
            if page["next"] is None:
                return
            number += 1

    def each(self, work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """Do something for each item, several at a time where the database bears it."""
        workers = 4 if self.pretix.takes_parallel_writes else 1
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(work, items))

    @property
    def settings(self) -> Json:
        """The settings with which Stagedoor reads it."""
        return {
            "url": self.pretix.url,
            "token": self.pretix.tokens[self.slug],
            "organizer": self.slug,
        }
