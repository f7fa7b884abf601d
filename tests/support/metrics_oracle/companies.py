"""Metrics of companies."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

from support.metrics_oracle.platform import (
    ONCE_PAID,
    PAID,
    Platform,
    Row,
    Rules,
    charged,
    rate_of,
    refunded,
    rounded,
    total,
)


def company_metrics(platform: Platform, rules: Rules) -> dict[str, dict[str, Any]]:
    """Return the metrics of each company that is not deleted, by its number."""
    living = {row["company_id"]: row for row in platform.living["companies"]}
    orders, people = _orders(platform), _people(platform)
    tickets = Counter(t["order_id"] for t in platform.valid_tickets)
    found = {}
    for company in living:
        family = below(company, living)
        theirs = [order for member in family for order in orders.get(member, ())]
        paid = [o for o in theirs if o["status"] in PAID]
        known = [(o, rate) for o in theirs if (rate := rate_of(o, rules)) is not None]
        dates = sorted(o["ordered_at"] for o in paid if o.get("ordered_at"))
        buyers = {platform.buyers[o["order_id"]] for o in paid} - {None}
        found[company] = {
            "company_orders": len(paid),
            "company_tickets": sum(tickets[o["order_id"]] for o in paid),
            "company_lifetime_value": rounded(
                total((charged(o) - refunded(o)) * rate for o, rate in known)
            ),
            "company_first_purchase_date": dates[0].date() if dates else None,
            "company_last_purchase_date": dates[-1].date() if dates else None,
            "company_buyers": len(buyers),
            "company_people": len(set().union(*(people.get(m, set()) for m in family))),
        }
    return found


def below(company: str, living: dict[str, Row]) -> set[str]:
    """Return a company with all that it owns, and that those own."""
    family, grown = {company}, True
    while grown:
        more = {c for c, row in living.items() if row.get("parent_company_id") in family} - family
        family, grown = family | more, bool(more)
    return family


def _people(platform: Platform) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in platform.accounts:
        if row.get("company_id") is not None:
            found[row["company_id"]].add(row["address"])
    return found


def _orders(platform: Platform) -> dict[str, list[Row]]:
    """Return the orders of each company that were ever paid."""
    employers = {}
    for address, accounts in platform.accounts_by_address().items():
        employed = [a for a in accounts if a.get("company_id") is not None]
        if employed:
            oldest = min(
                employed,
                key=lambda a: (a.get("created_at") or datetime.max, a["customer_id"]),  # noqa: DTZ901 - as in the columns
            )
            employers[address] = oldest["company_id"]
    found: dict[str, list[Row]] = defaultdict(list)
    for order_id, row in platform.orders.items():
        buyer = platform.buyers[order_id]
        company = row.get("company_id")
        if company is None and buyer is not None:
            company = employers.get(buyer)
        if company is not None and row.get("status") in ONCE_PAID:
            found[company].append(row)
    return found
