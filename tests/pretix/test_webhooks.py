"""Notifications that a real pretix sends, as hints; and what is read again for them."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from stagedoor_plugins.platform_sources.pretix.refetch import refetch
from stagedoor_plugins.platform_sources.pretix.settings import PretixSettings
from stagedoor_plugins.platform_sources.pretix.webhooks import (
    ACTIONS,
    Hint,
    Notification,
    Recent,
    hints,
    is_authorised,
    parse,
)
from support.pretix import changes
from support.pretix.buyers import Seeded
from support.pretix.filled import Filled

SECRET = "/hooks/0b7d"
USER, PASSWORD = "pretix", "s3cret"


@pytest.fixture
def received(seeded: Seeded) -> Iterator[list[Notification]]:
    """Notifications of what happens during a test, without repeats; some calls are refused once."""
    found: list[Notification] = []
    recent = Recent()
    refused: list[Notification] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            allowed = is_authorised(
                self.path, self.headers["Authorization"],
                secret_path=SECRET, user=USER, password=PASSWORD,
            )  # fmt: skip
            assert allowed
            notification = parse(body, "acme")
            if not recent.is_repeat(notification):
                found.append(notification)
            # A failure makes pretix send it again: the same number, at once.
            self.send_response(200 if refused else 500)
            refused.append(notification)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    hook = seeded.organizer.post("/webhooks/", {
        "enabled": True, "all_events": True, "limit_events": [], "action_types": list(ACTIONS),
        "target_url": f"http://{USER}:{PASSWORD}@127.0.0.1:{server.server_port}{SECRET}",
    })  # fmt: skip
    yield found
    seeded.organizer.patch(f"/webhooks/{hook['id']}/", {"enabled": False})
    server.shutdown()


def test_what_happens_to_an_order_is_told_and_read_again(
    seeded: Seeded, received: list[Notification]
) -> None:
    changes.buy(seeded, {}, random.Random(8))
    order = seeded.orders[-1]
    changes.change_address(seeded, order, random.Random(9))
    key = f"{order['event']}/{order['code']}"
    assert Hint("orders", key) in hints(received)
    assert len({n.notification_id for n in received}) == len(received)
    rows = refetch(PretixSettings(**seeded.organizer.settings), hints(received))
    (row,) = [r for r in rows["orders"] if r["order_id"] == key]
    assert row["email"] == seeded.fresh(order)["email"]
    assert row["email"].startswith("new.")


def test_a_new_and_an_erased_account_are_told_and_read_again(
    seeded: Seeded, received: list[Notification]
) -> None:
    account = seeded.organizer.post("/customers/", {"email": "hook@example.com"})
    changes.erase(seeded, account)
    assert Hint("customers", account["identifier"]) in hints(received)
    rows = refetch(PretixSettings(**seeded.organizer.settings), hints(received))
    (row,) = [r for r in rows["customers"] if r["customer_id"] == account["identifier"]]
    assert row["is_anonymised"] is True


def test_rows_read_again_are_those_of_a_run(filled: Filled, seeded: Seeded) -> None:
    lines = filled.project.run("tap-platform", "--config", "ENV").stdout.splitlines()
    messages = [m for line in lines if (m := json.loads(line))["type"] == "RECORD"]
    chosen = [o for o in seeded.orders if len(o["positions"]) > 1][:5]
    keys = {f"{o['event']}/{o['code']}" for o in chosen}
    rows = refetch(
        PretixSettings(**seeded.organizer.settings), [Hint("orders", key) for key in sorted(keys)]
    )
    for stream, key in (("orders", "order_id"), ("order_tickets", "order_ticket_id")):
        read = {
            m["record"][key]: m["record"]
            for m in messages
            if m["stream"] == stream and m["record"]["order_id"] in keys
        }
        again = {row[key]: json.loads(json.dumps(row, default=float)) for row in rows[stream]}
        assert again == read
