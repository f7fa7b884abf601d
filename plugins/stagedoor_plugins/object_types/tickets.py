"""Tickets: one per support request (HubSpot's tickets are support cases, not admissions)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stagedoor.extension import AssociationSource, ObjectType, PlatformRow
from stagedoor.model import AssociationType
from stagedoor.streams import SUPPORT_REQUESTS

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

# The company that the order was placed for; without an order, the requester's.
WITH_COMPANY = """
SELECT 'request:' || r.support_request_id AS from_key, 'company:' || c.company_id AS to_key
FROM support_requests r
LEFT JOIN orders o ON o.order_id = r.order_id AND NOT coalesce(o.is_deleted, false)
LEFT JOIN accounts a ON a.customer_id = r.customer_id
JOIN companies c ON c.company_id =
    CASE WHEN o.order_id IS NULL THEN a.company_id ELSE o.company_id END
WHERE NOT coalesce(r.is_deleted, false) AND NOT coalesce(c.is_deleted, false)
"""

WITH_ORDER = """
SELECT 'request:' || r.support_request_id AS from_key, 'order:' || o.order_id AS to_key
FROM support_requests r JOIN orders o ON o.order_id = r.order_id
WHERE NOT coalesce(r.is_deleted, false) AND NOT coalesce(o.is_deleted, false)
"""


def object_type(mapping: Mapping[str, Any]) -> ObjectType:
    """Return the object type."""
    to_contact = AssociationType("tickets_to_contacts", "tickets", "contacts", 16)
    to_company = AssociationType("tickets_to_companies", "tickets", "companies", 339)
    to_deal = AssociationType("tickets_to_deals", "tickets", "deals", 28)
    return ObjectType(
        name=NAME,
        description="One per support request, with the person who asked, company and order.",
        sql=SOURCE,
        deleted=DELETED,
        associations=(
            AssociationSource(to_contact, WITH_REQUESTER),
            AssociationSource(to_company, WITH_COMPANY),
            AssociationSource(to_deal, WITH_ORDER),
        ),
        mapping=mapping,
        row=PlatformRow(
            "support_requests",
            "request:",
            columns=frozenset(f.name for f in SUPPORT_REQUESTS.fields) - {"subject"},
        ),
        order=40,
    )
