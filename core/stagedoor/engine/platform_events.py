"""What a platform tells as it happens: read, checked, and turned into rows of its streams; pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from stagedoor.arrivals import Arrival
from stagedoor.engine.records import RecordCheck
from stagedoor.streams import STREAMS

SOURCE = "platform"

EVENT_TYPES: Mapping[str, str] = {
    "customer.created": "customers",
    "customer.updated": "customers",
    "order.completed": "orders",
    "order.changed": "orders",
    "company.purchase": "companies",
    "registration.completed": "registrations",
    "support_request.created": "support_requests",
    "support_request.updated": "support_requests",
}
"""Types of events, and the stream of what each is about."""

_SINGULARS: Mapping[str, str] = {
    "customer": "customers",
    "company": "companies",
    "event": "events",
    "order": "orders",
    "order_ticket": "order_tickets",
    "registration": "registrations",
    "support_request": "support_requests",
}

MOST_EVENTS = 100
MOST_ROWS = 1_000
"""Rows of one event."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with an event."""

    field: str
    """Where: `0.data.order.total_amount`."""
    message: str


class Unreadable(ValueError):
    """A body that holds something else than events."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        """Keep what is wrong, field by field."""
        super().__init__(f"{len(mistakes)} mistakes")
        self.mistakes = tuple(mistakes)


@dataclass(frozen=True, slots=True)
class PlatformEvent:
    """Something that happened on the platform, with the rows that it left changed."""

    event_id: str
    type: str
    occurred_at: str
    rows: Mapping[str, tuple[Row, ...]]
    """By stream. Fields that a row leaves out stay as they are."""

    @property
    def subject(self) -> tuple[str, str]:
        """Stream and key of what the event is about."""
        stream = EVENT_TYPES[self.type]
        return stream, str(self.rows[stream][0][STREAMS[stream].key])

    def arrival(self) -> Arrival:
        """Return the event as the inbox keeps it."""
        stream, key = self.subject
        payload = json.dumps({"rows": self.rows}, ensure_ascii=False)
        return Arrival(
            SOURCE, self.event_id, self.type, stream, key[:255], self.occurred_at, payload
        )


def rows_of(arrival: Arrival) -> dict[str, list[Row]]:
    """Return the rows that an arrival brings, by stream."""
    told = json.loads(arrival.payload)["rows"]
    return {str(stream): list(rows) for stream, rows in told.items()}


def read_events(body: bytes) -> list[PlatformEvent]:
    """Return the events in a body: one, or an array of up to 100.

    Raises:
        Unreadable: With every mistake; then none of the events should be taken.
    """
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable([Mistake("(body)", "is not JSON")]) from None
    given = content if isinstance(content, list) else [content]
    if not 1 <= len(given) <= MOST_EVENTS:
        raise Unreadable([Mistake("(body)", f"holds no, or more than {MOST_EVENTS}, events")])
    mistakes: list[Mistake] = []
    events = [_read(str(place), event, mistakes) for place, event in enumerate(given)]
    if mistakes:
        raise Unreadable(mistakes)
    return [event for event in events if event is not None]


def _read(place: str, given: Any, mistakes: list[Mistake]) -> PlatformEvent | None:
    if not isinstance(given, dict):
        mistakes.append(Mistake(place, "is not an object"))
        return None
    before = len(mistakes)
    mistakes += _head_mistakes(place, given)
    if len(mistakes) > before:
        return None
    occurred_at = _utc(given["occurred_at"])
    rows: dict[str, tuple[Row, ...]] = {}
    for name, value in given["data"].items():
        stream = _SINGULARS.get(name, name)
        listed = value if isinstance(value, list) else [value]
        where = f"{place}.data.{name}"
        if stream not in STREAMS or (name in _SINGULARS and isinstance(value, list)):
            mistakes.append(Mistake(where, f"is none of {', '.join((*_SINGULARS, *STREAMS))}"))
            continue
        checked = [_row(f"{where}", stream, row, occurred_at, mistakes) for row in listed]
        rows[stream] = (*rows.get(stream, ()), *checked)
    subject = EVENT_TYPES[given["type"]]
    if not rows.get(subject):
        mistakes.append(Mistake(f"{place}.data", f"lacks what a {given['type']} is about"))
    if sum(map(len, rows.values())) > MOST_ROWS:
        mistakes.append(Mistake(f"{place}.data", f"has more than {MOST_ROWS} rows"))
    if len(mistakes) > before:
        return None
    return PlatformEvent(given["id"], given["type"], occurred_at, rows)


def _head_mistakes(place: str, given: Mapping[str, Any]) -> Iterator[Mistake]:
    event_id, type_ = given.get("id"), given.get("type")
    if not isinstance(event_id, str) or not 1 <= len(event_id) <= 200:
        yield Mistake(f"{place}.id", "must be a text of up to 200 characters, new for each event")
    if type_ not in EVENT_TYPES:
        yield Mistake(f"{place}.type", f"must be one of {', '.join(EVENT_TYPES)}")
    if not isinstance(given.get("occurred_at"), str) or _instant(given["occurred_at"]) is None:
        yield Mistake(f"{place}.occurred_at", "must be a time such as 2026-01-31T12:00:00Z")
    if not isinstance(given.get("data"), dict):
        yield Mistake(f"{place}.data", "must be an object with what the event is about")
    for name in sorted(set(given) - {"id", "type", "occurred_at", "data"}):
        yield Mistake(f"{place}.{name[:50]}", "is not a field of events")


def _row(where: str, stream: str, given: Any, occurred_at: str, mistakes: list[Mistake]) -> Row:
    """Return a row with the time of its change, which is the event's unless it says otherwise."""
    if not isinstance(given, dict):
        mistakes.append(Mistake(where, "is not an object"))
        return {}
    row = {"updated_at": occurred_at, **given}
    fields = {field.name: field for field in STREAMS[stream].fields}
    strangers = sorted(set(row) - set(fields))
    mistakes += [Mistake(f"{where}.{n[:50]}", f"is not a field of {stream}") for n in strangers]
    key = STREAMS[stream].key
    problem = (key, "") if key not in row else _check(stream).problem(row)
    if problem is not None:
        # Not the validator's own words: they quote the value.
        wanted = fields[problem[0]].type if problem[0] in fields else "there"
        mistakes.append(Mistake(f"{where}.{problem[0]}", f"must be {wanted}"))
    elif not str(row[key]).strip():
        mistakes.append(Mistake(f"{where}.{key}", "must not be empty"))
    for name, value in row.items():
        if name in fields and fields[name].type == "timestamp" and value is not None:
            if not isinstance(value, str) or _instant(value) is None:
                mistakes.append(Mistake(f"{where}.{name}", "must be a time in ISO 8601"))
            else:
                row[name] = _utc(value)
    return row


@cache
def _check(stream: str) -> RecordCheck:
    spec = STREAMS[stream]
    return RecordCheck(stream, {**spec.json_schema(), "required": [spec.key, "updated_at"]})


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _utc(text: str) -> str:
    found = _instant(text)
    return found.astimezone(UTC).isoformat() if found else text
