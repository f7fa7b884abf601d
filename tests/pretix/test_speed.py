"""Reading through the tap takes each of pretix's orders once; what it costs is printed.

The aim is 1.15 times a bare loop over the same pages. Figures are looked at (`-s`), not asserted:
other work on the machine slows either reading.
"""

from __future__ import annotations

import time
from typing import Any

import requests

from stagedoor_plugins.platform_sources.pretix.reading import PARAMETERS
from support.pretix.bulk import fill
from support.pretix.client import Organizer
from support.pretix.server import RunningPretix
from tap_platform.tap import TapPlatform

ORDERS = 2_000
ROUNDS = 2
"""Of which the fastest counts."""


def bare_loop(organizer: Organizer) -> tuple[float, int]:
    """Return the seconds that a loop over all pages takes, and how many orders it saw."""
    session, count, number = requests.Session(), 0, 1
    session.headers["Authorization"] = f"Token {organizer.settings['token']}"
    began = time.perf_counter()
    while True:
        parameters: dict[str, Any] = {
            **PARAMETERS,
            "ordering": "-last_modified",
            "page": number,
            "page_size": 50,
        }
        page = session.get(f"{organizer.base}/orders/", params=parameters, timeout=60).json()
        count += len(page["results"])
        number += 1
        if page["next"] is None:
            return time.perf_counter() - began, count


def through_the_tap(organizer: Organizer, capsys: Any) -> tuple[float, int]:
    """Return the seconds that the stream of orders takes, and how many it wrote."""
    config = {"source": "pretix", "pretix": organizer.settings}
    stream = TapPlatform(config=config, parse_env_config=False).streams["orders"]
    began = time.perf_counter()
    stream.sync()
    took = time.perf_counter() - began
    return took, capsys.readouterr().out.count('"type":"RECORD"')


def test_2000_orders_come_through_the_tap_once_each_as_a_bare_loop_reads_them(
    pretix: RunningPretix, capsys: Any
) -> None:
    organizer = Organizer(pretix, "bulk")
    fill(organizer, ORDERS)
    bare, tap = [], []
    for _ in range(ROUNDS):
        seconds, count = bare_loop(organizer)
        assert count == ORDERS
        bare.append(seconds)
        seconds, count = through_the_tap(organizer, capsys)
        assert count == ORDERS
        tap.append(seconds)
    print(f"bare loop {min(bare):.2f} s, tap {min(tap):.2f} s: {min(tap) / min(bare):.2f} x")
