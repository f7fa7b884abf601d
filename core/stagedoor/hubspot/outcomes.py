"""Matches the results of a batch to its changes; never by position, since HubSpot shuffles.

Successes carry the trace id, or the id, or the match value; errors name trace ids or ids.
https://developers.hubspot.com/docs/reference/api/other-resources/error-handling
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from stagedoor.hubspot.responses import Response, existing_id, invalid_properties
from stagedoor.model import (
    Action,
    Change,
    ObjectBatch,
    Outcome,
    Pair,
    PairOutcome,
    Refusal,
    Status,
)

GONE = "OBJECT_GONE"
TAKEN = "VALUE_TAKEN"


def outcomes_of(batch: ObjectBatch, payload: Mapping[str, Any]) -> dict[int, Outcome]:
    """Return the outcomes that the payload of a 200, 201 or 207 tells, by index of the change."""
    index = _index(batch)
    found: dict[int, Outcome] = {}
    for result in payload.get("results") or ():
        position = _position(index, batch, result)
        if position is not None:
            found[position] = _written(batch.changes[position], batch.action, result)
    for error in payload.get("errors") or ():
        for position in _erroneous(index, error):
            found.setdefault(position, refused(batch.changes[position], error))
    return found


def _index(batch: ObjectBatch) -> dict[tuple[str, str], int]:
    index: dict[tuple[str, str], int] = {}
    for position, change in enumerate(batch.changes):
        index["trace", str(position)] = position
        index["match", normal(change.match_value)] = position
        if change.hubspot_id is not None:
            index["id", change.hubspot_id] = position
    return index


def normal(value: str) -> str:
    """Return a match value as HubSpot compares it."""
    return value.strip().lower()


def _position(
    index: Mapping[tuple[str, str], int], batch: ObjectBatch, result: Mapping[str, Any]
) -> int | None:
    properties = result.get("properties") or {}
    candidates = (
        ("trace", str(result.get("objectWriteTraceId"))),
        ("id", str(result.get("id"))),
        ("match", normal(str(properties.get(batch.match_property) or ""))),
    )
    return next((index[c] for c in candidates if c in index), None)


def _written(change: Change, action: Action, result: Mapping[str, Any]) -> Outcome:
    created = action is Action.CREATE and result.get("new", True)
    return Outcome(
        change.ref,
        Status.CREATED if created else Status.UPDATED,
        hubspot_id=str(result["id"]),
        returned={
            name: None if value is None else str(value)
            for name, value in (result.get("properties") or {}).items()
            if name in change.after
        },
        written_at=instant(result.get("updatedAt")),
    )


def instant(text: object) -> datetime | None:
    """Return a time of HubSpot's; nothing where it says none."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _erroneous(index: Mapping[tuple[str, str], int], error: Mapping[str, Any]) -> Iterator[int]:
    context = error.get("context") or {}
    for kind, name in (("trace", "objectWriteTraceId"), ("id", "ids"), ("id", "id")):
        for value in context.get(name) or ():
            position = index.get((kind, str(value)), index.get(("match", normal(str(value)))))
            if position is not None:
                yield position


def refused(change: Change, error: Mapping[str, Any] | Response) -> Outcome:
    """Return the outcome of a change that HubSpot refused."""
    payload = error.payload if isinstance(error, Response) else error
    payload = payload if isinstance(payload, Mapping) else {}
    message = str(payload.get("message") or "")
    if isinstance(error, Response) and not message:
        message = error.message
    category = payload.get("category")
    if change.hubspot_id is not None and _is_gone(error, str(category), message):
        return gone(change)
    listed = invalid_properties(message)
    refusal = Refusal(
        code=str(listed[0].get("error")) if listed else str(category or "REJECTED"),
        message=_sentence(listed) or message,
        advice=_advice(listed, message),
        properties=tuple(str(item.get("name")) for item in listed),
        category=str(category) if category else None,
        correlation_id=payload.get("correlationId"),
    )
    return Outcome(change.ref, Status.REJECTED, refusal=refusal)


def _is_gone(error: Mapping[str, Any] | Response, category: str, message: str) -> bool:
    if category == "OBJECT_NOT_FOUND":
        return True
    return isinstance(error, Response) and error.status == 404 and "not found" in message.lower()


def gone(change: Change) -> Outcome:
    """Return the outcome of an update whose object HubSpot no longer has."""
    refusal = Refusal(
        GONE,
        f"HubSpot no longer has object {change.hubspot_id}.",
        "It was deleted or merged in HubSpot; it is found by its match key, or made again.",
    )
    return Outcome(change.ref, Status.DEFERRED, refusal=refusal)


def taken(change: Change, response: Response) -> Outcome:
    """Return the outcome of an update whose new match value belongs to another object."""
    refusal = Refusal(
        TAKEN,
        f"Another HubSpot object has this {change.match_property}: {response.message}",
        "If that object gives the value up, the next run succeeds; otherwise merge the two.",
        properties=(change.match_property,),
        category=response.category,
        correlation_id=response.correlation_id,
    )
    return Outcome(change.ref, Status.DEFERRED, hubspot_id=change.hubspot_id, refusal=refusal)


def deferred(change: Change, why: str) -> Outcome:
    """Return the outcome of a change that HubSpot did not account for."""
    refusal = Refusal(
        "UNACCOUNTED", why, "The next run sends it again; look in HubSpot if this repeats."
    )
    return Outcome(change.ref, Status.DEFERRED, refusal=refusal)


def pairs_made(payload: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Return the ids of the pairs that an answer says were associated."""
    results = payload.get("results") or ()
    return {(str(_end(result, "from")), str(_end(result, "to"))) for result in results}


def _end(result: Mapping[str, Any], side: str) -> object:
    """Return the id of one end of a result, in either of HubSpot's spellings."""
    end = result.get(side)
    return end.get("id") if isinstance(end, dict) else result.get(f"{side}ObjectId")


def pair_refused(pair: Pair, response: Response) -> PairOutcome:
    """Return the outcome of a pair that HubSpot refused."""
    refusal = Refusal(
        code=response.category or "ASSOCIATION_REFUSED",
        message=f"{pair.from_ref} was not associated with {pair.to_ref}: {response.message}",
        advice="Look whether both records still exist in HubSpot; the next run tries again.",
        category=response.category,
        correlation_id=response.correlation_id,
    )
    return PairOutcome(pair, Status.REJECTED, refusal)


def _sentence(listed: list[dict[str, Any]]) -> str:
    return " ".join(str(item.get("message", "")).rstrip(".") + "." for item in listed)


_ADVICE = {
    "PROPERTY_DOESNT_EXIST": "Make it with `stagedoor provision apply`, or unmap it.",
    "INVALID_OPTION": "Add the option in HubSpot, or map the value with `values`.",
    "INVALID_EMAIL": "Correct the address on the platform.",
    "READ_ONLY_VALUE": "Take the property out of the mapping; HubSpot computes it.",
    "CONFLICTING_UNIQUE_VALUE": "Another object has this value; merge the two in HubSpot.",
}


def _advice(listed: list[dict[str, Any]], message: str) -> str:
    if listed:
        default = "Correct the value on the platform, or change the property's mapping."
        return _ADVICE.get(str(listed[0].get("error")), default)
    if existing := existing_id(message):
        return f"HubSpot object {existing} has this value already; merge or correct it there."
    return "Correct what HubSpot names, then replay the letter."
