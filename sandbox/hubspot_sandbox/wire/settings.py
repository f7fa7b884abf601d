"""The account, its owners and its pipelines.

https://developers.hubspot.com/docs/guides/api/settings/account-information-api
https://developers.hubspot.com/docs/guides/api/crm/pipelines
"""

from __future__ import annotations

import uuid
from typing import Any

from starlette.responses import Response

from hubspot_sandbox.model import account
from hubspot_sandbox.model.values import iso
from hubspot_sandbox.wire.answers import answer, nothing
from hubspot_sandbox.wire.calls import Call
from hubspot_sandbox.wire.errors import invalid, not_found

_EPOCH = iso(1_577_836_800_000)
OWNERS = (("41629779", "Ioana", "Marin", 9586504), ("41629780", "Max", "Weber", 9586505))


def details(call: Call) -> Response:
    """GET /account-info/details."""
    return answer(
        {
            "portalId": call.portal.portal_id,
            "accountType": "DEVELOPER_TEST",
            "timeZone": account.TIME_ZONE,
            "companyCurrency": account.CURRENCY,
            "additionalCurrencies": list(account.ADDITIONAL_CURRENCIES),
            "utcOffset": "+02:00",
            "utcOffsetMilliseconds": 7_200_000,
            "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "eu1",
        }
    )


def owners(call: Call) -> Response:
    """GET /owners."""
    wanted = call.query("email")
    listed = [owner for owner in map(_owner, OWNERS) if wanted in (None, owner["email"])]
    return answer({"results": listed})


def owner(call: Call) -> Response:
    """GET /owners/{id}."""
    name = "userId" if call.query("idProperty") == "userId" else "id"
    for entry in map(_owner, OWNERS):
        if str(entry[name]) == call.request.path_params["id"]:
            return answer(entry)
    raise not_found()


def _owner(given: tuple[str, str, str, int]) -> dict[str, Any]:
    owner_id, first, last, user_id = given
    return {
        "id": owner_id,
        "email": f"{first}.{last}@example.com".lower(),
        "type": "PERSON",
        "firstName": first,
        "lastName": last,
        "userId": user_id,
        "userIdIncludingInactive": user_id,
        "createdAt": _EPOCH,
        "updatedAt": _EPOCH,
        "archived": False,
        "teams": [],
    }


def list_pipelines(call: Call) -> Response:
    """GET /pipelines/{type}."""
    pipelines = call.portal.schema.pipelines[call.kind.name].values()
    return answer({"results": [_dated(pipeline) for pipeline in pipelines]})


def read_pipeline(call: Call) -> Response:
    """GET /pipelines/{type}/{id}."""
    return answer(_dated(_known(call)))


def create_pipeline(call: Call) -> Response:
    """POST /pipelines/{type}."""
    given = call.body
    if not given.get("label") or not given.get("stages"):
        raise invalid("Some required fields were not set: [label, stages]")
    pipeline_id = given.get("pipelineId") or str(uuid.uuid4().int % 10**9)
    pipeline = _pipeline(pipeline_id, given)
    with call.portal.transaction():
        call.portal.schema.put_pipeline(call.kind.name, pipeline)
    return answer(_dated(pipeline), 201)


def replace_pipeline(call: Call) -> Response:
    """PUT and PATCH /pipelines/{type}/{id}."""
    pipeline = _known(call)
    given = {**pipeline, **call.body}
    changed = _pipeline(pipeline["id"], given)
    with call.portal.transaction():
        call.portal.schema.put_pipeline(call.kind.name, changed)
    return answer(_dated(changed))


def delete_pipeline(call: Call) -> Response:
    """DELETE /pipelines/{type}/{id}."""
    pipeline = _known(call)
    with call.portal.transaction():
        call.portal.schema.remove_pipeline(call.kind.name, pipeline["id"])
    return nothing()


def _known(call: Call) -> dict[str, Any]:
    pipelines = call.portal.schema.pipelines[call.kind.name]
    pipeline = pipelines.get(call.request.path_params["id"])
    if pipeline is None:
        raise not_found()
    return pipeline


def _pipeline(pipeline_id: str, given: dict[str, Any]) -> dict[str, Any]:
    stages = [
        {
            "id": stage.get("stageId") or stage.get("id") or str(uuid.uuid4().int % 10**9),
            "label": stage["label"],
            "displayOrder": stage.get("displayOrder", number),
            "metadata": stage.get("metadata") or {},
            "archived": False,
        }
        for number, stage in enumerate(given["stages"])
    ]
    return {
        "id": pipeline_id,
        "label": given["label"],
        "displayOrder": given.get("displayOrder", 0),
        "archived": False,
        "stages": stages,
    }


def _dated(pipeline: dict[str, Any]) -> dict[str, Any]:
    dates = {"createdAt": _EPOCH, "updatedAt": _EPOCH}
    stages = [
        {**stage, **dates, "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT"}
        for stage in pipeline["stages"]
    ]
    return {**pipeline, **dates, "stages": stages}
