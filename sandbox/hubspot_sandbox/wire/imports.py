"""Imports of CSV files.

https://developers.hubspot.com/docs/guides/api/crm/imports
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from starlette.datastructures import UploadFile
from starlette.responses import Response

from hubspot_sandbox.model.types import ObjectType
from hubspot_sandbox.model.values import Invalid, canonical, iso, record_id
from hubspot_sandbox.store.attendance import STATES, Participation
from hubspot_sandbox.store.objects import Conflict, Record, Refused
from hubspot_sandbox.wire.answers import answer
from hubspot_sandbox.wire.calls import Call
from hubspot_sandbox.wire.errors import ApiError, invalid, not_found

_KIND = "imports"
MAX_ROWS = 1_048_576
OPERATIONS = ("CREATE", "UPDATE", "UPSERT")


class RowError(ValueError):
    """A row that cannot be imported: HubSpot's word for it, and a sentence."""

    def __init__(self, error: str, message: str) -> None:
        """Keep both."""
        super().__init__(message)
        self.error = error


@dataclass(frozen=True, slots=True)
class Column:
    """What one column of a file is."""

    name: str
    property_name: str | None
    type_: str | None
    """HUBSPOT_ALTERNATE_ID, HUBSPOT_OBJECT_ID, EVENT_TIMESTAMP, or nothing."""


def start_import(call: Call) -> Response:
    """POST /imports: a form of `importRequest` and `files`; done when the answer is there."""
    request = json.loads(str(call.form.get("importRequest") or "null"))
    if not isinstance(request, dict) or not request.get("files"):
        raise invalid("Some required fields were not set: [importRequest]")
    uploads = [part for part in call.form.getlist("files") if isinstance(part, UploadFile)]
    by_name = {upload.filename: upload for upload in uploads}
    now = iso(call.portal.now())
    number = call.portal.documents.number(_KIND)
    counts = _Counts()
    errors: list[dict[str, Any]] = []
    call.portal.acting("IMPORT")
    for file in request["files"]:
        upload = by_name.get(file["fileName"])
        if upload is None:
            raise invalid(f"The file {file['fileName']} was not sent")
        text = upload.file.read().decode("utf-8-sig")
        errors += _read(call, request, file, text, counts)
    body = {
        "id": str(number),
        "state": "DONE",
        "importRequestJson": request,
        "importName": request.get("name"),
        "optOutImport": False,
        "mappedObjectTypeIds": sorted(request["importOperations"]),
        "createdAt": now,
        "updatedAt": iso(call.portal.now()),
        "metadata": counts.as_json(),
        "app_id": call.grant.app_id,
    }
    call.portal.documents.put(_KIND, number, body)
    call.portal.documents.put("import_errors", number, {"errors": errors})
    return answer({**_shown(body), "state": "STARTED"})


class _Counts:
    """What came of the rows."""

    def __init__(self) -> None:
        self.rows = self.created = self.updated = self.failed = 0

    def as_json(self) -> dict[str, Any]:
        return {
            "counters": {
                "TOTAL_ROWS": self.rows,
                "CREATED_OBJECTS": self.created,
                "UPDATED_OBJECTS": self.updated,
                "ERRORS": self.failed,
            },
            "objectLists": [],
            "fileIds": [],
        }


def _read(
    call: Call, request: dict[str, Any], file: dict[str, Any], text: str, counts: _Counts
) -> Iterator[dict[str, Any]]:
    page = file["fileImportPage"]
    rows = list(csv.reader(io.StringIO(text)))
    header = rows.pop(0) if page.get("hasHeader", True) and rows else []
    if len(rows) > MAX_ROWS:
        raise ApiError(429, f"A file has at most {MAX_ROWS} rows")
    mappings = page["columnMappings"]
    for line, row in enumerate(rows, start=2 if header else 1):
        counts.rows += 1
        cells = dict(zip(header, row, strict=False)) if header else {}
        try:
            with call.portal.transaction():
                _row(call, request, mappings, cells or dict(enumerate(row)), counts)
        except RowError as error:
            counts.failed += 1
            yield {
                "id": str(counts.failed),
                "createdAt": call.portal.now(),
                "errorType": error.error,
                "errorMessage": str(error),
                "objectTypeId": mappings[0]["columnObjectTypeId"],
                "sourceData": {
                    "lineNumber": line,
                    "pageName": file["fileName"],
                    "rowData": row,
                    "containsEncryptedProperties": False,
                },
            }


def _row(
    call: Call,
    request: dict[str, Any],
    mappings: list[dict[str, Any]],
    cells: dict[Any, str],
    counts: _Counts,
) -> None:
    """Import one row: a record of each type that its columns speak of, associated."""
    made: list[tuple[ObjectType, Record]] = []
    times: list[str] = []
    for type_id in dict.fromkeys(m["columnObjectTypeId"] for m in mappings):
        kind = call.portal.types.resolve(type_id)
        given = {
            Column(m["columnName"], m.get("propertyName"), m.get("columnType")): cells.get(
                m["columnName"], ""
            )
            for m in mappings
            if m["columnObjectTypeId"] == type_id
        }
        times += [v for column, v in given.items() if column.type_ == "EVENT_TIMESTAMP"]
        if all(column.type_ == "EVENT_TIMESTAMP" for column in given):
            continue
        operation = request["importOperations"].get(type_id, "UPSERT")
        made.append((kind, _record(call, kind, given, operation, counts)))
    for (one, first), (other, second) in pairwise(made):
        number = call.portal.associations.types.default(one.name, other.name)
        if number is not None:
            spec = ("HUBSPOT_DEFINED", number)
            pairs = [(first.id, second.id)]
            call.portal.associations.add(one.name, other.name, pairs, [spec], call.portal.now())
    _participate(call, request, made, times)


def _record(
    call: Call,
    kind: ObjectType,
    given: dict[Column, str],
    operation: str,
    counts: _Counts,
) -> Record:
    objects, now = call.portal.objects, call.portal.now()
    values = {c.property_name: v for c, v in given.items() if c.property_name and v != ""}
    existing = _existing(call, kind, given)
    if existing is None and operation == "UPDATE":
        raise RowError("OBJECT_NOT_FOUND", "No record has this id")
    try:
        if existing is None:
            stored = objects.checked(kind, values, None)
            counts.created += 1
            return objects.create(kind, stored, now)
        if operation == "CREATE":
            raise RowError("DUPLICATE_UNIQUE_PROPERTY_VALUE", "A record has this id already")
        stored = objects.checked(kind, values, existing.properties)
        objects.update(kind, existing, stored, now)
    except Refused as error:
        problem = error.problems[0]
        raise RowError(problem["error"], problem["message"]) from None
    except Conflict as error:
        raise RowError("DUPLICATE_UNIQUE_PROPERTY_VALUE", str(error)) from None
    counts.updated += 1
    return existing


def _existing(call: Call, kind: ObjectType, given: dict[Column, str]) -> Record | None:
    objects = call.portal.objects
    for column, value in given.items():
        number: int | None = None
        if column.type_ == "HUBSPOT_OBJECT_ID":
            number = record_id(value)
        elif column.type_ == "HUBSPOT_ALTERNATE_ID" and column.property_name:
            number = objects.find(kind, column.property_name, value)
        if number is not None:
            return objects.get(kind, number)
    return None


def _participate(
    call: Call, request: dict[str, Any], made: list[tuple[ObjectType, Record]], times: list[str]
) -> None:
    """Let the contacts of a row take part in the marketing event of the import."""
    event, word = request.get("marketingEventObjectId"), request.get("marketingEventSubmissionType")
    if not event or not word or not times:
        return
    state = {"JOINED": "ATTENDED", "LEFT": "ATTENDED"}.get(word, word)
    if state not in STATES.values():
        raise RowError("INVALID_EVENT_STATE", f"{word} is no participation")
    try:
        at = canonical({"name": "at", "type": "datetime", "fieldType": "date"}, times[0])
    except Invalid as error:
        raise RowError("INVALID_EVENT_TIMESTAMP", str(error)) from None
    moment = call.portal.connection.execute(
        "SELECT CAST(round((julianday(?) - 2440587.5) * 86400000) AS INTEGER) AS at", [at]
    ).fetchone()["at"]
    for kind, record in made:
        if kind.name == "contacts":
            what = Participation(int(event), record.id, moment, state, {})
            call.portal.attendance.add(what)


def list_imports(call: Call) -> Response:
    """GET /imports: those of the same app."""
    mine = [b for b in call.portal.documents.all(_KIND) if b["app_id"] == call.grant.app_id]
    return answer({"results": [_shown(body) for body in mine]})


def read_import(call: Call) -> Response:
    """GET /imports/{id}."""
    return answer(_shown(_known(call)))


def read_errors(call: Call) -> Response:
    """GET /imports/{id}/errors: of each row that failed."""
    kept = call.portal.documents.get("import_errors", _known(call)["id"]) or {"errors": []}
    limit, start = min(int(call.query("limit") or 100), 500), int(call.query("after") or 0)
    body: dict[str, Any] = {"results": kept["errors"][start : start + limit]}
    if start + limit < len(kept["errors"]):
        body["paging"] = {"next": {"after": str(start + limit)}}
    return answer(body)


def cancel_import(call: Call) -> Response:
    """POST /imports/{id}/cancel: too late, an import is done when it is answered."""
    _known(call)
    now = iso(call.portal.now())
    return answer({"status": "COMPLETE", "startedAt": now, "completedAt": now})


def _known(call: Call) -> dict[str, Any]:
    body = call.portal.documents.get(_KIND, call.part("id"))
    if body is None or body["app_id"] != call.grant.app_id:
        raise not_found()
    return body


def _shown(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "app_id"}
