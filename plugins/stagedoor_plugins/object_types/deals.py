"""Deals: one per order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stagedoor.extension import AssociationSource, ObjectType, PlatformRow
from stagedoor.model import AssociationType
from stagedoor.streams import ORDERS
from stagedoor_plugins.addresses import normal_email
from stagedoor_plugins.object_types import attendees, buyers

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
    a.event_name,
    CASE WHEN o.company_id IS NULL THEN 'person' ELSE 'company' END AS sold_to
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

# Whoever holds a valid ticket in their own name, account or address.
WITH_ATTENDEES = f"""
SELECT DISTINCT 'order:' || t.order_id AS from_key, coalesce(a.key, p.key) AS to_key
FROM order_tickets t
LEFT JOIN accounts a ON a.customer_id = t.attendee_customer_id
LEFT JOIN people p ON t.attendee_customer_id IS NULL
    AND p.address = {normal_email("t.attendee_email")}
WHERE t.status = 'valid' AND NOT coalesce(t.is_deleted, false)
"""

# Who bought for a company gets its invoices.
WITH_BILLING_CONTACT = """
SELECT 'order:' || o.order_id AS from_key, b.person AS to_key
FROM orders o JOIN buyers b USING (order_id) WHERE o.company_id IS NOT NULL
"""

# Who bought tickets for ten people or more brings a group.
WITH_GROUP_ORGANISER = """
SELECT 'order:' || b.order_id AS from_key, b.person AS to_key
FROM buyers b JOIN order_tickets t USING (order_id)
WHERE t.status = 'valid' AND NOT coalesce(t.is_deleted, false)
GROUP BY b.order_id, b.person HAVING count(*) >= 10
"""


def _labelled(name: str, label: str, sql: str) -> AssociationSource:
    kind = AssociationType(
        name, "deals", "contacts", 0, category="USER_DEFINED", default=False, label=label
    )
    return AssociationSource(kind, sql, on=False)


def object_type(mapping: Mapping[str, Any]) -> ObjectType:
    """Return the object type."""
    to_contact = AssociationType("deals_to_contacts", "deals", "contacts", 3)
    to_company = AssociationType("deals_to_companies", "deals", "companies", 341)
    primary = AssociationType(
        "deals_to_primary_companies", "deals", "companies", 5, default=False, label="Primary"
    )
    return ObjectType(
        name=NAME,
        description="One per order, with its buyer and its company.",
        sql=SOURCE,
        deleted=DELETED,
        associations=(
            AssociationSource(to_contact, WITH_BUYER),
            AssociationSource(to_company, WITH_COMPANY),
            AssociationSource(primary, WITH_COMPANY, on=False),
            _labelled("deals_to_attendees", "Attendee", WITH_ATTENDEES),
            _labelled("deals_to_billing_contacts", "Billing contact", WITH_BILLING_CONTACT),
            _labelled("deals_to_group_organisers", "Group organiser", WITH_GROUP_ORGANISER),
        ),
        mapping=mapping,
        row=PlatformRow(
            "orders", "order:", columns=frozenset(f.name for f in ORDERS.fields) - {"currency"}
        ),
        order=30,
        details={
            "buyer": buyers.BUYER_OF_ORDER,
            "attendee": attendees.ATTENDEE_OF_ORDER,
            "answers": attendees.ANSWERS_OF_ORDER,
        },
    )
