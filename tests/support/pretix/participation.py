"""Who takes part in pretix's events: by pretix's JSON, and by what a portal was told.

Nothing of Stagedoor is imported: this follows docs/mapping.md and docs/platforms/pretix.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from support.audience import marketing_events
from support.pretix.client import Json
from support.pretix.facts import Facts, state_of
from support.pretix.oracle import address_of, buyer
from support.project import Portal

Told = dict[tuple[str, str], list[str]]
"""By event and address, what somebody did about it, oldest first."""


def told(portal: Portal) -> Told:
    """Return what a portal knows."""
    known: Told = defaultdict(list)
    for number, event in marketing_events(portal).items():
        for one in _breakdown(portal, event["objectId"]):
            who = str(one["associations"]["contact"]["email"])
            known[number, who].append(one["properties"]["attendanceState"])
    return dict(known)


def _breakdown(portal: Portal, event_id: str) -> Iterator[dict[str, Any]]:
    path, after = f"/marketing/v3/marketing-events/participations/{event_id}/breakdown", ""
    while after is not None:
        page: Any = portal.get(f"{path}?limit=100&after={after or 0}")
        yield from page["results"]
        after = page.get("paging", {}).get("next", {}).get("after")


def expected(facts: Facts, contacts: set[str]) -> Told:
    """Return what must be known of everybody at once: registered, and what came of it."""
    tickets: dict[tuple[str, str], list[tuple[bool, bool]]] = defaultdict(list)
    for order in facts.orders.values():
        for position in order["positions"] if _was_paid(order) else ():
            who = address_of(position["attendee_email"]) or buyer(facts, order)
            if facts.items[position["item"]]["admission"] and who in contacts:
                tickets[_event(order, position), who].append(_kept(order, position))
    return {pair: _did(kept) for pair, kept in tickets.items()}


def events(facts: Facts) -> set[str]:
    """Return the events that are to be marketing events: of a series, its dates."""
    alone = {slug for slug, event in facts.events.items() if not event["has_subevents"]}
    return alone | {f"{date['event']}/{number}" for number, date in facts.dates.items()}


def _was_paid(order: Json) -> bool:
    came = [p for p in order["payments"] if p["state"] in ("confirmed", "refunded")]
    return order["status"] == "p" or (order["status"] == "c" and bool(came))


def _event(order: Json, position: Json) -> str:
    return str(order["event"]) + (f"/{position['subevent']}" if position["subevent"] else "")


def _kept(order: Json, position: Json) -> tuple[bool, bool]:
    """Return whether a ticket is held, and whether somebody ever came in with it."""
    held = state_of(order) in ("paid", "partially_refunded") and not position["canceled"]
    return held, any(c["type"] == "entry" for c in position["checkins"])


def _did(kept: list[tuple[bool, bool]]) -> list[str]:
    if any(came for _, came in kept):
        return ["REGISTERED", "ATTENDED"]
    return ["REGISTERED"] if any(held for held, _ in kept) else ["REGISTERED", "CANCELLED"]
