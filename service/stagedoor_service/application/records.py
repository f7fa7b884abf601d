"""Records of HubSpot, found, made and changed while somebody waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stagedoor.hubspot.single_records import Association, Record, Written
from stagedoor_service.application.office import Office
from stagedoor_service.application.problem import Problem

FOUND_BY: Mapping[str, str | None] = {
    "contacts": "email",
    "companies": "domain",
    "deals": None,
    "tickets": None,
}
"""The property by which a record is looked for before one is made; callers may name another."""


def write(
    office: Office,
    portal: str,
    object_type: str,
    properties: Mapping[str, str],
    *,
    found_by: str | None = None,
    associations: Sequence[Association] = (),
) -> Written:
    """Change the record that is there already, or make one; return HubSpot's record.

    Raises:
        Problem: The portal is not connected, or the object type is switched off.
        Reject: HubSpot refuses it.
    """
    if object_type in office.target.switched_off:
        raise Problem("OBJECT_TYPE_OFF", f"Switched off by `sync`: {object_type}.")
    return office.open(portal).records.write(
        object_type,
        properties,
        found_by=found_by or FOUND_BY[object_type],
        associations=associations,
    )


def search(
    office: Office, portal: str, object_type: str, body: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a page of records that fit, as HubSpot answers it.

    Raises:
        Problem: The portal is not connected.
        Reject: HubSpot does not take the search.
    """
    return office.open(portal).records.search(object_type, body)


def one(office: Office, portal: str, object_type: str, record_id: str) -> Record:
    """Return one record.

    Raises:
        Problem: The portal is not connected, or HubSpot has none of this id.
    """
    found = office.open(portal).records.read(object_type, record_id)
    if found is None:
        raise Problem("NOT_FOUND", "HubSpot has no record of this id.")
    return found
