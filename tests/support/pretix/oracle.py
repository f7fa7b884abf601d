"""What the portal must hold, from pretix's JSON alone: a second opinion.

Nothing of Stagedoor is imported: this follows docs/platforms/pretix.md and docs/metrics.md.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from support.metrics_oracle import PAID, Person, Rules, in_moments, person_metrics, rounded
from support.pretix.client import Json
from support.pretix.facts import Facts, money_back, order_row, state_of, tickets_of

RATES = {"EUR": Decimal(1), "RON": Decimal("0.2")}
FREE_MAIL = {"gmail.com"}
STAGES = {"pending": "contractsent", "paid": "closedwon", "partially_refunded": "closedwon",
          "refunded": "closedlost", "cancelled": "closedlost"}  # fmt: skip

Objects = dict[str, dict[str, Any]]


@dataclass
class Expected:
    """The second opinion: properties by name of the object, and who belongs to whom."""

    contacts: Objects = field(default_factory=dict)
    companies: Objects = field(default_factory=dict)
    deals: Objects = field(default_factory=dict)
    pairs: set[tuple[str, str]] = field(default_factory=set)
    """Deal and contact, deal and company."""


def expect(facts: Facts, now: datetime) -> Expected:
    """Return what a portal filled at `now` (UTC, naive) must hold."""
    expected = Expected()
    tickets = {key: tickets_of(facts, key) for key in facts.orders}
    _contacts(facts, tickets, now, expected)
    _companies(facts, expected)
    for key, order in facts.orders.items():
        deal = f"order:{key}"
        expected.deals[deal] = _deal(facts, key, order, tickets[key])
        expected.pairs |= {(deal, who) for who in (buyer(facts, order),) if who}
        expected.pairs |= {(deal, f"company:{c}") for c in (company_of(order),) if c}
    return expected


def address_of(text: str | None) -> str | None:
    """Return an address as HubSpot keeps it."""
    return (text or "").strip().lower() or None


def buyer(facts: Facts, order: Json) -> str | None:
    """Return the address of who bought: the account's, else the one on the order."""
    account = facts.accounts.get(order["customer"] or "")
    return address_of(account["email"] if account else None) or address_of(order["email"])


def _contacts(facts: Facts, tickets: dict[str, Any], now: datetime, expected: Expected) -> None:
    people = {address: Person() for address in _addresses(facts)}
    scanned = {t["event_id"] for ts in tickets.values() for t in ts if t["checked_in_at"]}
    for key, order in facts.orders.items():
        who, row = buyer(facts, order), in_moments(order_row(facts, key))
        if who and row["status"] in (*PAID, "refunded"):
            people[who].orders.append(row)
        for ticket in tickets[key] if row["status"] in PAID else ():
            joined = {
                **in_moments(ticket),
                "event": in_moments(ticket["event"]),
                "order": row,
                "scanned": ticket["event_id"] in scanned,
            }
            if who:
                people[who].tickets.append(joined)
            admitted = ticket["attendee_email"] or who
            if admitted in people:
                people[admitted].admissions.append(joined)
    for address, one in people.items():
        expected.contacts[address] = _contact(facts, address, one, now)


def _addresses(facts: Facts) -> set[str]:
    """Return every address: of accounts, and on orders."""
    accounts = {address_of(account["email"]) for account in facts.accounts.values()}
    written = {address_of(order["email"]) for order in facts.orders.values()}
    return {address for address in accounts | written if address}


def _contact(facts: Facts, address: str, person: Person, now: datetime) -> dict[str, Any]:
    accounts = [a for a in facts.accounts.values() if address_of(a["email"]) == address]
    written = [o for o in facts.orders.values() if address_of(o["email"]) == address]
    found: dict[str, Any] = {"email": address, "platform_customer_id": None}
    if accounts:
        found["platform_customer_id"] = accounts[0]["identifier"]
        found["preferred_language"] = accounts[0]["locale"]
        source, found["phone"] = accounts[0]["name_parts"], accounts[0]["phone"]
    else:
        # As for any guest, each fact is that of the latest order that states it.
        written.sort(key=lambda o: (o["datetime"], f"{o['event']}/{o['code']}"))
        phones = [o["phone"] for o in written if o["phone"]]
        names = [(o["invoice_address"] or {}).get("name_parts") for o in written]
        source = next((n for n in reversed(names) if n and len(n) > 1), {})
        found["phone"] = phones[-1] if phones else None
    found |= _name(source)
    return {**found, **person_metrics(person, Rules(now, RATES))}


def _name(parts: Json) -> dict[str, Any]:
    if "full_name" in parts:
        *first, last = parts["full_name"].split()
        return {"firstname": " ".join(first), "lastname": last}
    return {"firstname": parts.get("given_name"), "lastname": parts.get("family_name")}


def company_of(order: Json) -> str | None:
    """Return which company an order is for: by VAT number, else by domain, else by name."""
    address = order["invoice_address"] or {}
    if not address.get("is_business") or not address.get("company"):
        return None
    if address["vat_id"]:
        return f"vat:{address['vat_id'].upper().replace(' ', '')}"
    domain = (order["email"] or "").lower().partition("@")[2]
    if domain and domain not in FREE_MAIL:
        return f"domain:{domain}"
    return f"name:{address['company'].lower()}"


def _companies(facts: Facts, expected: Expected) -> None:
    placed: dict[str, list[Json]] = defaultdict(list)
    for order in facts.orders.values():
        if company := company_of(order):
            placed[company].append(order)
    for company, orders in placed.items():
        latest = max(orders, key=lambda o: o["last_modified"])
        address, domain = latest["invoice_address"], latest["email"].lower().partition("@")[2]
        keys = [f"{o['event']}/{o['code']}" for o in orders]
        rows = [order_row(facts, key) for key in keys]
        paid = [r for r in rows if r["status"] in PAID]
        kept = [(r["total_amount"] - r["refunded_amount"]) * RATES[r["currency"]] for r in rows
                if r["status"] in (*PAID, "refunded")]  # fmt: skip
        buyers = {buyer(facts, facts.orders[r["order_id"]]) for r in paid}
        expected.companies[f"company:{company}"] = {
            "name": address["company"],
            "domain": None if domain in FREE_MAIL else domain,
            "vat_id": address["vat_id"].upper().replace(" ", "") or None,
            "city": address["city"],
            "address": address["street"],
            "company_orders": len(paid),
            "company_buyers": len(buyers - {None}),
            "company_tickets": sum(len(tickets_of(facts, r["order_id"])) for r in paid),
            "company_lifetime_value": rounded(sum(kept, Decimal(0))) if kept else None,
        }


def _deal(facts: Facts, key: str, order: Json, tickets: list[dict[str, Any]]) -> dict[str, Any]:
    row, first = order_row(facts, key), min((_starts(t) for t in tickets), default=None)
    net = row["total_amount"] - row["refunded_amount"]
    attendees = {t["attendee_email"] or t["attendee_name"] for t in tickets}
    return {
        "order_number": order["code"],
        "dealstage": STAGES[state_of(order)],
        "amount": net,
        "deal_currency_code": row["currency"],
        "ticket_count": len(tickets),
        "sales_channel": order["sales_channel"],
        "order_refunded": money_back(order),
        "order_net_in_base_currency": rounded(net * RATES[row["currency"]]),
        "order_attendees": len(attendees - {None}),
        "order_checked_in": len([t for t in tickets if t["checked_in_at"]]),
        "order_event_date": datetime.fromisoformat(first) if first else None,
    }


def _starts(ticket: dict[str, Any]) -> str:
    return str(ticket["event"]["starts_at"])
