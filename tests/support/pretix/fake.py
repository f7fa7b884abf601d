"""A list server that answers as pretix does, for traps that a live one cannot be made to show."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import requests_mock

from support.pretix.examples import Json, event, item

URL = "https://tickets.example"
BASE = f"{URL}/api/v1/organizers/acme"
CLOCK = "2026-11-24T12:00:00.000000Z"
JSON = {"Content-Type": "application/json"}
SETTINGS = {"url": URL, "token": "t0ken", "organizer": "acme"}


@dataclass
class FakePretix:
    """Lists that may change between two pages, and the calls that came."""

    orders: list[Json] = field(default_factory=list)
    accounts: list[Json] = field(default_factory=list)
    between: Callable[[int], None] | None = None
    """Called with the number of each page of orders, once it was answered."""
    ignores: Sequence[str] = ()
    """Parameters that it does not know: pretix ignores those."""
    clock: str | None = CLOCK
    refunds: str = "a,b,c\n"
    pages: list[Any] = field(default_factory=list)
    """Query of each page of orders that was asked for."""

    def mount(self, mock: requests_mock.Mocker) -> None:
        """Answer calls."""
        lists: dict[str, Callable[[], list[Json]]] = {
            "/customers/": lambda: self.accounts,
            "/events/": lambda: [event(date_to=CLOCK)],
            "/events/jazz/items/": lambda: [item()],
        }
        for path, rows in lists.items():
            mock.get(BASE + path, headers=JSON, json=_answering(rows))
        mock.get(f"{BASE}/orders/", headers=JSON, json=self._orders)
        mock.post(
            f"{BASE}/exporters/paymentlist/run/",
            status_code=202,
            headers=JSON,
            json={"download": f"{BASE}/exporters/paymentlist/download/1/2/"},
        )
        mock.get(
            f"{BASE}/exporters/paymentlist/download/1/2/",
            headers={"Content-Type": "text/csv"},
            text=lambda *_: self.refunds,
        )
        mock.get(re.compile(f"{BASE}/events/jazz/orders/.*"), headers=JSON, json=self._order)

    def _orders(self, request: Any, context: Any) -> Json:
        query = {k: v[-1] for k, v in request.qs.items() if k not in self.ignores}
        self.pages.append(query)
        found = self.orders
        if since := query.get("modified_since"):
            found = [o for o in found if o["last_modified"] >= since.upper().replace("+00:00", "Z")]
        if query.get("ordering") == "-last_modified":
            found = sorted(found, key=lambda order: order["last_modified"], reverse=True)
        if self.clock:
            context.headers["X-Page-Generated"] = self.clock
        answer = copy.deepcopy(_page(found, request, context))
        if self.between:
            self.between(int(query["page"]))
        return answer

    def _order(self, request: Any, _: Any) -> Json:
        code = request.path.rstrip("/").rpartition("/")[2].upper()
        return next(order for order in self.orders if order["code"] == code)


def _answering(rows: Callable[[], list[Json]]) -> Callable[[Any, Any], Json]:
    return lambda request, context: _page(rows(), request, context)


def _page(rows: list[Json], request: Any, context: Any) -> Json:
    number = int(request.qs.get("page", ["1"])[0])
    part = rows[(number - 1) * 50 : number * 50]
    if not part and number > 1:
        context.status_code = 404
        return {"detail": "Invalid page."}
    more = "there" if len(rows) > number * 50 else None
    return {"count": len(rows), "next": more, "previous": None, "results": part}
