"""Marketing events and who took part in them.

https://developers.hubspot.com/docs/guides/api/marketing/marketing-events
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from hubspot_sandbox.model import values
from hubspot_sandbox.model.values import iso, record_id
from hubspot_sandbox.store.attendance import STATES, Participation
from hubspot_sandbox.store.objects import Record, Refused
from hubspot_sandbox.wire.answers import answer, batch, nothing
from hubspot_sandbox.wire.calls import Call
from hubspot_sandbox.wire.errors import ApiError, invalid, invalid_values

TYPE = "marketing_events"
MAX_INPUTS = 100
_PROPERTIES = {
    "eventName": "hs_event_name",
    "eventDescription": "hs_event_description",
    "eventType": "hs_event_type",
    "eventOrganizer": "hs_event_organizer",
    "eventUrl": "hs_event_url",
    "startDateTime": "hs_start_datetime",
    "endDateTime": "hs_end_datetime",
    "eventCancelled": "hs_event_cancelled",
    "eventCompleted": "hs_event_completed",
}
_FLAGS = ("eventCancelled", "eventCompleted")
_DOCUMENTS = "marketing_events"


def create_event(call: Call) -> Response:
    """POST /marketing-events/events."""
    with call.portal.transaction():
        return answer(_create(call, call.body))


def _create(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    required = ("eventName", "eventOrganizer", "externalAccountId", "externalEventId")
    missing = [name for name in required if not given.get(name)]
    if missing:
        raise invalid(f"Some required fields were not set: {missing}")
    account, event = str(given["externalAccountId"]), str(given["externalEventId"])
    if _find(call, account, event) is not None:
        raise ApiError(409, f"Marketing event {event} already exists", "CONFLICT")
    kind = call.portal.types.named(TYPE)
    stored = _stored(call, {"eventDescription": "", **given}, None)
    record = call.portal.objects.create(kind, stored, call.portal.now())
    call.portal.documents.put(
        _DOCUMENTS,
        record.id,
        {
            "app_id": call.grant.app_id,
            "externalAccountId": account,
            "externalEventId": event,
            "customProperties": given.get("customProperties") or [],
        },
    )
    key = _key(call.grant.app_id, account, event)
    call.portal.documents.put("marketing_event_ids", key, {"id": record.id})
    return _shown(call, record)


def _key(app_id: int, account: str, event: str) -> str:
    return f"{app_id}/{account}/{event}"


def _stored(call: Call, given: dict[str, Any], old: dict[str, str] | None) -> dict[str, str]:
    wanted = {
        _PROPERTIES[name]: str(value).lower() if name in _FLAGS else value
        for name, value in given.items()
        if name in _PROPERTIES and value is not None
    }
    try:
        return call.portal.objects.checked(call.portal.types.named(TYPE), wanted, old)
    except Refused as error:
        raise invalid_values(error.problems, call.portal.portal_id) from None


def _find(call: Call, account: str, event: str) -> Record | None:
    """Return the event that this very app made under these ids; others see none."""
    found = call.portal.documents.get(
        "marketing_event_ids", _key(call.grant.app_id, account, event)
    )
    kind = call.portal.types.named(TYPE)
    return call.portal.objects.get(kind, found["id"]) if found else None


def _event(call: Call) -> Record:
    """Return the event that the path names, by our id or by the app's own."""
    parts = call.request.path_params
    if "object_id" in parts:
        kind = call.portal.types.named(TYPE)
        record = call.portal.objects.get(kind, call.number(parts["object_id"]))
    else:
        account = call.query("externalAccountId") or str(parts.get("account") or "")
        record = _find(call, account, str(parts["event"]))
    if record is None:
        raise ApiError(404, "No marketing event was found", "OBJECT_NOT_FOUND")
    return record


def _shown(call: Call, record: Record) -> dict[str, Any]:
    kept = call.portal.documents.get(_DOCUMENTS, record.id) or {}
    told: dict[str, Any] = {
        name: record.properties.get(property_name) or None
        for name, property_name in _PROPERTIES.items()
    }
    for name in _FLAGS:
        told[name] = told[name] == "true"
    counts = call.portal.attendance.counts(record.id, over=told["eventCompleted"])
    return {
        **told,
        "objectId": str(record.id),
        "id": str(record.id),
        "externalAccountId": kept.get("externalAccountId"),
        "externalEventId": kept.get("externalEventId"),
        "customProperties": kept.get("customProperties", []),
        "registrants": counts["registered"],
        "attendees": counts["attended"],
        "cancellations": counts["cancelled"],
        "noShows": counts["noShows"],
        "createdAt": iso(record.created),
        "updatedAt": iso(record.updated),
    }


def read_event(call: Call) -> Response:
    """GET /marketing-events/events/{event}?externalAccountId= and /marketing-events/{object_id}."""
    return answer(_shown(call, _event(call)))


def list_events(call: Call) -> Response:
    """GET /marketing-events."""
    kind = call.portal.types.named(TYPE)
    limit, after = min(int(call.query("limit") or 10), 100), int(call.query("after") or 0)
    records = call.portal.objects.page(kind, after, limit + 1)
    body: dict[str, Any] = {"results": [_shown(call, record) for record in records[:limit]]}
    if len(records) > limit:
        body["paging"] = {"next": {"after": str(records[limit].id)}}
    return answer(body)


def search_events(call: Call) -> Response:
    """GET /marketing-events/events/search?q=: events whose external id is this."""
    wanted = call.query("q")
    kind = call.portal.types.named(TYPE)
    shown = [_shown(call, record) for record in call.portal.objects.all(kind)]
    return answer({"results": [one for one in shown if one["externalEventId"] == wanted]})


def change_event(call: Call) -> Response:
    """PATCH of an event."""
    with call.portal.transaction():
        return answer(_change(call, _event(call), call.body))


def replace_event(call: Call) -> Response:
    """PUT /marketing-events/events/{event}: update, or create."""
    account = str(call.body.get("externalAccountId") or call.query("externalAccountId") or "")
    with call.portal.transaction():
        record = _find(call, account, call.part("event"))
        given = {**call.body, "externalAccountId": account, "externalEventId": call.part("event")}
        return answer(_change(call, record, given) if record else _create(call, given))


def _change(call: Call, record: Record, given: dict[str, Any]) -> dict[str, Any]:
    kind = call.portal.types.named(TYPE)
    stored = _stored(call, given, record.properties)
    call.portal.objects.update(kind, record, stored, call.portal.now())
    if "customProperties" in given:
        kept = call.portal.documents.get(_DOCUMENTS, record.id) or {}
        named = {one["name"]: one for one in kept.get("customProperties", [])}
        named |= {one["name"]: one for one in given["customProperties"] or []}
        changed = {**kept, "customProperties": list(named.values())}
        call.portal.documents.put(_DOCUMENTS, record.id, changed)
    return _shown(call, record)


def upsert_events(call: Call) -> Response:
    """POST /marketing-events/events/upsert."""
    results = []
    with call.portal.transaction():
        for entry in call.inputs(MAX_INPUTS):
            account, event = str(entry["externalAccountId"]), str(entry["externalEventId"])
            record = _find(call, account, event)
            results.append(_change(call, record, entry) if record else _create(call, entry))
    return answer(batch(results, call.portal.now()))


def update_batch(call: Call) -> Response:
    """POST /marketing-events/batch/update, by object id."""
    kind, results = call.portal.types.named(TYPE), []
    with call.portal.transaction():
        for entry in call.inputs(MAX_INPUTS):
            record = call.portal.objects.get(kind, call.number(entry["objectId"]))
            if record is not None:
                results.append(_change(call, record, entry))
    return answer(batch(results, call.portal.now()))


def delete_event(call: Call) -> Response:
    """DELETE of an event."""
    with call.portal.transaction():
        _delete(call, _event(call))
    return nothing()


def delete_events(call: Call) -> Response:
    """POST /marketing-events/events/delete, by the app's own ids."""
    with call.portal.transaction():
        for entry in call.inputs(MAX_INPUTS):
            account, event = str(entry["externalAccountId"]), str(entry["externalEventId"])
            record = _find(call, account, event)
            if record is not None:
                _delete(call, record)
    return nothing()


def archive_batch(call: Call) -> Response:
    """POST /marketing-events/batch/archive, by object id."""
    kind = call.portal.types.named(TYPE)
    with call.portal.transaction():
        for entry in call.inputs(MAX_INPUTS):
            record = call.portal.objects.get(kind, call.number(entry["objectId"]))
            if record is not None:
                _delete(call, record)
    return nothing()


def _delete(call: Call, record: Record) -> None:
    kept = call.portal.documents.get(_DOCUMENTS, record.id)
    if kept is not None:
        key = _key(kept["app_id"], kept["externalAccountId"], kept["externalEventId"])
        call.portal.documents.remove("marketing_event_ids", key)
    call.portal.objects.archive(call.portal.types.named(TYPE), [record.id], call.portal.now())
    call.portal.attendance.drop(record.id)


def cancel_event(call: Call) -> Response:
    """POST /marketing-events/events/{event}/cancel."""
    with call.portal.transaction():
        return answer(_change(call, _event(call), {"eventCancelled": True}))


def complete_event(call: Call) -> Response:
    """POST /marketing-events/events/{event}/complete."""
    times = {name: call.body[name] for name in ("startDateTime", "endDateTime")}
    with call.portal.transaction():
        return answer(_change(call, _event(call), {**times, "eventCompleted": True}))


def identifiers(call: Call) -> Response:
    """GET /marketing-events/{event}/identifiers."""
    shown = _shown(call, _event(call))
    names = ("objectId", "externalAccountId", "externalEventId", "eventName")
    return answer({"results": [{name: shown[name] for name in names}]})


def attend(call: Call) -> Response:
    """POST …/attendance/…/{state}/create and /email-create.

    By e-mail, people that the portal does not know become contacts.
    """
    record, state = _event(call), _state(call)
    by_email = call.request.url.path.rstrip("/").endswith("email-create")
    results = []
    with call.portal.transaction():
        for entry in call.inputs(MAX_INPUTS):
            contact = _by_email(call, entry) if by_email else _by_id(call, entry)
            at = int(entry["interactionDateTime"])
            given = entry.get("properties") or {}
            call.portal.attendance.add(Participation(record.id, contact.id, at, state, given))
            results.append({"vid": contact.id, "email": contact.properties.get("email")})
    return answer(batch(results, call.portal.now()))


def _state(call: Call) -> str:
    word = call.part("state").upper()
    if word in STATES:
        return STATES[word]
    if word in STATES.values():
        return word
    raise invalid(f"{call.part('state')} is no attendance state: register, attend, cancel")


def _by_email(call: Call, entry: dict[str, Any]) -> Record:
    kind = call.portal.types.named("contacts")
    try:
        address = values.email(str(entry["email"]))
    except values.Invalid as error:
        raise invalid(str(error)) from None
    record_id = call.portal.objects.find(kind, "email", address)
    record = call.portal.objects.get(kind, record_id) if record_id else None
    if record is not None:
        return record
    given = {"email": address, **(entry.get("contactProperties") or {})}
    try:
        stored = call.portal.objects.checked(kind, given, None)
    except Refused as error:
        raise invalid_values(error.problems, call.portal.portal_id) from None
    return call.portal.objects.create(kind, stored, call.portal.now())


def _by_id(call: Call, entry: dict[str, Any]) -> Record:
    kind = call.portal.types.named("contacts")
    number = call.portal.merges.leads_to(kind, int(entry["vid"]))
    record = call.portal.objects.get(kind, number)
    if record is None:
        raise ApiError(404, f"Contact {entry['vid']} does not exist", "OBJECT_NOT_FOUND")
    return record


def counters(call: Call) -> Response:
    """GET /marketing-events/participations/{account}/{event} and /participations/{object_id}."""
    record = _event(call)
    over = record.properties.get("hs_event_completed") == "true"
    return answer(call.portal.attendance.counts(record.id, over=over))


def breakdown(call: Call) -> Response:
    """GET …/participations/…/breakdown: what each person did about an event."""
    return _participations(call, call.portal.attendance.of_event(_event(call).id))


def contact_breakdown(call: Call) -> Response:
    """GET /marketing-events/participations/contacts/{contact}/breakdown."""
    kind, given = call.portal.types.named("contacts"), call.part("contact")
    by_email = "@" in given
    number = call.portal.objects.find(kind, "email", given) if by_email else record_id(given)
    if number is None:
        raise ApiError(404, "No contact was found", "OBJECT_NOT_FOUND")
    return _participations(call, call.portal.attendance.of_contact(number))


def _participations(call: Call, all_of_them: list[Participation]) -> Response:
    wanted = call.query("state")
    found = [one for one in all_of_them if wanted in (None, one.state)]
    limit, start = min(int(call.query("limit") or 10), 100), int(call.query("after") or 0)
    body: dict[str, Any] = {
        "total": len(found),
        "results": [_participation(call, one) for one in found[start : start + limit]],
    }
    if start + limit < len(found):
        body["paging"] = {"next": {"after": str(start + limit)}}
    return answer(body)


def _participation(call: Call, one: Participation) -> dict[str, Any]:
    types, objects = call.portal.types, call.portal.objects
    event = objects.get(types.named(TYPE), one.event)
    contact = objects.get(types.named("contacts"), one.contact)
    kept = call.portal.documents.get(_DOCUMENTS, one.event) or {}
    person = contact.properties if contact else {}
    return {
        "id": f"{one.event}-{one.contact}-{one.at}",
        "createdAt": iso(one.at),
        "associations": {
            "marketingEvent": {
                "marketingEventId": str(one.event),
                "externalAccountId": kept.get("externalAccountId"),
                "externalEventId": kept.get("externalEventId"),
                "name": event.properties.get("hs_event_name") if event else None,
            },
            "contact": {
                "contactId": str(one.contact),
                "email": person.get("email"),
                "firstname": person.get("firstname"),
                "lastname": person.get("lastname"),
            },
        },
        "properties": {
            "occurredAt": one.at,
            "attendanceState": one.state,
            "attendancePercentage": None,
            "attendanceDurationSeconds": None,
        },
    }
