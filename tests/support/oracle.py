"""What the portal must hold, computed from the sample database by SQL of its own.

Nothing of Stagedoor is imported: this is a second opinion on docs/mapping.md.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

ADDRESS = "nullif(lower(trim({}, ' ' || char(9) || char(10) || char(13))), '')"

_VIEWS = f"""
CREATE TEMP TABLE account AS
SELECT customer_id, company_id, created_at, {ADDRESS.format("email")} AS address FROM customers
WHERE is_deleted = 0 AND is_anonymised = 0 AND {ADDRESS.format("email")} IS NOT NULL;

CREATE TEMP TABLE gone AS
SELECT customer_id FROM customers WHERE is_deleted = 1 OR is_anonymised = 1;

-- The person behind a written record: the account's address, else the address written.
CREATE TEMP TABLE buyer AS
SELECT o.order_id, coalesce(a.address,
    CASE WHEN g.customer_id IS NULL THEN {ADDRESS.format("o.email")} END) AS address
FROM orders o LEFT JOIN account a USING (customer_id) LEFT JOIN gone g USING (customer_id)
WHERE o.is_deleted = 0;

CREATE TEMP TABLE requester AS
SELECT s.support_request_id, coalesce(a.address,
    CASE WHEN g.customer_id IS NULL THEN {ADDRESS.format("s.email")} END) AS address
FROM support_requests s LEFT JOIN account a USING (customer_id) LEFT JOIN gone g USING (customer_id)
WHERE s.is_deleted = 0;

CREATE TEMP TABLE person AS
SELECT address FROM account UNION SELECT address FROM buyer WHERE address IS NOT NULL
UNION SELECT address FROM requester WHERE address IS NOT NULL;

CREATE INDEX temp.account_id ON account (customer_id);
CREATE INDEX temp.buyer_id ON buyer (order_id);
"""


@dataclass(frozen=True)
class Expected:
    """The second opinion."""

    contacts: set[str]
    companies: set[str]
    deals: set[str]
    tickets: set[str]
    pairs: dict[tuple[str, str], set[tuple[str, str]]]
    purchases: dict[str, str]
    last_event: dict[str, str]
    favourite: dict[str, str]


def opened(path: Path) -> sqlite3.Connection:
    """Return a sample database with temporary tables `account`, `gone`, `buyer` and others."""
    db = sqlite3.connect(path)
    db.executescript(_VIEWS)
    return db


def read_sample(path: Path, now: datetime) -> Expected:
    """Return what a portal filled at `now` (UTC, naive) must hold."""
    db = opened(path)
    moment = now.strftime("%Y-%m-%d %H:%M:%S.%f")

    def column(sql: str) -> set[str]:
        return {str(row[0]) for row in db.execute(sql)}

    def table(sql: str, *values: str) -> dict[str, str]:
        return {str(key): str(value) for key, value in db.execute(sql, values)}

    def pairs(sql: str) -> set[tuple[str, str]]:
        return {(str(one), str(other)) for one, other in db.execute(sql)}

    alive = "is_deleted = 0"
    return Expected(
        contacts=column("SELECT address FROM person"),
        companies=column(f"SELECT 'company:' || company_id FROM companies WHERE {alive}"),
        deals=column(f"SELECT 'order:' || order_id FROM orders WHERE {alive}"),
        tickets=column(
            f"SELECT 'request:' || support_request_id FROM support_requests WHERE {alive}"
        ),
        pairs={
            ("contacts", "companies"): pairs(
                "SELECT a.address, 'company:' || c.company_id FROM account a "
                "JOIN companies c USING (company_id) WHERE c.is_deleted = 0"
            ),
            ("deals", "contacts"): pairs(
                "SELECT 'order:' || order_id, address FROM buyer WHERE address IS NOT NULL"
            ),
            ("deals", "companies"): pairs(
                "SELECT 'order:' || o.order_id, 'company:' || c.company_id FROM orders o "
                "JOIN companies c USING (company_id) WHERE o.is_deleted = 0 AND c.is_deleted = 0"
            ),
            ("tickets", "contacts"): pairs(
                "SELECT 'request:' || support_request_id, address FROM requester "
                "WHERE address IS NOT NULL"
            ),
            ("tickets", "companies"): pairs(
                "SELECT 'request:' || s.support_request_id, 'company:' || c.company_id "
                "FROM support_requests s JOIN companies c ON c.is_deleted = 0 AND c.company_id = "
                "CASE WHEN EXISTS (SELECT 1 FROM orders o WHERE o.is_deleted = 0 "
                "AND o.order_id = s.order_id) "
                "THEN (SELECT company_id FROM orders o WHERE o.order_id = s.order_id) "
                "ELSE (SELECT company_id FROM account a WHERE a.customer_id = s.customer_id) END "
                "WHERE s.is_deleted = 0"
            ),
            ("tickets", "deals"): pairs(
                "SELECT 'request:' || support_request_id, 'order:' || order_id "
                "FROM support_requests s JOIN orders o USING (order_id) "
                "WHERE s.is_deleted = 0 AND o.is_deleted = 0"
            ),
            ("companies", "companies"): pairs(
                "SELECT 'company:' || p.company_id, 'company:' || c.company_id FROM companies c "
                "JOIN companies p ON p.company_id = c.parent_company_id "
                "WHERE c.is_deleted = 0 AND p.is_deleted = 0"
            ),
        },
        purchases=table(
            "SELECT p.address, count(o.order_id) FROM person p LEFT JOIN buyer b USING (address) "
            "LEFT JOIN orders o ON o.order_id = b.order_id "
            "AND o.status IN ('paid', 'partially_refunded') GROUP BY p.address"
        ),
        last_event=table(_LAST_EVENT, moment),
        favourite=table(_FAVOURITE),
    )


_LAST_EVENT = f"""
WITH held AS (
    SELECT t.event_id, t.checked_in_at, CASE
        WHEN t.attendee_customer_id IS NOT NULL
            THEN (SELECT address FROM account a WHERE a.customer_id = t.attendee_customer_id)
        WHEN {ADDRESS.format("t.attendee_email")} IS NOT NULL
            THEN {ADDRESS.format("t.attendee_email")}
        ELSE b.address END AS address
    FROM order_tickets t JOIN orders o USING (order_id) JOIN buyer b USING (order_id)
    WHERE t.status = 'valid' AND t.is_deleted = 0 AND o.status IN ('paid', 'partially_refunded')
), attended AS (
    SELECT h.address, e.name, e.starts_at, e.event_id FROM held h JOIN events e USING (event_id)
    WHERE e.is_deleted = 0 AND e.status <> 'cancelled' AND h.address IN (SELECT address FROM person)
      AND CASE WHEN e.event_id IN (SELECT event_id FROM order_tickets
                                   WHERE checked_in_at IS NOT NULL AND is_deleted = 0)
               THEN h.checked_in_at IS NOT NULL
               ELSE coalesce(e.ends_at, e.starts_at) < ? END
)
SELECT address, name FROM (
    SELECT address, name, row_number() OVER (
        PARTITION BY address ORDER BY starts_at DESC, event_id DESC) AS place FROM attended)
WHERE place = 1
"""

_FAVOURITE = """
WITH bought AS (
    SELECT b.address, trim(e.category) AS category, count(*) AS tickets,
        max(o.ordered_at) AS latest
    FROM buyer b JOIN orders o USING (order_id) JOIN order_tickets t USING (order_id)
    JOIN events e USING (event_id)
    WHERE o.status IN ('paid', 'partially_refunded') AND t.status = 'valid' AND t.is_deleted = 0
      AND trim(e.category) <> '' AND b.address IS NOT NULL
    GROUP BY b.address, trim(e.category)
)
SELECT address, category FROM (
    SELECT address, category, row_number() OVER (
        PARTITION BY address ORDER BY tickets DESC, latest DESC, category) AS place FROM bought)
WHERE place = 1
"""
