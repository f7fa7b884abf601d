"""Pipelines and their stages.

https://developers.hubspot.com/docs/guides/api/crm/pipelines
"""

from __future__ import annotations

import uuid
from typing import Any

from starlette.responses import Response

from hubspot_sandbox.model.types import ObjectType
from hubspot_sandbox.model.values import iso
from hubspot_sandbox.store.stages import PIPELINE_PROPERTIES
from hubspot_sandbox.wire.answers import answer, nothing
from hubspot_sandbox.wire.calls import Call
from hubspot_sandbox.wire.errors import ApiError, invalid, not_found

MAX_STAGES, MAX_OTHER_STAGES = 100, 30
_EPOCH = iso(1_577_836_800_000)


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
    given = _asked(call, given)
    pipeline_id = str(given.get("pipelineId") or _number())
    if pipeline_id in call.portal.schema.pipelines[call.kind.name]:
        raise ApiError(409, f"Pipeline {pipeline_id} already exists", "CONFLICT")
    return answer(_dated(_kept(call, _pipeline(call.kind, pipeline_id, given))), 201)


def _asked(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return what was given, without the ids that were asked for where a portal gives its own."""
    if call.portal.behaviour.pipeline_ids == "asked":
        return given
    plain = {name: value for name, value in given.items() if name not in ("pipelineId", "stageId")}
    if "stages" in plain:
        plain["stages"] = [_asked(call, stage) for stage in plain["stages"]]
    return plain


def replace_pipeline(call: Call) -> Response:
    """PUT and PATCH /pipelines/{type}/{id}."""
    pipeline = _known(call)
    changed = _pipeline(call.kind, pipeline["id"], {**pipeline, **call.body})
    left = {stage["id"] for stage in pipeline["stages"]} - {s["id"] for s in changed["stages"]}
    _refuse_use(call, 1, sorted(left), "STAGE_ID_IN_USE")
    return answer(_dated(_kept(call, changed)))


def delete_pipeline(call: Call) -> Response:
    """DELETE /pipelines/{type}/{id}."""
    pipeline = _known(call)
    if call.flag("validateReferencesBeforeDelete"):
        _refuse_use(call, 0, [pipeline["id"]], "PIPELINE_ID_IN_USE")
    with call.portal.transaction():
        call.portal.schema.remove_pipeline(call.kind.name, pipeline["id"])
    return nothing()


def list_stages(call: Call) -> Response:
    """GET /pipelines/{type}/{id}/stages."""
    return answer({"results": _dated(_known(call))["stages"]})


def read_stage(call: Call) -> Response:
    """GET /pipelines/{type}/{id}/stages/{stage}."""
    return answer(_stage_of(_dated(_known(call)), call.part("stage")))


def create_stage(call: Call) -> Response:
    """POST /pipelines/{type}/{id}/stages."""
    pipeline = _known(call)
    before = {stage["id"] for stage in pipeline["stages"]}
    given = {**pipeline, "stages": [*pipeline["stages"], _asked(call, call.body)]}
    kept = _kept(call, _pipeline(call.kind, pipeline["id"], given))
    made = next(stage for stage in _dated(kept)["stages"] if stage["id"] not in before)
    return answer(made, 201)


def change_stage(call: Call) -> Response:
    """PATCH and PUT /pipelines/{type}/{id}/stages/{stage}."""
    pipeline, wanted = _known(call), call.part("stage")
    _stage_of(pipeline, wanted)
    stages = [{**s, **call.body} if s["id"] == wanted else s for s in pipeline["stages"]]
    kept = _kept(call, _pipeline(call.kind, pipeline["id"], {**pipeline, "stages": stages}))
    return answer(_stage_of(_dated(kept), wanted))


def delete_stage(call: Call) -> Response:
    """DELETE /pipelines/{type}/{id}/stages/{stage}; a stage in use stays."""
    pipeline, wanted = _known(call), call.part("stage")
    _stage_of(pipeline, wanted)
    _refuse_use(call, 1, [wanted], "STAGE_ID_IN_USE")
    stages = [stage for stage in pipeline["stages"] if stage["id"] != wanted]
    _kept(call, {**pipeline, "stages": stages})
    return nothing()


def _stage_of(pipeline: dict[str, Any], wanted: str) -> dict[str, Any]:
    for stage in pipeline["stages"]:
        if stage["id"] == wanted:
            return dict(stage)
    raise not_found()


def _refuse_use(call: Call, which: int, ids: list[str], word: str) -> None:
    if not ids or call.kind.name not in PIPELINE_PROPERTIES:
        return
    name = PIPELINE_PROPERTIES[call.kind.name][which]
    users = call.portal.schema.stage_in_use(call.kind.name, name, ids)
    if users:
        listed, objects = ", ".join(ids), ", ".join(map(str, users))
        what = "Stage" if which else "Pipeline"
        raise invalid(
            f"{what} IDs: [{listed}] are being referenced by object IDs: [{objects}]",
            context={f"{what.lower()}Ids": [f"[{listed}]"], "objectIds": [f"[{objects}]"]},
            subCategory=f"PipelineError.{word}",
        )


def _kept(call: Call, pipeline: dict[str, Any]) -> dict[str, Any]:
    with call.portal.transaction():
        call.portal.schema.put_pipeline(call.kind.name, pipeline)
    return pipeline


def _known(call: Call) -> dict[str, Any]:
    pipeline = call.portal.schema.pipelines[call.kind.name].get(call.part("id"))
    if pipeline is None:
        raise not_found()
    return pipeline


def _pipeline(kind: ObjectType, pipeline_id: str, given: dict[str, Any]) -> dict[str, Any]:
    stages = [_stage(kind, number, stage) for number, stage in enumerate(given["stages"])]
    most = MAX_STAGES if kind.name in PIPELINE_PROPERTIES or kind.is_custom else MAX_OTHER_STAGES
    if len(stages) > most:
        raise invalid(f"A pipeline has at most {most} stages")
    return {
        "id": pipeline_id,
        "label": given["label"],
        "displayOrder": given.get("displayOrder", 0),
        "archived": False,
        "stages": stages,
    }


def _stage(kind: ObjectType, number: int, given: dict[str, Any]) -> dict[str, Any]:
    metadata = {name: str(value) for name, value in (given.get("metadata") or {}).items()}
    if kind.name == "deals":
        metadata = _deal_metadata(metadata)
    elif kind.name == "tickets":
        state = metadata.get("ticketState", "OPEN")
        if state not in ("OPEN", "CLOSED"):
            raise invalid(f"{state} is no ticket state: OPEN, CLOSED")
        metadata |= {"ticketState": state, "isClosed": str(state == "CLOSED").lower()}
    return {
        "id": str(given.get("stageId") or given.get("id") or _number()),
        "label": given["label"],
        "displayOrder": given.get("displayOrder", number),
        "metadata": metadata,
        "archived": False,
    }


def _deal_metadata(metadata: dict[str, str]) -> dict[str, str]:
    try:
        probability = float(metadata["probability"])
    except (KeyError, ValueError):
        raise invalid("A deal stage needs metadata.probability from 0.0 to 1.0") from None
    if not 0 <= probability <= 1:
        raise invalid("A deal stage needs metadata.probability from 0.0 to 1.0")
    closed = str(probability in (0, 1)).lower()
    return {"isClosed": closed, **metadata, "probability": str(probability)}


def _number() -> str:
    return str(uuid.uuid4().int % 10**9)


def _dated(pipeline: dict[str, Any]) -> dict[str, Any]:
    dates = {"createdAt": _EPOCH, "updatedAt": _EPOCH}
    stages = [
        {**stage, **dates, "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT"}
        for stage in pipeline["stages"]
    ]
    return {**pipeline, **dates, "stages": stages}
