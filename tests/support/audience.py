"""A small platform with events and tickets, and what a portal knows of lists and events."""

from __future__ import annotations

from typing import Any

from support.messages import customer, lines, record, schema, state
from support.project import Portal, Project

STREAMS = ("customers", "events", "orders", "order_tickets")
PAST, FUTURE = "2026-03-01T19:00:00+00:00", "2099-03-01T19:00:00+00:00"


def event(number: str, **fields: Any) -> str:
    """Return the RECORD line of an event that is over."""
    given = {"event_id": number, "name": f"Gala {number}", "category": "Opera", "venue": "Ateneu"}
    return record("events", **{**given, "starts_at": PAST, "ends_at": PAST, **fields})


def ticket(number: str, who: int, event_id: str = "1", **fields: Any) -> str:
    """Return the RECORD lines of an order of one person with one ticket."""
    status = fields.pop("order_status", "paid")
    order = record(
        "orders",
        order_id=f"o{number}",
        order_number=f"N{number}",
        customer_id=str(who),
        status=status,
        currency="EUR",
        total_amount=fields.get("price", 20),
        ordered_at="2026-01-01T10:00:00+00:00",
        paid_at=fields.pop("paid_at", "2026-01-01T10:05:00+00:00"),
    )
    given = {"order_id": f"o{number}", "event_id": event_id, "ticket_type": "Standard"}
    row = {"order_ticket_id": number, "status": "valid", "price": 20, **given, **fields}
    return f"{order}\n{record('order_tickets', **row)}"


def platform(*rows: str, people: int = 3) -> str:
    """Return what a tap says of a platform with so many customers."""
    customers = [customer(number, city="Cluj") for number in range(1, people + 1)]
    return lines(*map(schema, STREAMS), *customers, *rows, state())


def mapped(project: Project, text: str) -> Project:
    """Give a project a mapping document."""
    path = project.path / "mapping.yml"
    path.write_text(text, encoding="utf-8")
    project.settings["TARGET_HUBSPOT_MAPPING"] = str(path)
    return project


def contacts(portal: Portal) -> dict[str, str]:
    """Return the ids of contacts by the part of their address before the @."""
    told: Any = portal.get("/crm/v3/objects/contacts?limit=100&properties=email")
    return {r["properties"]["email"].partition("@")[0]: r["id"] for r in told["results"]}


def lists(portal: Portal) -> dict[str, dict[str, Any]]:
    """Return the portal's lists by name."""
    told = portal.post("/crm/v3/lists/search", {"count": 500}).json()
    return {entry["name"]: entry for entry in told["lists"]}


def members(portal: Portal, name: str) -> set[str]:
    """Return who is on a list, by the part of the address before the @."""
    list_id = lists(portal)[name]["listId"]
    told: Any = portal.get(f"/crm/v3/lists/{list_id}/memberships?limit=250")
    names = {number: who for who, number in contacts(portal).items()}
    return {names[entry["recordId"]] for entry in told["results"]}


def marketing_events(portal: Portal) -> dict[str, dict[str, Any]]:
    """Return the portal's marketing events by our id."""
    told: Any = portal.get("/marketing/v3/marketing-events?limit=100")
    return {entry["externalEventId"]: entry for entry in told["results"]}


def participation(portal: Portal, number: str = "1") -> list[tuple[str, str]]:
    """Return what people did about an event, oldest first."""
    event_id = marketing_events(portal)[number]["objectId"]
    path = f"/marketing/v3/marketing-events/participations/{event_id}/breakdown?limit=100"
    told: Any = portal.get(path)
    return [
        (
            str(one["associations"]["contact"]["email"]).partition("@")[0],
            one["properties"]["attendanceState"],
        )
        for one in told["results"]
    ]


def occurrences(portal: Portal) -> list[dict[str, Any]]:
    """Return the behavioural events that the portal knows."""
    told: Any = portal.get("/events/v3/events?limit=100")
    return list(told["results"])


def break_once(portal: Portal, route: str, kind: str = "reset_after", **more: Any) -> None:
    """Let something go wrong once, on calls that match."""
    fault = {"route": route, "kind": kind, "count": 1, **more}
    portal.post("/_sandbox/faults", {"faults": [fault]}).raise_for_status()


def writes(portal: Portal) -> int:
    """Return how many calls changed something since calls were forgotten."""
    kinds = portal.stats()
    return kinds.get("write", 0) + kinds.get("provision", 0) + kinds.get("associate", 0)
