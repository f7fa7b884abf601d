"""Deals: one per order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stagedoor.extension import AssociationSource, ObjectType
from stagedoor.model import AssociationType

NAME = "deals"

SOURCE = """
WITH admissions AS (
    SELECT t.order_id,
        count(*) FILTER (t.status = 'valid') AS ticket_count,
        arg_min(e.name, (e.starts_at, e.event_id)) AS event_name
    FROM order_tickets t LEFT JOIN events e ON e.event_id = t.event_id
    WHERE NOT coalesce(t.is_deleted, false)
    GROUP BY t.order_id
)
SELECT 'order:' || o.order_id AS key, o.* EXCLUDE (currency),
    upper(o.currency) AS currency,
    o.total_amount - coalesce(o.refunded_amount, 0) AS net_amount,
    coalesce(o.cancelled_at, o.paid_at, o.ordered_at) AS closed_at,
    coalesce(a.ticket_count, 0) AS ticket_count,
    a.event_name
FROM orders o LEFT JOIN admissions a ON a.order_id = o.order_id
WHERE NOT coalesce(o.is_deleted, false)
"""

DELETED = "SELECT 'order:' || order_id AS key FROM orders WHERE is_deleted"

WITH_BUYER = """
SELECT 'order:' || order_id AS from_key, person AS to_key FROM buyers
"""

WITH_COMPANY = """
SELECT 'order:' || o.order_id AS from_key, 'company:' || c.company_id AS to_key
FROM orders o JOIN companies c ON c.company_id = o.company_id
WHERE NOT coalesce(o.is_deleted, false) AND NOT coalesce(c.is_deleted, false)
"""


def object_type(mapping: Mapping[str, Any]) -> ObjectType:
    """Return the object type."""
    to_contact = AssociationType("deals_to_contacts", "deals", "contacts", 3)
    to_company = AssociationType("deals_to_companies", "deals", "companies", 341)
    return ObjectType(
        name=NAME,
        description="One per order, with its buyer and its company.",
        sql=SOURCE,
        deleted=DELETED,
        associations=(
            AssociationSource(to_contact, WITH_BUYER),
            AssociationSource(to_company, WITH_COMPANY),
        ),
        mapping=mapping,
        order=30,
    )
