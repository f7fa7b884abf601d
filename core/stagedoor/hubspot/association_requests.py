"""Builds requests about labels of associations; sends nothing.

https://developers.hubspot.com/docs/api-reference/crm-associations-v4/guide
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stagedoor.hubspot.requests import Paths, Request
from stagedoor.model import AssociationType, Spec


def list_labels(paths: Paths, from_type: str, to_type: str) -> Request:
    """Read the kinds of association between two object types."""
    path = paths.crm("associations", f"{from_type}/{to_type}/labels")
    return Request("GET", path, "read", f"associations/labels {from_type} {to_type}")


def create_label(paths: Paths, kind: AssociationType) -> Request:
    """Make a label."""
    body = {"label": kind.label, "name": kind.name}
    if kind.inverse_label is not None:
        body["inverseLabel"] = kind.inverse_label
    return Request(
        "POST",
        paths.crm("associations", f"{kind.from_type}/{kind.to_type}/labels"),
        "provision",
        f"associations/labels {kind.from_type} {kind.to_type}",
        body,
        repeatable=False,
    )


def read_types(
    paths: Paths, from_type: str, to_type: str, inputs: Sequence[Mapping[str, str]]
) -> Request:
    """Read what up to 1,000 records are associated with; an input may carry `after`."""
    return Request(
        "POST",
        paths.crm("associations", f"{from_type}/{to_type}/batch/read"),
        "read",
        f"associations/batch/read {from_type} {to_type}",
        {"inputs": [dict(entry) for entry in inputs]},
    )


def put_types(
    paths: Paths,
    from_type: str,
    to_type: str,
    pairs: Sequence[tuple[str, str, Sequence[Spec]]],
) -> Request:
    """Give up to 2,000 pairs exactly these types: `create` replaces what a pair has."""
    return _pairs(paths, from_type, to_type, "batch/create", pairs)


def take_types(
    paths: Paths,
    from_type: str,
    to_type: str,
    pairs: Sequence[tuple[str, str, Sequence[Spec]]],
) -> Request:
    """Take single labels of pairs away, at most 100 pairs a call."""
    return _pairs(paths, from_type, to_type, "batch/labels/archive", pairs)


def take_pairs(
    paths: Paths, from_type: str, to_type: str, pairs: Sequence[tuple[str, str]]
) -> Request:
    """Take pairs away with all their types, at most 100 a call."""
    targets: dict[str, list[dict[str, str]]] = {}
    for from_id, to_id in pairs:
        targets.setdefault(from_id, []).append({"id": to_id})
    return Request(
        "POST",
        paths.crm("associations", f"{from_type}/{to_type}/batch/archive"),
        "associate",
        f"associations/batch/archive {from_type} {to_type}",
        {"inputs": [{"from": {"id": f}, "to": to} for f, to in targets.items()]},
    )


def _pairs(
    paths: Paths,
    from_type: str,
    to_type: str,
    verb: str,
    pairs: Sequence[tuple[str, str, Sequence[Spec]]],
) -> Request:
    inputs: list[dict[str, Any]] = [
        {"from": {"id": from_id}, "to": {"id": to_id}, "types": [_type(spec) for spec in specs]}
        for from_id, to_id, specs in pairs
    ]
    return Request(
        "POST",
        paths.crm("associations", f"{from_type}/{to_type}/{verb}"),
        "associate",
        f"associations/{verb} {from_type} {to_type}",
        {"inputs": inputs},
    )


def _type(spec: Spec) -> dict[str, Any]:
    return {"associationCategory": spec.category, "associationTypeId": spec.number}
