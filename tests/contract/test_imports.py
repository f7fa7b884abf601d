"""Imports, by HubSpot's own client.

https://developers.hubspot.com/docs/guides/api/crm/imports
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from hubspot.crm.contacts import SimplePublicObjectInputForCreate as Contact

COLUMNS = [
    {
        "columnObjectTypeId": "0-1",
        "columnName": "Email",
        "propertyName": "email",
        "columnType": "HUBSPOT_ALTERNATE_ID",
    },
    {"columnObjectTypeId": "0-1", "columnName": "Name", "propertyName": "firstname"},
]


def request(operation: str = "UPSERT", columns: Any = COLUMNS, **more: Any) -> str:
    file = {
        "fileName": "buyers.csv",
        "fileFormat": "CSV",
        "fileImportPage": {"hasHeader": True, "columnMappings": columns},
    }
    given = {"name": "Buyers", "importOperations": {"0-1": operation}, "files": [file], **more}
    return json.dumps(given)


@pytest.fixture
def start(hubspot: Any, tmp_path: Path) -> Any:
    """Imports a CSV and gives the import as it is afterwards."""

    def run(text: str, given: str) -> Any:
        path = tmp_path / "buyers.csv"
        path.write_text(text, "utf-8")
        api = hubspot.crm.imports.core_api
        begun = api.create(import_request=given, files=[str(path)])
        return api.get_by_id(int(begun.id))

    return run


def names(hubspot: Any) -> dict[str, str | None]:
    page = hubspot.crm.contacts.basic_api.get_page(properties=["email", "firstname"]).results
    return {r.properties["email"]: r.properties["firstname"] for r in page}


def test_an_import_creates_and_updates(hubspot: Any, start: Any) -> None:
    ana = Contact(properties={"email": "ana@example.com"}, associations=[])
    hubspot.crm.contacts.basic_api.create(ana)
    done = start("Email,Name\nana@example.com,Ana\nștefan@example.com,Ștefan\n", request())
    assert done.state == "DONE"
    counted = done.metadata.counters
    assert (counted["TOTAL_ROWS"], counted["CREATED_OBJECTS"], counted["UPDATED_OBJECTS"]) == (
        *(2, 1, 1),
    )
    assert names(hubspot) == {"ana@example.com": "Ana", "ștefan@example.com": "Ștefan"}


@pytest.mark.parametrize(
    ("operation", "error"),
    [("CREATE", "DUPLICATE_UNIQUE_PROPERTY_VALUE"), ("UPDATE", "OBJECT_NOT_FOUND")],
)
def test_an_operation_that_cannot_be_is_a_row_error(
    hubspot: Any, start: Any, operation: str, error: str
) -> None:
    if operation == "CREATE":
        ana = Contact(properties={"email": "ana@example.com"}, associations=[])
        hubspot.crm.contacts.basic_api.create(ana)
    done = start("Email,Name\nana@example.com,Ana\n", request(operation))
    errors = hubspot.crm.imports.public_imports_api.get_errors(int(done.id)).results
    assert [entry.error_type for entry in errors] == [error]


def test_a_bad_row_costs_itself(hubspot: Any, start: Any) -> None:
    done = start("Email,Name\nana@example.com,Ana\nnot an address,Ben\n", request())
    assert done.metadata.counters["ERRORS"] == 1
    (error,) = hubspot.crm.imports.public_imports_api.get_errors(int(done.id)).results
    assert error.error_type == "INVALID_EMAIL"
    assert error.source_data.line_number == 3
    assert names(hubspot) == {"ana@example.com": "Ana"}


def test_imported_values_tell_where_they_come_from(
    hubspot: Any, start: Any, raw: httpx.Client
) -> None:
    start("Email,Name\nana@example.com,Ana\n", request())
    (contact,) = hubspot.crm.contacts.basic_api.get_page().results
    url = f"/crm/objects/2026-09/contacts/{contact.id}?propertiesWithHistory=firstname"
    (version,) = raw.get(url).json()["propertiesWithHistory"]["firstname"]
    assert version["sourceType"] == "IMPORT"


def test_attendance_is_imported(hubspot: Any, start: Any, raw: httpx.Client) -> None:
    event = {
        "externalAccountId": "shop",
        "externalEventId": "gala",
        "eventName": "Gala",
        "eventOrganizer": "Opera",
    }
    number = raw.post("/marketing/marketing-events/2026-09/events", json=event).json()["objectId"]
    columns = [
        *COLUMNS,
        {
            "columnObjectTypeId": "0-54",
            "columnName": "At",
            "propertyName": None,
            "columnType": "EVENT_TIMESTAMP",
        },
    ]
    more = {"marketingEventObjectId": number, "marketingEventSubmissionType": "REGISTERED"}
    text = "Email,Name,At\nana@example.com,Ana,2026-11-01T10:00:00Z\n"
    start(text, request(columns=columns, **more))
    api = hubspot.marketing.events.retrieve_participant_state_api
    told = api.get_participations_counters_by_marketing_event_id(number)
    assert told.registered == 1


def test_imports_are_listed_for_their_app(hubspot: Any, start: Any) -> None:
    done = start("Email,Name\nana@example.com,Ana\n", request())
    page = hubspot.crm.imports.core_api.get_page().results
    assert [entry.id for entry in page] == [done.id]


def test_without_a_file_nothing_is_imported(hubspot: Any, raw: httpx.Client) -> None:
    answer = raw.post("/crm/imports/2026-09", files={"importRequest": (None, request())})
    assert answer.status_code == 400
    assert names(hubspot) == {}
