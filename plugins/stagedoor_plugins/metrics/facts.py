"""What metrics are computed from: orders and tickets with everything looked up, as numbers.

People, orders and events go by the row number that they have in their relation: joining and
grouping tens of millions of rows by numbers takes a third of the time and room that texts take.
"""

from __future__ import annotations

from stagedoor_plugins.addresses import normal_email


def money(column: str) -> str:
    """Return SQL for an amount in cents' precision.

    By way of a small decimal, which takes a thirtieth of the time; amounts of a thousand million
    and more do not fit one.
    """
    return (
        f"coalesce(TRY_CAST({column} AS DECIMAL(18, 9))::DECIMAL(18, 2), {column}::DECIMAL(18, 2))"
    )


# Each account with its person; none for those that are deleted, erased or without an address.
CUSTOMER_PEOPLE = """
SELECT c.customer_id, p.rowid::INTEGER AS person,
    coalesce(c.is_deleted, false) OR coalesce(c.is_anonymised, false) AS is_gone
FROM customers c
LEFT JOIN accounts a ON a.customer_id = c.customer_id
LEFT JOIN people p ON p.address = a.address
"""

# Events at whose door anybody was scanned.
SCANNED_EVENTS = """
SELECT DISTINCT event_id FROM order_tickets
WHERE checked_in_at IS NOT NULL AND NOT coalesce(is_deleted, false)
"""

# In the order in which they begin. Names get a number that sorts as they do.
EVENT_FACTS = """
WITH named AS (
    SELECT e.event_id, e.name, nullif(trim(e.category), '') AS category,
        nullif(trim(e.venue), '') AS venue, nullif(trim(e.city), '') AS city,
        e.starts_at, coalesce(e.ends_at, e.starts_at) AS ends_at,
        e.status IS DISTINCT FROM 'cancelled' AND NOT coalesce(e.is_deleted, false)
            AS takes_place,
        s.event_id IS NOT NULL AS was_scanned
    FROM events e LEFT JOIN scanned_events s ON s.event_id = e.event_id
)
SELECT *, row_number() OVER (ORDER BY starts_at NULLS FIRST, event_id)::INTEGER AS event,
    dense_rank() OVER (ORDER BY category) AS category_number,
    dense_rank() OVER (ORDER BY venue) AS venue_number,
    dense_rank() OVER (ORDER BY city) AS city_number
FROM named
"""

CURRENCIES = """
SELECT row_number() OVER (ORDER BY c.currency)::SMALLINT AS currency, c.currency AS code, r.rate
FROM (SELECT DISTINCT upper(currency) AS currency FROM orders) c
LEFT JOIN exchange_rates r ON r.currency = c.currency
WHERE c.currency IS NOT NULL
"""

# Orders with their buyers. The account counts first, then the address written on the order;
# orders of erased and deleted accounts are nobody's.
ORDER_FACTS = f"""
SELECT o.order_id, coalesce(w.person, p.rowid::INTEGER) AS buyer, o.ordered_at, c.currency,
    coalesce(o.status IN ('paid', 'partially_refunded'), false) AS is_paid,
    coalesce(o.status IN ('paid', 'partially_refunded', 'refunded'), false) AS was_paid,
    coalesce({money("o.total_amount")}, 0) AS gross,
    coalesce({money("o.refunded_amount")}, 0) AS refunded,
    coalesce(trim(o.coupon_code), '') <> '' AS has_coupon
FROM orders o
LEFT JOIN customer_people w ON w.customer_id = o.customer_id
LEFT JOIN people p ON p.address = CASE WHEN w.person IS NULL AND w.is_gone IS NOT TRUE
    THEN {normal_email("o.email")} END
LEFT JOIN currencies c ON c.code = upper(o.currency)
WHERE NOT coalesce(o.is_deleted, false)
"""

TICKET_KINDS = """
SELECT row_number() OVER (ORDER BY name)::SMALLINT AS kind, name
FROM (SELECT DISTINCT trim(ticket_type) AS name FROM order_tickets) WHERE name <> ''
"""

# Valid tickets, with who holds them: the attendee where it names one by account or address,
# else the buyer.
TICKET_FACTS = f"""
SELECT o.rowid::INTEGER AS order_number, o.buyer, o.is_paid, o.ordered_at, o.currency, e.event,
    k.kind, {money("t.price")} AS price,
    t.checked_in_at IS NOT NULL AS checked_in,
    CASE WHEN t.attendee_customer_id IS NOT NULL THEN w.person
         WHEN {normal_email("t.attendee_email")} IS NOT NULL THEN p.rowid::INTEGER
         ELSE o.buyer END AS holder
FROM order_tickets t
JOIN order_facts o ON o.order_id = t.order_id
LEFT JOIN event_facts e ON e.event_id = t.event_id
LEFT JOIN ticket_kinds k ON k.name = trim(t.ticket_type)
LEFT JOIN customer_people w ON w.customer_id = t.attendee_customer_id
LEFT JOIN people p ON p.address = CASE WHEN t.attendee_customer_id IS NULL
    THEN {normal_email("t.attendee_email")} END
WHERE t.status = 'valid' AND NOT coalesce(t.is_deleted, false)
"""

# Tickets of one kind that somebody bought.
BOUGHT_KINDS = """
SELECT buyer AS person, kind, count(*) AS tickets FROM ticket_facts
WHERE is_paid AND buyer IS NOT NULL AND kind IS NOT NULL GROUP BY ALL
"""

# Tickets that somebody holds for one event.
HOLDINGS = """
SELECT holder AS person, event, count(*)::INTEGER AS tickets,
    (count(*) FILTER (checked_in))::INTEGER AS checked_in
FROM ticket_facts WHERE is_paid AND holder IS NOT NULL AND event IS NOT NULL GROUP BY ALL
"""

# What was sold for one event in one currency.
EVENT_SALES = """
SELECT event, currency, count(*) AS tickets, count(DISTINCT order_number) AS orders,
    count(*) FILTER (checked_in) AS checked_in, sum(price) AS revenue
FROM ticket_facts WHERE is_paid AND event IS NOT NULL GROUP BY ALL
"""

# Tickets of one order for one event.
LOTS = """
SELECT order_number, event, any_value(buyer) AS buyer, any_value(is_paid) AS is_paid,
    any_value(ordered_at) AS ordered_at, count(*)::INTEGER AS tickets,
    (count(*) FILTER (checked_in))::INTEGER AS checked_in
FROM ticket_facts GROUP BY order_number, event
"""

RELATIONS = {
    "customer_people": CUSTOMER_PEOPLE,
    "scanned_events": SCANNED_EVENTS,
    "event_facts": EVENT_FACTS,
    "currencies": CURRENCIES,
    "order_facts": ORDER_FACTS,
    "ticket_kinds": TICKET_KINDS,
    "ticket_facts": TICKET_FACTS,
    "bought_kinds": BOUGHT_KINDS,
    "holdings": HOLDINGS,
    "event_sales": EVENT_SALES,
    "lots": LOTS,
}
