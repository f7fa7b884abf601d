"""Builds requests about single records, as a person or a back end asks for them; sends nothing.

https://developers.hubspot.com/docs/guides/api/crm/using-object-apis
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from stagedoor.hubspot.requests import Paths, Request


def search(paths: Paths, object_type: str, body: Mapping[str, Any]) -> Request:
    """Search records; `body` is as HubSpot takes it.

    https://developers.hubspot.com/docs/guides/api/crm/search
    """
    return Request(
        "POST",
        paths.crm("objects", f"{object_type}/search"),
        "search",
        f"objects/search {object_type}",
        dict(body),
    )


def read(
    paths: Paths,
    object_type: str,
    record_id: str,
    *,
    id_property: str | None = None,
    properties: Sequence[str] = (),
) -> Request:
    """Read one record."""
    query = {"idProperty": id_property} if id_property else {}
    if properties:
        query["properties"] = ",".join(properties)
    return Request(
        "GET",
        paths.crm("objects", f"{object_type}/{quote(record_id, safe='')}"),
        "read",
        f"objects {object_type}",
        query=query,
    )


def create(
    paths: Paths,
    object_type: str,
    properties: Mapping[str, str],
    associations: Sequence[Mapping[str, Any]] = (),
) -> Request:
    """Make one record, with its associations; not to be repeated when its answer was lost."""
    body: dict[str, Any] = {"properties": dict(properties)}
    if associations:
        body["associations"] = [dict(association) for association in associations]
    return Request(
        "POST",
        paths.crm("objects", object_type),
        "write",
        f"objects {object_type}",
        body,
        repeatable=False,
    )


def update(
    paths: Paths, object_type: str, record_id: str, properties: Mapping[str, str]
) -> Request:
    """Change one record."""
    return Request(
        "PATCH",
        paths.crm("objects", f"{object_type}/{quote(record_id, safe='')}"),
        "write",
        f"objects {object_type}",
        {"properties": dict(properties)},
    )


def associate_default(
    paths: Paths, from_type: str, from_id: str, to_type: str, to_id: str
) -> Request:
    """Make the plain association of two records; one that is there already stays."""
    return Request(
        "POST",
        paths.crm("associations", f"{from_type}/{to_type}/batch/associate/default"),
        "associate",
        f"associations/batch/associate/default {from_type} {to_type}",
        {"inputs": [{"from": {"id": from_id}, "to": {"id": to_id}}]},
    )
