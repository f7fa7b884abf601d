"""Builds requests to HubSpot's CRM API; sends nothing.

https://developers.hubspot.com/docs/guides/api/crm/using-object-apis
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from stagedoor.model import Action, AssociationBatch, ObjectBatch

Kind: TypeAlias = Literal["read", "write", "search", "associate", "provision"]


@dataclass(frozen=True, slots=True)
class Request:
    """One call: where it goes, what it carries, and how it may be repeated."""

    method: str
    path: str
    kind: Kind
    route: str
    """The path without names and ids, for metrics and logs."""
    body: Any = None
    query: dict[str, str] = field(default_factory=dict)
    repeatable: bool = True
    """Whether sending it twice is the same as sending it once."""


@dataclass(frozen=True, slots=True)
class Paths:
    """The spelling of paths in one API version.

    Date-based versions put the date after the API's name; the older ones use v3 and v4.
    https://developers.hubspot.com/docs/developer-tooling/platform/versioning
    """

    version: str

    def crm(self, api: str, rest: str) -> str:
        """Return `/crm/{api}/{version}/{rest}`, or the older spelling."""
        if not self.version.startswith("v"):
            return f"/crm/{api}/{self.version}/{rest}"
        older = "v4" if api == "associations" else "v3"
        return f"/crm/{older}/{api}/{rest}"

    def schemas(self) -> str:
        """Return the path of the custom object types."""
        return f"/crm-object-schemas/{self.version}/schemas"

    def preferences(self, rest: str) -> str:
        """Return a path of the communication preferences, which never had a v3."""
        version = "v4" if self.version.startswith("v") else self.version
        return f"/communication-preferences/{version}/{rest}"

    def account(self) -> str:
        """Return the path of the account's details."""
        return f"/account-info/{self.version}/details"


def write_objects(paths: Paths, batch: ObjectBatch) -> Request:
    """Upsert by match key, or update by HubSpot id, up to 100 objects."""
    verb = "upsert" if batch.action is Action.CREATE else "update"
    inputs = []
    for number, change in enumerate(batch.changes):
        properties = {name: "" if v is None else v for name, v in change.after.items()}
        entry: dict[str, Any] = {"properties": properties, "objectWriteTraceId": str(number)}
        if batch.action is Action.CREATE:
            entry |= {"id": change.match_value, "idProperty": batch.match_property}
        else:
            entry["id"] = change.hubspot_id
        inputs.append(entry)
    return Request(
        "POST",
        paths.crm("objects", f"{batch.hubspot_type}/batch/{verb}"),
        "write",
        f"objects/batch/{verb} {batch.hubspot_type}",
        {"inputs": inputs},
    )


def read_objects(
    paths: Paths,
    object_type: str,
    id_property: str | None,
    values: Sequence[str],
    properties: Sequence[str],
) -> Request:
    """Read up to 100 objects by HubSpot id, or by a unique property."""
    body: dict[str, Any] = {
        "properties": list(properties),
        "inputs": [{"id": value} for value in values],
    }
    if id_property is not None:
        body["idProperty"] = id_property
    return Request(
        "POST",
        paths.crm("objects", f"{object_type}/batch/read"),
        "read",
        f"objects/batch/read {object_type}",
        body,
    )


def associate(paths: Paths, batch: AssociationBatch) -> Request:
    """Make up to 2,000 associations.

    The plain type of a pair goes through `associate/default`, which adds; `create` replaces the
    labels that a pair has. https://developers.hubspot.com/docs/api-reference/crm-associations-v4
    """
    kind = batch.association
    pairs: list[dict[str, Any]] = [
        {"from": {"id": p.from_id}, "to": {"id": p.to_id}} for p in batch.pairs
    ]
    verb = "batch/associate/default" if kind.default else "batch/create"
    if not kind.default:
        spec = {"associationCategory": kind.category, "associationTypeId": kind.type_id}
        pairs = [{**pair, "types": [spec]} for pair in pairs]
    return Request(
        "POST",
        paths.crm("associations", f"{kind.from_type}/{kind.to_type}/{verb}"),
        "associate",
        f"associations/{verb} {kind.name}",
        {"inputs": pairs},
    )


def dissociate(paths: Paths, batch: AssociationBatch) -> Request:
    """Take away associations, at most 100 different `from` objects a call."""
    targets: dict[str, list[dict[str, str]]] = {}
    for pair in batch.pairs:
        targets.setdefault(pair.from_id, []).append({"id": pair.to_id})
    kind = batch.association
    return Request(
        "POST",
        paths.crm("associations", f"{kind.from_type}/{kind.to_type}/batch/archive"),
        "associate",
        f"associations/batch/archive {kind.name}",
        {"inputs": [{"from": {"id": f}, "to": to} for f, to in targets.items()]},
    )


def account(paths: Paths) -> Request:
    """Read which account the token opens."""
    return Request("GET", paths.account(), "read", "account-info/details")


def list_properties(paths: Paths, object_type: str) -> Request:
    """Read all property definitions of an object type."""
    path = paths.crm("properties", object_type)
    return Request("GET", path, "read", f"properties {object_type}")


def list_groups(paths: Paths, object_type: str) -> Request:
    """Read the property groups of an object type."""
    path = paths.crm("properties", f"{object_type}/groups")
    return Request("GET", path, "read", f"properties/groups {object_type}")


def create_group(paths: Paths, object_type: str, name: str, label: str) -> Request:
    """Make a property group."""
    return Request(
        "POST",
        paths.crm("properties", f"{object_type}/groups"),
        "provision",
        f"properties/groups {object_type}",
        {"name": name, "label": label, "displayOrder": -1},
        repeatable=False,
    )


def create_properties(
    paths: Paths, object_type: str, definitions: Sequence[dict[str, Any]]
) -> Request:
    """Make up to 100 properties."""
    return Request(
        "POST",
        paths.crm("properties", f"{object_type}/batch/create"),
        "provision",
        f"properties/batch/create {object_type}",
        {"inputs": list(definitions)},
        repeatable=False,
    )
