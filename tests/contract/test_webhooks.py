"""Webhooks, subscribed to by HubSpot's own client, received by a server of ours.

https://developers.hubspot.com/docs/guides/api/app-management/webhooks
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import Any

import httpx
import pytest
from hubspot import HubSpot
from hubspot.crm.contacts import PublicGdprDeleteInput, PublicMergeInput, SimplePublicObjectInput
from hubspot.utils.signature import Signature
from hubspot.webhooks import (
    ApiException,
    BatchInputSubscriptionBatchUpdateRequest,
    SettingsChangeRequest,
    SubscriptionCreateRequest,
    SubscriptionPatchRequest,
    ThrottlingSettings,
)

from support.project import Portal

APP, SECRET = 1, "sandbox-secret"
WAIT = 30


@dataclass
class Receiver:
    """What came in, and how to answer."""

    url: str = ""
    got: Queue[tuple[dict[str, str], bytes]] = field(default_factory=Queue)
    answers: list[int] = field(default_factory=list)
    """Statuses of the next answers; 200 when there is none left."""

    def next(self) -> tuple[dict[str, str], list[dict[str, Any]]]:
        """Return the next delivery: headers and events."""
        headers, body = self.got.get(timeout=WAIT)
        return headers, json.loads(body)

    def events(self, count: int) -> list[dict[str, Any]]:
        """Return events until there are so many."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            found += self.next()[1]
        return found


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A server on loopback that remembers what it is sent."""
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status = kept.answers.pop(0) if kept.answers else 200
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()
            kept.got.put(({name.lower(): value for name, value in self.headers.items()}, body))

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    kept.url = f"http://127.0.0.1:{server.server_address[1]}/hooks?portal=1"
    yield kept
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def hooks(shared: Portal, hubspot: Any, receiver: Receiver) -> Any:
    """The webhooks client of the app's developer; deliveries go to the receiver."""
    assert hubspot
    client = HubSpot(api_key="developer-sandbox", host=shared.sandbox.url)
    client.webhooks.settings_api.configure(
        APP,
        SettingsChangeRequest(
            target_url=receiver.url,
            throttling=ThrottlingSettings(max_concurrent_requests=10),
        ),
    )
    return client.webhooks


def subscribe(hooks: Any, event_type: str, *, active: bool = True, **more: str) -> Any:
    request = SubscriptionCreateRequest(event_type=event_type, active=active, **more)
    return hooks.subscriptions_api.create(APP, request)


def test_settings_are_kept_and_cleared(hooks: Any, receiver: Receiver) -> None:
    assert hooks.settings_api.get_all(APP).target_url == receiver.url
    hooks.settings_api.clear(APP)
    with pytest.raises(ApiException) as error:
        hooks.settings_api.get_all(APP)
    assert error.value.status == 404


def test_subscriptions_are_made_paused_changed_and_deleted(hooks: Any) -> None:
    api = hooks.subscriptions_api
    made = subscribe(hooks, "contact.creation", active=False)
    assert made.active is False
    api.update(made.id, APP, SubscriptionPatchRequest(active=True))
    assert api.get_by_id(made.id, APP).active is True
    batch = BatchInputSubscriptionBatchUpdateRequest(inputs=[{"id": made.id, "active": False}])
    assert [s.active for s in api.update_batch(APP, batch).results] == [False]
    api.archive(made.id, APP)
    assert api.get_all(APP).results == []


@pytest.mark.parametrize(
    "given",
    [
        {"eventType": "contact.laughter"},
        {"eventType": "contact.propertyChange"},
        {"eventType": "object.creation"},
    ],
)
def test_a_subscription_that_lacks_something_is_refused(
    raw: httpx.Client, hooks: Any, given: dict[str, str]
) -> None:
    assert hooks
    answer = raw.post(f"/webhooks/v3/{APP}/subscriptions", json=given)
    assert answer.status_code == 400


def test_all_types_of_the_documents_can_be_subscribed_to(raw: httpx.Client, hooks: Any) -> None:
    assert hooks
    kinds = [f"{o}.{a}" for o in OBJECTS for a in ACTIONS]
    for kind in [*kinds, "contact.privacyDeletion", "conversation.newMessage", "event.completed"]:
        given = {"eventType": kind, "propertyName": "email", "objectTypeId": "0-1"}
        answer = raw.post(f"/webhooks/2026-09/{APP}/subscriptions", json=given)
        assert answer.status_code == 201, kind


OBJECTS = ("contact", "company", "deal", "ticket", "line_item", "object")
ACTIONS = ("creation", "deletion", "merge", "restore", "propertyChange", "associationChange")


def test_a_creation_is_told(hooks: Any, receiver: Receiver, hubspot: Any, shared: Portal) -> None:
    made = subscribe(hooks, "contact.creation")
    (number,) = create(hubspot, 1)
    (event,) = receiver.events(1)
    assert event["objectId"] == int(number)
    assert event["subscriptionType"] == "contact.creation"
    assert event["subscriptionId"] == int(made.id)
    assert (event["portalId"], event["appId"]) == (shared.sandbox.portal_id, APP)
    assert (event["changeFlag"], event["changeSource"]) == ("NEW", "INTEGRATION")
    assert event["attemptNumber"] == 0


def create(hubspot: Any, count: int) -> list[str]:
    from hubspot.crm.contacts import (
        BatchInputSimplePublicObjectBatchInputForCreate as Batch,
    )

    inputs = [
        {"properties": {"email": f"ana{n}@example.com"}, "associations": []} for n in range(count)
    ]
    made = hubspot.crm.contacts.batch_api.create(Batch(inputs=inputs)).results
    return sorted(record.id for record in made)


def test_a_property_s_change_is_told_to_its_own_subscription_only(
    hooks: Any, receiver: Receiver, hubspot: Any
) -> None:
    (number,) = create(hubspot, 1)
    subscribe(hooks, "contact.propertyChange", property_name="city")
    api = hubspot.crm.contacts.basic_api
    for city in ("Cluj", "Cluj", "Iași"):
        values = {"city": city, "firstname": "Ana"}
        api.update(number, SimplePublicObjectInput(properties=values))
    events = receiver.events(2)  # in any order: each may travel by itself
    assert sorted((e["propertyName"], e["propertyValue"]) for e in events) == [
        ("city", "Cluj"),
        ("city", "Iași"),
    ]
    assert receiver.got.empty()


def test_a_person_s_edit_tells_its_source(
    hooks: Any, receiver: Receiver, hubspot: Any, shared: Portal
) -> None:
    (number,) = create(hubspot, 1)
    subscribe(hooks, "contact.propertyChange", property_name="city")
    edit = {"object_type": "contacts", "id": number, "properties": {"city": "Cluj"}}
    shared.post("/_sandbox/edit", edit).raise_for_status()
    (event,) = receiver.events(1)
    assert event["changeSource"] == "CRM_UI"


def test_deletion_restoration_merge_and_erasure_are_told(
    hooks: Any, receiver: Receiver, hubspot: Any, shared: Portal
) -> None:
    first, second, third = create(hubspot, 3)
    for action in ("deletion", "restore", "merge", "privacyDeletion"):
        subscribe(hooks, f"contact.{action}")
    api = hubspot.crm.contacts
    api.basic_api.archive(first)
    shared.post("/_sandbox/restore", {"object_type": "contacts", "id": first}).raise_for_status()
    merge = PublicMergeInput(primary_object_id=first, object_id_to_merge=second)
    merged = (getattr(api.basic_api, "merge", None) or api.public_object_api.merge)(merge)
    erase = getattr(api.basic_api, "purge", None) or api.gdpr_api.purge
    erase(PublicGdprDeleteInput(object_id=third))
    told = {event["subscriptionType"]: event for event in receiver.events(4)}
    assert told["contact.deletion"]["objectId"] == int(first)
    assert told["contact.restore"]["objectId"] == int(first)
    assert told["contact.merge"]["mergedObjectIds"] == [int(first), int(second)]
    assert told["contact.merge"]["newObjectId"] == int(merged.id)
    assert told["contact.privacyDeletion"]["objectId"] == int(third)


def test_an_association_is_told_on_both_sides(hooks: Any, receiver: Receiver, hubspot: Any) -> None:
    from hubspot.crm.companies import (
        SimplePublicObjectInputForCreate as Company,
    )

    (contact,) = create(hubspot, 1)
    acme = Company(properties={"name": "Acme"}, associations=[])
    company = hubspot.crm.companies.basic_api.create(acme).id
    subscribe(hooks, "contact.associationChange")
    subscribe(hooks, "company.associationChange")
    api = hubspot.crm.associations.v4.basic_api
    api.create_default("contacts", contact, "companies", company)
    told = {event["associationType"]: event for event in receiver.events(2)}
    assert set(told) == {"CONTACT_TO_COMPANY", "COMPANY_TO_CONTACT"}
    assert told["CONTACT_TO_COMPANY"]["fromObjectId"] == int(contact)
    assert told["CONTACT_TO_COMPANY"]["toObjectId"] == int(company)
    assert told["CONTACT_TO_COMPANY"]["associationRemoved"] is False
    api.archive("contacts", contact, "companies", company)
    assert {event["associationRemoved"] for event in receiver.events(2)} == {True}


def test_a_primary_company_is_told_as_two_changes(
    hooks: Any, receiver: Receiver, hubspot: Any
) -> None:
    from hubspot.crm.companies import (
        SimplePublicObjectInputForCreate as Company,
    )

    (contact,) = create(hubspot, 1)
    acme = Company(properties={"name": "Acme"}, associations=[])
    company = hubspot.crm.companies.basic_api.create(acme).id
    subscribe(hooks, "contact.associationChange")
    spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]
    hubspot.crm.associations.v4.basic_api.create("contacts", contact, "companies", company, spec)
    assert {event["isPrimaryAssociation"] for event in receiver.events(2)} == {True, False}


def test_generic_subscriptions_tell_the_object_type(
    hooks: Any, receiver: Receiver, hubspot: Any
) -> None:
    subscribe(hooks, "object.creation", object_type_id="0-1")
    create(hubspot, 1)
    (event,) = receiver.events(1)
    assert (event["subscriptionType"], event["objectTypeId"]) == ("object.creation", "0-1")


def test_events_come_in_arrays_of_a_hundred_at_most(
    hooks: Any, receiver: Receiver, hubspot: Any
) -> None:
    subscribe(hooks, "contact.creation")
    subscribe(hooks, "contact.propertyChange", property_name="email")
    create(hubspot, 100)
    sizes: list[int] = []
    while sum(sizes) < 200:
        sizes.append(len(receiver.next()[1]))
    assert sizes == [100, 100]


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_signatures_are_those_that_hubspots_client_checks(
    hooks: Any, receiver: Receiver, hubspot: Any, shared: Portal, version: str
) -> None:
    shared.post("/_sandbox/webhooks", {"signature": "v2" if version == "v2" else "v1"})
    subscribe(hooks, "contact.creation")
    create(hubspot, 1)
    headers, body = receiver.got.get(timeout=WAIT)
    suffix = "-v3" if version == "v3" else ""
    right = {
        "signature": headers[f"x-hubspot-signature{suffix}"],
        "client_secret": SECRET,
        "request_body": body.decode(),
        "http_uri": receiver.url,
        "http_method": "POST",
        "signature_version": version,
        "timestamp": headers["x-hubspot-request-timestamp"],
    }
    assert Signature.is_valid(**right)
    assert not Signature.is_valid(**{**right, "client_secret": "guess"})
    assert not Signature.is_valid(**{**right, "request_body": body.decode() + " "})


def test_a_failed_delivery_comes_again_up_to_ten_times_within_a_day_or_two(
    hooks: Any, receiver: Receiver, hubspot: Any, shared: Portal
) -> None:
    subscribe(hooks, "contact.creation")
    receiver.answers = [500] * 11
    create(hubspot, 1)
    attempts = [receiver.next()[1][0]["attemptNumber"]]
    while waiting(shared):
        shared.post("/_sandbox/clock", {"advance_seconds": 10 * 3_600})
        attempts.append(receiver.next()[1][0]["attemptNumber"])
    assert attempts == list(range(11))
    assert receiver.got.empty()


def waiting(shared: Portal) -> bool:
    """Whether a delivery waits, once the portal has taken note of the last answer."""
    seen = len(shared.get("/_sandbox/webhooks")["delivered"])
    while True:
        told = shared.get("/_sandbox/webhooks")
        delivered, left = told["delivered"], told["waiting"]
        assert isinstance(delivered, list)
        assert isinstance(left, list)
        if left or len(delivered) >= 11 or len(delivered) > seen:
            return bool(left)


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
def test_every_other_answer_than_a_success_is_a_failure(
    hooks: Any, receiver: Receiver, hubspot: Any, shared: Portal, status: int
) -> None:
    subscribe(hooks, "contact.creation")
    receiver.answers = [status]
    create(hubspot, 1)
    first = receiver.next()[1][0]
    assert waiting(shared)
    shared.post("/_sandbox/clock", {"advance_seconds": 3_600})
    second = receiver.next()[1][0]
    assert (first["attemptNumber"], second["attemptNumber"]) == (0, 1)
    assert first["eventId"] == second["eventId"]


def test_duplicates_and_disorder_on_demand(
    hooks: Any, receiver: Receiver, hubspot: Any, shared: Portal
) -> None:
    shared.post("/_sandbox/webhooks", {"duplicates": 0.5, "shuffle": True, "seed": 7})
    subscribe(hooks, "contact.creation")
    numbers = create(hubspot, 100)
    sizes = receiver.next()[1] + receiver.next()[1]
    told = [str(event["objectId"]) for event in sizes]
    assert len(told) > 120
    assert set(told) == set(numbers)
    assert told != sorted(told)


def test_paused_subscriptions_tell_nothing(hooks: Any, receiver: Receiver, hubspot: Any) -> None:
    subscribe(hooks, "contact.creation", active=False)
    subscribe(hooks, "contact.propertyChange", property_name="email")
    create(hubspot, 1)
    (event,) = receiver.events(1)
    assert event["subscriptionType"] == "contact.propertyChange"
    assert receiver.got.empty()
