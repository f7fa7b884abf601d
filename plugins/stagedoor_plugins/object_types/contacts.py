"""Contacts: one per e-mail address, since that is what HubSpot tells people apart by.

Several accounts with one address (a household) become one contact, with the personal data of
the account that is oldest. Buyers and support requesters without an account (guests) become
contacts too. Deleted and anonymised accounts, and whoever has no address, do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stagedoor.extension import AssociationSource, ObjectType
from stagedoor.model import AssociationType
from stagedoor_plugins.addresses import normal_email
from stagedoor_plugins.metrics import RELATIONS

NAME = "contacts"

# Accounts that may become contacts, with the key of the contact each belongs to.
ACCOUNTS = f"""
WITH valid AS (
    SELECT *, {normal_email("email")} AS address FROM customers
    WHERE {normal_email("email")} IS NOT NULL
      AND NOT coalesce(is_deleted, false) AND NOT coalesce(is_anonymised, false)
), shared AS (
    SELECT address FROM valid GROUP BY address HAVING count(*) > 1
), oldest AS (
    SELECT address, customer_id AS first_id FROM valid SEMI JOIN shared USING (address)
    QUALIFY row_number() OVER (
        PARTITION BY address ORDER BY created_at NULLS LAST, customer_id) = 1
)
SELECT v.*, 'customer:' || coalesce(o.first_id, v.customer_id) AS key
FROM valid v LEFT JOIN oldest o ON o.address = v.address
"""

# Every address that is a contact, with its key.
PEOPLE = f"""
WITH gone AS (
    SELECT customer_id FROM customers
    WHERE coalesce(is_deleted, false) OR coalesce(is_anonymised, false)
), written AS (
    SELECT {normal_email("email")} AS address, customer_id FROM orders
    WHERE NOT coalesce(is_deleted, false)
    UNION ALL
    SELECT {normal_email("email")}, customer_id FROM support_requests
    WHERE NOT coalesce(is_deleted, false)
), guests AS (
    -- An erased or deleted person stays away, whatever their orders still say.
    SELECT DISTINCT w.address FROM written w
    ANTI JOIN accounts a ON a.address = w.address
    ANTI JOIN gone g ON g.customer_id = w.customer_id
    WHERE w.address IS NOT NULL
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
    SELECT r.{key}, coalesce(a.key, p.key) AS person
    FROM {table} r
    LEFT JOIN accounts a ON a.customer_id = r.customer_id
    LEFT JOIN customers c ON c.customer_id = r.customer_id
        AND (coalesce(c.is_deleted, false) OR coalesce(c.is_anonymised, false))
    LEFT JOIN people p ON p.address = CASE WHEN a.key IS NULL AND c.customer_id IS NULL
        THEN {normal_email("r.email")} END
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
)
SELECT p.key, p.address AS email, a.customer_id,
    CASE WHEN a.key IS NULL THEN g.first_name ELSE a.first_name END AS first_name,
    CASE WHEN a.key IS NULL THEN g.last_name ELSE a.last_name END AS last_name,
    CASE WHEN a.key IS NULL THEN g.phone ELSE a.phone END AS phone,
    a.language, a.street, a.postal_code, a.city, a.country, a.job_title,
    consent.marketing_consent
FROM people p
LEFT JOIN accounts a ON a.key = p.key AND a.key = 'customer:' || a.customer_id
LEFT JOIN consent ON consent.key = p.key
LEFT JOIN guest g ON g.address = p.address
"""

WITH_COMPANY = """
SELECT a.key AS from_key, 'company:' || c.company_id AS to_key
FROM accounts a JOIN companies c ON c.company_id = a.company_id
WHERE NOT coalesce(c.is_deleted, false)
"""


def object_type(mapping: Mapping[str, Any]) -> ObjectType:
    """Return the object type; its relations serve other object types and calculators."""
    return ObjectType(
        name=NAME,
        description="One per e-mail address: accounts, households and guests.",
        sql=SOURCE,
        relations={
            "accounts": ACCOUNTS,
            "people": PEOPLE,
            "buyers": person_of("orders", "order_id"),
            "requesters": person_of("support_requests", "support_request_id"),
            **RELATIONS,
        },
        associations=(
            AssociationSource(
                AssociationType("contacts_to_companies", "contacts", "companies", 279),
                WITH_COMPANY,
            ),
        ),
        mapping=mapping,
        order=20,
    )
