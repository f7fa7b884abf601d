"""Labels of associations.

https://developers.hubspot.com/docs/api-reference/crm-associations-v4/guide
"""

from __future__ import annotations

from starlette.responses import Response

from hubspot_sandbox.store.association_types import USER, AssociationType
from hubspot_sandbox.wire.answers import answer, nothing
from hubspot_sandbox.wire.calls import Call
from hubspot_sandbox.wire.errors import invalid, not_found

MAX_LABELS = 50
"""Labels between two object types."""


def list_labels(call: Call) -> Response:
    """GET /associations/{from}/{to}/labels."""
    one, other = call.type_named("from"), call.type_named("to")
    kinds = call.portal.associations.types.between(one.name, other.name)
    return answer({"results": [kind.as_json() for kind in kinds]})


def create_label(call: Call) -> Response:
    """POST /associations/{from}/{to}/labels: one label, or two when the way back has its own."""
    one, other, given = call.type_named("from"), call.type_named("to"), call.body
    label, name = given.get("label"), given.get("name")
    if not label or not name:
        raise invalid("Some required fields were not set: [label, name]")
    types = call.portal.associations.types
    there = [kind for kind in types.between(one.name, other.name) if kind.category == USER]
    if any(kind.label == label for kind in there):
        raise invalid(f"An association label {label} exists already")
    if len(there) >= MAX_LABELS:
        raise invalid(f"There are {MAX_LABELS} association labels already")
    with call.portal.transaction():
        made = types.add_label(one.name, other.name, label, given.get("inverseLabel"), name)
    return answer({"results": [kind.as_json() for kind in made]})


def change_label(call: Call) -> Response:
    """PUT /associations/{from}/{to}/labels."""
    kind = _own(call, int(call.body["associationTypeId"]))
    with call.portal.transaction():
        call.portal.associations.types.relabel(kind, str(call.body["label"]))
    return nothing()


def delete_label(call: Call) -> Response:
    """DELETE /associations/{from}/{to}/labels/{type_id}."""
    kind = _own(call, call.number(call.part("type_id")))
    with call.portal.transaction():
        call.portal.associations.types.remove(kind)
    return nothing()


def _own(call: Call, number: int) -> AssociationType:
    ends = (call.type_named("from").name, call.type_named("to").name)
    kind = call.portal.associations.types.get(USER, number)
    if kind is None or (kind.from_type, kind.to_type) != ends:
        raise not_found()
    return kind
