"""Communication preferences: who wants which kind of mail.

https://developers.hubspot.com/docs/guides/api/marketing/subscriptions-preferences
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from hubspot_sandbox.model.values import iso
from hubspot_sandbox.wire.answers import answer
from hubspot_sandbox.wire.calls import Call
from hubspot_sandbox.wire.errors import ApiError, invalid

_KIND = "subscription_statuses"
STATES = ("SUBSCRIBED", "UNSUBSCRIBED", "NOT_SPECIFIED")
TYPES = (
    (39644612, "Marketing Information", "Offers and news of events.", "Marketing"),
    (39644613, "One to One", "Letters from one person to another.", "Sales"),
    (39644614, "Event updates", "Changes of events that one has tickets for.", "Service"),
)
MAX_INPUTS = 100


def definitions(call: Call) -> Response:
    """GET /communication-preferences/definitions."""
    dates = {"createdAt": iso(1_577_836_800_000), "updatedAt": iso(1_577_836_800_000)}
    results = [
        {
            "id": str(number),
            "businessUnitId": 0,
            "name": name,
            "description": description,
            "purpose": purpose,
            "communicationMethod": "Email",
            "isActive": True,
            "isDefault": number == TYPES[0][0],
            "isInternal": number == TYPES[1][0],
            **dates,
        }
        for number, name, description, purpose in TYPES
    ]
    return answer({**_envelope(call), "results": results})


def _envelope(call: Call) -> dict[str, Any]:
    now = iso(call.portal.now())
    return {"status": "COMPLETE", "startedAt": now, "completedAt": now}


def read_statuses(call: Call) -> Response:
    """GET /communication-preferences/statuses/{email}."""
    address = call.part("email").lower()
    results = [_status(call, address, number) for number, *_ in TYPES]
    return answer({**_envelope(call), "results": results})


def write_status(call: Call) -> Response:
    """POST /communication-preferences/statuses/{email}."""
    with call.portal.transaction():
        status = _write(call, call.part("email").lower(), call.body)
    return answer({**_envelope(call), "results": [status]})


def write_batch(call: Call) -> Response:
    """POST /communication-preferences/statuses/batch/write."""
    results, errors = [], []
    with call.portal.transaction():
        for entry in call.inputs(MAX_INPUTS):
            try:
                results.append(_write(call, str(entry["subscriberIdString"]).lower(), entry))
            except ApiError as error:
                errors.append(error.body)
    return answer(_batch(call, results, errors), 207 if errors else 200)


def read_batch(call: Call) -> Response:
    """POST /communication-preferences/statuses/batch/read."""
    results = [
        {
            "subscriberIdString": address,
            "statuses": [_status(call, address, number) for number, *_ in TYPES],
        }
        for address in (str(a["subscriberIdString"]).lower() for a in call.inputs(MAX_INPUTS))
    ]
    return answer(_batch(call, results, []))


def unsubscribe_all(call: Call) -> Response:
    """POST /communication-preferences/statuses/{email}/unsubscribe-all."""
    address = call.part("email").lower()
    with call.portal.transaction():
        for number, *_ in TYPES:
            _keep(call, address, number, {"statusState": "UNSUBSCRIBED"})
        _opt_out(call, address)
    shown = [_status(call, address, number) for number, *_ in TYPES] if call.flag("verbose") else []
    return answer({**_envelope(call), "results": shown})


def _batch(call: Call, results: list[Any], errors: list[Any]) -> dict[str, Any]:
    more = {"numErrors": len(errors), "errors": errors} if errors else {}
    return {**_envelope(call), "results": results, **more}


def _write(call: Call, address: str, given: dict[str, Any]) -> dict[str, Any]:
    number, state = int(given.get("subscriptionId") or 0), given.get("statusState")
    if number not in {known for known, *_ in TYPES}:
        raise ApiError(404, f"subscription {number} does not exist", "OBJECT_NOT_FOUND")
    if state not in STATES:
        raise invalid(f"statusState is one of {', '.join(STATES)}")
    before = call.portal.documents.get(_KIND, f"{address}/{number}") or {}
    if before.get("statusState") == "UNSUBSCRIBED" and state == "SUBSCRIBED":
        raise invalid(
            f"subscription {number} for {address} cannot be updated because they have unsubscribed"
        )
    _keep(call, address, number, given)
    return _status(call, address, number)


def _keep(call: Call, address: str, number: int, given: dict[str, Any]) -> None:
    names = ("statusState", "legalBasis", "legalBasisExplanation")
    body = {**{n: given.get(n) for n in names}, "at": call.portal.now()}
    call.portal.documents.put(_KIND, f"{address}/{number}", body)


def _status(call: Call, address: str, number: int) -> dict[str, Any]:
    kept = call.portal.documents.get(_KIND, f"{address}/{number}") or {}
    return {
        "businessUnitId": 0,
        "channel": "EMAIL",
        "subscriberIdString": address,
        "subscriptionId": number,
        "subscriptionName": next(name for known, name, *_ in TYPES if known == number),
        "status": kept.get("statusState") or "NOT_SPECIFIED",
        "source": "PUBLIC_API" if kept else "",
        "legalBasis": kept.get("legalBasis"),
        "legalBasisExplanation": kept.get("legalBasisExplanation"),
        "setStatusSuccessReason": None,
        "timestamp": iso(kept.get("at", 0)),
    }


def _opt_out(call: Call, address: str) -> None:
    """Mark the contact, whose property only the portal itself may write."""
    kind = call.portal.types.named("contacts")
    record_id = call.portal.objects.find(kind, "email", address)
    record = call.portal.objects.get(kind, record_id) if record_id else None
    if record is not None:
        call.portal.objects.update(kind, record, {"hs_email_optout": "true"}, call.portal.now())
