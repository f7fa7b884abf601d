"""A ticketing platform of any size, made in SQL straight in a replica.

Every row follows from its number, so two platforms of one size are alike. Buyers are skewed (a
few buy most), one address in twenty is a household's, one order in seven is a guest's, four
tickets in ten name somebody else, and four currencies are paid in.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from stagedoor.state.columns import columns_of
from stagedoor.state.database import StateDatabase
from stagedoor.state.replica import Replica
from stagedoor.streams import STREAMS

TODAY_IS = datetime(2026, 11, 24, tzinfo=UTC)
TODAY = f"TIMESTAMP '{TODAY_IS:%Y-%m-%d}'"


def dice(salt: int, number: str = "n") -> str:
    """Return SQL for a number from 0 to 1 that follows from the row's number."""
    return f"(hash({number} * 1000003 + {salt}) / 18446744073709551616.0)"


def address(number: str) -> str:
    """Return SQL for the address that belongs to a customer."""
    return f"'visitor.' || ({number}) || '@mail' || (({number}) % 40) || '.example.com'"


CUSTOMERS = f"""
SELECT n::VARCHAR AS customer_id,
    CASE WHEN {dice(1)} < 0.02 THEN NULL
         WHEN {dice(1)} < 0.07 THEN upper({address("n // 2")})
         WHEN {dice(1)} < 0.10 THEN '  ' || {address("n")} || chr(9)
         ELSE {address("n")} END AS email,
    'Ana' AS first_name, 'Popescu ' || n % 977 AS last_name, '+40 722 ' || n % 1000000 AS phone,
    'ro' AS language, 'Strada Lungă ' || n % 200 AS street, 'Cluj' AS city, 'RO' AS country,
    CASE WHEN {dice(2)} < 0.09 THEN (1 + floor({dice(3)} * $companies))::BIGINT::VARCHAR
    END AS company_id,
    {dice(4)} < 0.6 AS marketing_consent, {dice(5)} < 0.01 AS is_anonymised,
    {dice(6)} < 0.01 AS is_deleted,
    {TODAY} - to_seconds((86400 * (30 + 870 * {dice(7)}))::BIGINT) AS created_at,
    {TODAY} AS updated_at
FROM range(1, $customers + 1) AS numbers (n)
"""

COMPANIES = f"""
SELECT n::VARCHAR AS company_id, 'Firm ' || n AS name,
    'firm' || n || '.example.com' AS domain,
    CASE WHEN {dice(11)} < 0.2 AND n > 3
         THEN (1 + floor({dice(12)} * (n - 1)))::BIGINT::VARCHAR END AS parent_company_id,
    {dice(13)} < 0.01 AS is_deleted, {TODAY} AS created_at, {TODAY} AS updated_at
FROM range(1, $companies + 1) AS numbers (n)
"""

# Two years of events, and eight months to come.
EVENTS = f"""
SELECT *, starts_at + INTERVAL 3 HOUR AS ends_at FROM (
    SELECT n::VARCHAR AS event_id, 'Evening ' || n AS name,
        ['Concert', 'Theatre', 'Opera', 'Sports', 'Comedy'][1 + n % 5] AS category,
        'Hall ' || n % 60 AS venue, 'City ' || n % 20 AS city, 'RO' AS country,
        {TODAY} - INTERVAL 730 DAY
            + to_seconds((86400 * 970 * n / $events)::BIGINT) AS starts_at,
        [80, 250, 900, 4000][1 + n % 4] AS capacity,
        CASE WHEN {dice(21)} < 0.04 THEN 'cancelled' ELSE 'scheduled' END AS status,
        false AS is_deleted, {TODAY} AS created_at, {TODAY} AS updated_at
    FROM range(1, $events + 1) AS numbers (n)
)
"""

# The cube of a die: one customer in ten places almost half of the orders.
_BUYER = f"(1 + floor($customers * {dice(31)} * {dice(31)} * {dice(31)}))::BIGINT"

ORDERS = f"""
SELECT n::VARCHAR AS order_id, 'T' || n AS order_number,
    CASE WHEN who >= 0.2 THEN buyer::VARCHAR END AS customer_id,
    CASE WHEN {dice(32)} < 0.02 THEN (1 + floor({dice(33)} * $companies))::BIGINT::VARCHAR
    END AS company_id,
    CASE WHEN who < 0.05 THEN NULL
         WHEN who < 0.2 THEN 'guest.' || (buyer * 7 + n % 5) || '@mail.example.org'
         ELSE {address("buyer")} END AS email,
    'Ana' AS first_name, 'Popescu' AS last_name,
    CASE WHEN {dice(34)} < 0.82 THEN 'paid' WHEN {dice(34)} < 0.87 THEN 'pending'
         WHEN {dice(34)} < 0.91 THEN 'partially_refunded' WHEN {dice(34)} < 0.95 THEN 'refunded'
         ELSE 'cancelled' END AS status,
    CASE WHEN {dice(35)} < 0.75 THEN 'EUR' WHEN {dice(35)} < 0.9 THEN 'RON'
         WHEN {dice(35)} < 0.97 THEN 'USD' ELSE 'CHF' END AS currency,
    (20 + 300 * {dice(36)})::DECIMAL(18, 2) AS total_amount,
    CASE WHEN {dice(34)} BETWEEN 0.87 AND 0.91 THEN (20 * {dice(36)})::DECIMAL(18, 2)
         WHEN {dice(34)} BETWEEN 0.91 AND 0.95 THEN (20 + 300 * {dice(36)})::DECIMAL(18, 2)
    END AS refunded_amount,
    CASE WHEN {dice(37)} < 0.12 THEN 'SAVE' || n % 50 END AS coupon_code, 'web' AS sales_channel,
    {TODAY} - to_seconds((86400 * 700 * (1 - n / ($orders + 1)))::BIGINT) AS ordered_at,
    ordered_at AS paid_at, {dice(38)} < 0.004 AS is_deleted,
    ordered_at AS created_at, ordered_at AS updated_at
FROM (SELECT n, {dice(30)} AS who, {_BUYER} AS buyer
      FROM range($first, $last) AS numbers (n))
"""


def _ticket_dice(salt: int) -> str:
    return dice(salt, "(n * 64 + place)")


_OTHER = address(f"(1 + floor($customers * {_ticket_dice(44)}))::BIGINT")

# An order is for events that begin within four months of it.
ORDER_TICKETS = f"""
SELECT n || '-' || place AS order_ticket_id, n::VARCHAR AS order_id, event::VARCHAR AS event_id,
    ['Standard', 'Standard', 'Student', 'VIP'][1 + floor(4 * {_ticket_dice(41)})::BIGINT]
        AS ticket_type,
    (10 + 90 * {_ticket_dice(42)})::DECIMAL(18, 2) AS price,
    CASE WHEN place > 1 AND other BETWEEN 0.9 AND 1
         THEN (1 + floor($customers * {_ticket_dice(43)}))::BIGINT::VARCHAR
    END AS attendee_customer_id,
    CASE WHEN place > 1 AND other > 0.6 THEN 'Dan ' || place END AS attendee_name,
    CASE WHEN place > 1 AND other BETWEEN 0.75 AND 0.9
         THEN upper({_OTHER})
    END AS attendee_email,
    CASE WHEN {dice(34)} BETWEEN 0.91 AND 0.95 THEN 'refunded'
         WHEN {dice(34)} >= 0.95 THEN 'cancelled' ELSE 'valid' END AS status,
    CASE WHEN event % 3 <> 0 AND {dice(34)} < 0.91
              AND {_ticket_dice(45)} < 0.85 AND starts < {TODAY}
         THEN starts - INTERVAL 20 MINUTE END AS checked_in_at,
    false AS is_deleted, {TODAY} AS created_at, {TODAY} AS updated_at
FROM (
    SELECT n, unnest(range(1, many + 1)) AS place, event, {TODAY} - INTERVAL 730 DAY
        + to_seconds((86400 * 970 * event / $events)::BIGINT) AS starts,
        {_ticket_dice(46)} AS other
    FROM (
        SELECT n, CASE WHEN {dice(47)} < 0.003 THEN 10 + n % 50
                       ELSE [1, 2, 2, 2, 3, 4][1 + floor(6 * {dice(48)})::BIGINT] END AS many,
            least($events, 1 + floor($events * ((30 + 700.0 * n / $orders)
                + 120 * {dice(49)}) / 970))::BIGINT AS event
        FROM range($first, $last) AS numbers (n)
    )
)
"""

SUPPORT_REQUESTS = f"""
SELECT 'S' || n AS support_request_id, buyer::VARCHAR AS customer_id,
    {address("buyer")} AS email, n::VARCHAR AS order_id, 'Where is my ticket?' AS subject,
    'closed' AS status, false AS is_deleted, {TODAY} AS created_at, {TODAY} AS updated_at
FROM (SELECT n, {_BUYER} AS buyer FROM range(1, $orders // 25 + 1) AS numbers (n))
"""

_CHUNK = 1_000_000


def fill(database: StateDatabase, customers: int, orders: int) -> dict[str, int]:
    """Fill the replica; return how many rows each stream has."""
    Replica(database)
    database.execute("SET memory_limit='2GB'")
    sizes = {
        "customers": customers,
        "orders": orders,
        "companies": max(10, customers // 40),
        "events": max(20, orders // 400),
    }
    for stream, sql in (
        ("customers", CUSTOMERS),
        ("companies", COMPANIES),
        ("events", EVENTS),
        ("support_requests", SUPPORT_REQUESTS),
    ):
        _insert(database, stream, sql, sizes)
    for first in range(1, orders + 1, _CHUNK):
        part = {**sizes, "first": first, "last": min(first + _CHUNK, orders + 1)}
        _insert(database, "orders", ORDERS, part)
        _insert(database, "order_tickets", ORDER_TICKETS, part)
    database.execute("CHECKPOINT")
    return {s: int(database.scalar(f"SELECT count(*) FROM replica.{s}")) for s in STREAMS}


def _insert(database: StateDatabase, stream: str, sql: str, sizes: dict[str, int]) -> None:
    for name, size in sizes.items():
        sql = sql.replace(f"${name}", str(size))
    known = {column.name for column in columns_of(STREAMS[stream].json_schema())}
    names = [row[0] for row in database.rows(f"SELECT column_name FROM (DESCRIBE {sql})")]
    if strangers := set(names) - known:
        raise ValueError(f"{stream} has no {strangers}")
    database.execute(f"INSERT INTO replica.{stream} ({', '.join(names)}) {sql}")


def edits(touched: int) -> Iterator[tuple[str, str]]:
    """Yield streams with SQL for their changed rows: of so many customers, in ten kinds.

    They move (0, 1), change company (2) or consent (3), are erased (4), order once more (5 to 7),
    get their money back (8), or are scanned late (9). An event begins, and whoever has a ticket
    for it is scanned.
    """
    chosen = (
        "(SELECT customer_id, (row_number() OVER () % 10)::INTEGER AS kind "
        "FROM (SELECT customer_id FROM replica.customers "
        "WHERE NOT is_deleted AND NOT is_anonymised AND email IS NOT NULL "
        "ORDER BY hash(customer_id || (SELECT count(*) FROM replica.customers "
        f"WHERE is_anonymised)) LIMIT {touched}))"
    )
    yield (
        "customers",
        f"""
        SELECT c.* REPLACE (
            CASE WHEN kind IN (0, 1) THEN 'moved.' || customer_id || '@mail.example.net'
                 ELSE email END AS email,
            CASE WHEN kind = 2 THEN '7' ELSE company_id END AS company_id,
            marketing_consent <> (kind = 3) AS marketing_consent,
            kind = 4 AS is_anonymised)
        FROM replica.customers c JOIN {chosen} USING (customer_id) WHERE kind <= 4
        """,
    )
    theirs = f"FROM replica.orders o JOIN {chosen} k USING (customer_id)"
    latest = "QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY ordered_at DESC) = 1"
    yield (
        "orders",
        f"""
        SELECT o.* REPLACE (
            CASE WHEN kind = 8 THEN order_id ELSE 'new-' || order_id END AS order_id,
            CASE WHEN kind = 8 THEN 'refunded' ELSE 'paid' END AS status,
            CASE WHEN kind = 8 THEN total_amount END AS refunded_amount,
            CASE WHEN kind = 8 THEN ordered_at ELSE {TODAY} END AS ordered_at)
        {theirs} WHERE kind BETWEEN 5 AND 8 AND NOT is_deleted {latest}
        """,
    )
    yield (
        "order_tickets",
        f"""
        SELECT t.* REPLACE ('new-' || order_ticket_id AS order_ticket_id,
            'new-' || t.order_id AS order_id, 'valid' AS status, NULL::TIMESTAMP AS checked_in_at)
        FROM replica.order_tickets t
        JOIN (SELECT order_id {theirs} WHERE kind BETWEEN 5 AND 7 AND NOT o.is_deleted {latest}) k
            ON k.order_id = t.order_id
        UNION ALL
        SELECT t.* REPLACE ({TODAY} AS checked_in_at)
        FROM replica.order_tickets t
        JOIN replica.events e ON e.event_id = t.event_id
            AND e.starts_at < {TODAY} AND t.event_id::BIGINT % 3 <> 0
        JOIN (SELECT order_id, customer_id {theirs} WHERE kind = 9) k ON k.order_id = t.order_id
        WHERE t.checked_in_at IS NULL AND t.status = 'valid'
        QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY order_ticket_id) = 1
        UNION ALL
        SELECT t.* REPLACE ({TODAY} AS checked_in_at)
        FROM replica.order_tickets t
        JOIN (SELECT event_id FROM replica.events WHERE starts_at >= {TODAY}
              ORDER BY starts_at LIMIT 1) e ON e.event_id = t.event_id
        WHERE t.status = 'valid'
        """,
    )
