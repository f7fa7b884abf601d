"""The source in docs/platforms/writing-a-source.md reads an API and fills a portal."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from support.project import Portal, Project

PAGE = Path(__file__).resolve().parents[2] / "docs" / "platforms" / "writing-a-source.md"
CODE, CONFIG = re.findall(
    r"^```(?:python|yaml)\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE
)

PEOPLE = [
    {"id": f"p{n}", "mail": f"p{n}@example.com", "name": f"Ana Pop{n}",
     "changed": f"2026-11-0{n}T10:00:00Z"} for n in range(1, 6)
]  # fmt: skip
SALES = [
    {"id": f"s{n}", "buyer": f"p{n}", "paid": n != 2, "cents": 1000 * n,
     "sold": "2026-11-01T09:00:00Z", "changed": f"2026-11-0{n}T10:00:00Z"} for n in range(1, 4)
]  # fmt: skip

LISTS: dict[str, list[dict[str, Any]]] = {"/people": PEOPLE, "/sales": SALES}


class TicketBox(BaseHTTPRequestHandler):
    """The API of the document: two rows a page."""

    asked: list[str]

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        query = parse_qs(address.query)
        self.asked.append(self.path)
        rows = LISTS[address.path]
        if self.headers["Authorization"] != "Bearer t0ken":
            rows = []
        since = query.get("since", [""])[0].replace("+00:00", "Z")
        rows = [row for row in rows if row["changed"] >= since]
        number = int(query["page"][0])
        more = number + 1 if len(rows) > 2 * number else None
        body = json.dumps({"items": rows[2 * number - 2 : 2 * number], "next_page": more}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Stay silent."""


@pytest.fixture
def ticketbox() -> Iterator[str]:
    """A running TicketBox."""
    TicketBox.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), TicketBox)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def reading(project: Project, ticketbox: str) -> Project:
    """A project with the document's source and configuration."""
    (project.path / "ticketbox.py").write_text(CODE)
    path = project.path / "meltano.yml"
    document = yaml.safe_load(path.read_text())
    config = yaml.safe_load(CONFIG)["config"]
    config["ticketbox"]["url"] = ticketbox
    document["plugins"]["extractors"][0]["config"] = config
    path.write_text(yaml.safe_dump(document))
    project.settings["TICKETBOX_TOKEN"] = "t0ken"
    return project


def test_it_is_about_60_lines() -> None:
    assert len([line for line in CODE.splitlines() if line.strip()]) <= 66


def test_it_fills_a_portal_and_then_asks_for_changes_only(reading: Project, portal: Portal) -> None:
    reading.main_job()
    export: dict[str, Any] = portal.export()
    contacts = {e["name"]: e["properties"] for e in export["objects"]["contacts"]}
    assert {name: c["firstname"] for name, c in contacts.items()} == {
        str(row["mail"]): "Ana" for row in PEOPLE
    }
    amounts = {e["name"]: e["properties"]["amount"] for e in export["objects"]["deals"]}
    assert amounts == {"order:s1": "10", "order:s2": "20", "order:s3": "30"}
    assert contacts["p2@example.com"]["total_event_purchases"] == "0"
    assert contacts["p3@example.com"]["total_event_purchases"] == "1"
    TicketBox.asked.clear()
    reading.main_job()
    assert TicketBox.asked == [
        "/people?page=1&since=2026-11-05T10%3A00%3A00%2B00%3A00",
        "/sales?page=1&since=2026-11-03T10%3A00%3A00%2B00%3A00",
    ]
