"""Tickets: one per support request (HubSpot's tickets are support cases, not admissions)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stagedoor.extension import AssociationSource, ObjectType
from stagedoor.model import AssociationType

NAME = "tickets"

SOURCE = """
SELECT 'request:' || support_request_id AS key, * EXCLUDE (subject),
    coalesce(nullif(trim(subject), ''), 'Support request ' || support_request_id) AS subject
FROM support_requests WHERE NOT coalesce(is_deleted, false)
"""

DELETED = """
SELECT 'request:' || support_request_id AS key FROM support_requests WHERE is_deleted
"""

WITH_REQUESTER = """
SELECT 'request:' || support_request_id AS from_key, person AS to_key FROM requesters
"""


def object_type(mapping: Mapping[str, Any]) -> ObjectType:
    """Return the object type."""
    to_contact = AssociationType("tickets_to_contacts", "tickets", "contacts", 16)
    return ObjectType(
        name=NAME,
        description="One per support request, with the person who asked.",
        sql=SOURCE,
        deleted=DELETED,
        associations=(AssociationSource(to_contact, WITH_REQUESTER),),
        mapping=mapping,
        order=40,
    )
