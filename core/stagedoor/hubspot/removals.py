"""Builds requests that take objects away; sends nothing.

https://developers.hubspot.com/docs/guides/api/crm/using-object-apis#delete-records
https://developers.hubspot.com/docs/guides/api/crm/objects/contacts#delete-contacts
"""

from __future__ import annotations

from collections.abc import Sequence

from stagedoor.hubspot.requests import Paths, Request


def archive_objects(paths: Paths, object_type: str, hubspot_ids: Sequence[str]) -> Request:
    """Put up to 100 objects into HubSpot's bin; what is there already stays there."""
    return Request(
        "POST",
        paths.crm("objects", f"{object_type}/batch/archive"),
        "write",
        f"objects/batch/archive {object_type}",
        {"inputs": [{"id": hubspot_id} for hubspot_id in hubspot_ids]},
    )


def erase_contact(paths: Paths, value: str, id_property: str | None = None) -> Request:
    """Delete a contact for good, by HubSpot id or by `id_property`."""
    body = {"objectId": value}
    if id_property is not None:
        body["idProperty"] = id_property
    return Request(
        "POST", paths.crm("objects", "contacts/gdpr-delete"), "write", "contacts/gdpr-delete", body
    )
