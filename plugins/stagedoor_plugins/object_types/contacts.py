"""Contacts: one per e-mail address, since that is what HubSpot tells people apart by.

Several accounts with one address (a household) become one contact, with the personal data of
the account that is oldest. Buyers and support requesters without an account (guests) become
contacts too, and attendees where the mapping document says so. Deleted and anonymised accounts,
and whoever has no address, do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stagedoor.extension import AssociationSource, ObjectType, PlatformRow
from stagedoor.model import AssociationType
from stagedoor.streams import CUSTOMERS
from stagedoor_plugins.addresses import normal_email
from stagedoor_plugins.metrics import KEPT, RELATIONS
from stagedoor_plugins.object_types import attendees, buyers

NAME = "contacts"

# Accounts that may become contacts, with the key of the contact each belongs to.
ACCOUNTS = f"""
SELECT *, 'customer:' || first_value(customer_id) OVER (
    PARTITION BY address ORDER BY created_at NULLS LAST, customer_id) AS key
FROM (SELECT *, {normal_email("email")} AS address FROM customers)
WHERE address IS NOT NULL AND NOT coalesce(is_deleted, false) AND NOT coalesce(is_anonymised, false)
"""

# Every address that is a contact, with its key.
PEOPLE = f"""
WITH written AS (
    SELECT {normal_email("email")} AS address, customer_id FROM orders
    WHERE NOT coalesce(is_deleted, false)
    UNION ALL
    SELECT {normal_email("email")}, customer_id FROM support_requests
    WHERE NOT coalesce(is_deleted, false)
    UNION ALL
    SELECT address, customer_id FROM ({attendees.SWITCHED_ON})
), guests AS (
    SELECT DISTINCT address FROM written
    WHERE address IS NOT NULL
      AND address NOT IN (SELECT address FROM accounts)
      -- An erased or deleted person stays away, whatever their orders still say.
      AND (customer_id IS NULL OR customer_id NOT IN (
          SELECT customer_id FROM customers
          WHERE coalesce(is_deleted, false) OR coalesce(is_anonymised, false)))
)
SELECT DISTINCT address, key FROM accounts
UNION ALL
SELECT address, 'guest:' || address FROM guests
"""


def person_of(table: str, key: str) -> str:
    """Return SQL giving (`key`, `person`): the contact of each row of `table`.

    The account counts first, then the address written on the row; rows of erased and deleted
    accounts belong to nobody.
    """
    return f"""
    SELECT r.{key}, coalesce(a.key, CASE WHEN c.customer_id IS NULL THEN p.key END) AS person
    FROM {table} r
    LEFT JOIN accounts a ON a.customer_id = r.customer_id
    LEFT JOIN customers c ON c.customer_id = r.customer_id
        AND (coalesce(c.is_deleted, false) OR coalesce(c.is_anonymised, false))
    LEFT JOIN people p ON p.address = {normal_email("r.email")}
    WHERE NOT coalesce(r.is_deleted, false)
    """


SOURCE = f"""
WITH consent AS (
    SELECT key, bool_and(marketing_consent) AS marketing_consent FROM accounts GROUP BY key
), guest AS (
    SELECT {normal_email("email")} AS address,
        arg_max(first_name, (ordered_at, order_id)) AS first_name,
        arg_max(last_name, (ordered_at, order_id)) AS last_name,
        arg_max(phone, (ordered_at, order_id)) AS phone
    FROM orders WHERE NOT coalesce(is_deleted, false) AND email IS NOT NULL GROUP BY 1
), attendee AS (
    SELECT address, arg_max(name, (named_at, id)) AS name FROM ({attendees.SWITCHED_ON}) GROUP BY 1
)
SELECT p.key, p.address AS email, a.customer_id,
    CASE WHEN a.key IS NOT NULL THEN a.first_name WHEN g.address IS NOT NULL THEN g.first_name
        ELSE {attendees.first_name("t.name")} END AS first_name,
    CASE WHEN a.key IS NOT NULL THEN a.last_name WHEN g.address IS NOT NULL THEN g.last_name
        ELSE {attendees.last_name("t.name")} END AS last_name,
    CASE WHEN a.key IS NULL THEN g.phone ELSE a.phone END AS phone,
    a.language, a.street, a.postal_code, a.city, a.country, a.job_title,
    consent.marketing_consent
FROM people p
LEFT JOIN accounts a ON a.key = p.key AND a.key = 'customer:' || a.customer_id
LEFT JOIN consent ON consent.key = p.key
LEFT JOIN guest g ON g.address = p.address
LEFT JOIN attendee t ON t.address = p.address
"""

# Accounts, and guests of whom nothing is left; households and guests keep the contact by its
# address, whatever the account's key.
DELETED = f"""
WITH written AS (
    SELECT {normal_email("email")} AS address, is_deleted FROM orders
    UNION ALL
    SELECT {normal_email("email")}, is_deleted FROM support_requests
)
SELECT 'customer:' || customer_id AS key FROM customers WHERE is_deleted
UNION ALL
SELECT 'guest:' || address FROM written WHERE address IS NOT NULL
GROUP BY address HAVING bool_and(coalesce(is_deleted, false))
"""

ANONYMISED = "SELECT 'customer:' || customer_id AS key FROM customers WHERE is_anonymised"

WITH_COMPANY = """
SELECT a.key AS from_key, 'company:' || c.company_id AS to_key
FROM accounts a JOIN companies c ON c.company_id = a.company_id
WHERE NOT coalesce(c.is_deleted, false)
"""

# One company for each contact: that of its oldest account which has one.
WITH_PRIMARY_COMPANY = """
SELECT a.key AS from_key, 'company:' || arg_min(
    c.company_id, (coalesce(a.created_at, 'infinity'), a.customer_id)) AS to_key
FROM accounts a JOIN companies c ON c.company_id = a.company_id
WHERE NOT coalesce(c.is_deleted, false) GROUP BY a.key
"""


# Accounts of one address share it, and what they agreed to: these go to all of them.
ROW = PlatformRow(
    stream="customers",
    prefix="customer:",
    columns=frozenset(f.name for f in CUSTOMERS.fields) - {"company_id"},
    shared=frozenset(("email", "marketing_consent")),
    members="SELECT key, customer_id AS row_key FROM accounts",
)


def object_type(mapping: Mapping[str, Any]) -> ObjectType:
    """Return the object type; its relations serve other object types and calculators."""
    return ObjectType(
        name=NAME,
        description="One per e-mail address: accounts, households and guests.",
        sql=SOURCE,
        deleted=DELETED,
        anonymised=ANONYMISED,
        relations={
            "accounts": ACCOUNTS,
            "people": PEOPLE,
            "buyers": person_of("orders", "order_id"),
            "requesters": person_of("support_requests", "support_request_id"),
            "registrants": person_of("registrations", "registration_id"),
            **RELATIONS,
        },
        kept=(KEPT,),
        associations=(
            AssociationSource(
                AssociationType("contacts_to_companies", "contacts", "companies", 279),
                WITH_COMPANY,
            ),
            AssociationSource(
                AssociationType(
                    "contacts_to_primary_companies",
                    "contacts",
                    "companies",
                    1,
                    default=False,
                    label="Primary",
                ),
                WITH_PRIMARY_COMPANY,
                on=False,
            ),
        ),
        mapping=mapping,
        order=20,
        details={
            "buyer": buyers.BUYER_OF_CONTACT,
            "attendee": attendees.ATTENDEE_OF_CONTACT,
            "answers": attendees.ANSWERS_OF_CONTACT,
        },
        row=ROW,
    )
