"""Refunds that leave no trace on their order.

A refund alone does not change its order's `last_modified`, and there is no list of refunds to
filter. pretix's export of payments and refunds has one, by day:
https://docs.pretix.eu/dev/api/resources/exporters.html
"""

from __future__ import annotations

import csv
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from io import StringIO
from typing import Any
from urllib.parse import urlsplit

from stagedoor_plugins.platform_sources.pretix.api import PretixApi, decode
from stagedoor_plugins.platform_sources.pretix.orders import order_id

logger = logging.getLogger("stagedoor.platform")

MARGIN = timedelta(days=2)
"""Days in the export are those of some time zone; this covers any."""
EXPORT = "/exporters/paymentlist/run/"


def executed(api: PretixApi, since: datetime, until: datetime) -> dict[str, str]:
    """Return the refunds executed in about this time: the order of each."""
    days = f"{(since - MARGIN).date()}/{(until + MARGIN).date()}"
    body = {
        "_format": "default",
        "payment_states": [],
        "refund_states": ["done"],
        "end_date_range": days,
    }
    refusals = frozenset({400, 403, 404, 410})
    started = api.send(api.prepare("POST", EXPORT, body=body), refusals=refusals)
    if started.ok:
        path = urlsplit(decode(started.content)["download"]).path
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(api.base))
        request = api.prepare("GET", origin + path)
        finished = api.send(request, expected="text/csv", refusals=refusals)
        if finished.ok:
            return listed(finished.content.decode("utf-8-sig"))
    logger.warning(
        "pretix does not export its refunds to this token: those that leave their order as it is "
        "are noticed when the order changes next. Let the team see orders."
    )
    return {}


def listed(text: str) -> dict[str, str]:
    """Return the refunds in an export: the order of each. Its columns have a fixed order."""
    rows = list(csv.reader(StringIO(text)))[1:]
    return {f"{row[0]}/{row[2]}": f"{row[0]}/{row[1]}" for row in rows if len(row) > 2}


def recent(order: Mapping[str, Any], now: datetime) -> list[str]:
    """Return the refunds of an order that an export of the days around `now` may list."""
    return [
        f"{order_id(order)}-R-{refund['local_id']}"
        for refund in order["refunds"]
        if refund["state"] == "done"
        and refund.get("execution_date")
        and datetime.fromisoformat(refund["execution_date"]) >= now - 2 * MARGIN
    ]
