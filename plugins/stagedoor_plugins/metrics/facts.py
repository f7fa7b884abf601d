"""What metrics are computed from: orders and tickets with everything looked up, as numbers.

People, events, currencies and kinds of tickets go by numbers that stay theirs: joining and
grouping tens of millions of rows by numbers takes a third of the time and room of texts. A person
is an address, whoever has it. What a row says does not depend on which rows came before it, so
each function takes the source to read: a whole stream, or the rows of it that were touched.
"""

from __future__ import annotations

from stagedoor_plugins.addresses import normal_email
from stagedoor_plugins.metrics.expressions import money

NUMBERS = {
    "addresses": "address VARCHAR, person INTEGER",
    "event_numbers": "event_id VARCHAR, event INTEGER",
    "currencies": "code VARCHAR, currency SMALLINT",
    "ticket_kinds": "name VARCHAR, kind SMALLINT",
}
"""Tables that give a number to each text, and what they consist of."""


def numbered(table: str, texts: str) -> str:
    """Return a statement that gives the next numbers to texts that have none."""
    text, number = (column.split()[0] for column in NUMBERS[table].split(", "))
    return f"""
    INSERT INTO kept.{table}
    SELECT {text}, row_number() OVER () + (SELECT coalesce(max({number}), 0) FROM kept.{table})
    FROM (SELECT DISTINCT {text} FROM ({texts}) WHERE {text} IS NOT NULL)
    ANTI JOIN kept.{table} USING ({text})
    """


def mark(text: str) -> str:
    """Return SQL for a number by which to look for a text: a tenth of the time of comparing texts.

    Several texts may have one mark; what is found by it is compared by its text or code as well.
    """
    return f"(hash({text}) & 4294967295)::UINTEGER"


def code(text: str) -> str:
    """Return SQL for a number that stands for a text together with its mark.

    That is 96 bits: among a thousand million tickets, two have the same once in 10^11 states.
    """
    return f"hash('~' || {text})"


def numbered_texts(customers: str, orders: str, tickets: str, events: str) -> tuple[str, ...]:
    """Return statements that number every text in these sources."""
    return (
        numbered(
            "addresses",
            # Many orders have one address, and it takes a while to make it normal.
            f"SELECT {normal_email('email')} AS address FROM (SELECT email FROM {customers} "
            f"UNION ALL SELECT DISTINCT email FROM {orders} "
            f"UNION ALL SELECT DISTINCT attendee_email FROM {tickets})",
        ),
        numbered("currencies", f"SELECT DISTINCT upper(currency) AS code FROM {orders}"),
        numbered(
            "event_numbers",
            f"SELECT event_id FROM {events} UNION ALL SELECT DISTINCT event_id FROM {tickets}",
        ),
        numbered(
            "ticket_kinds",
            f"SELECT DISTINCT nullif(trim(ticket_type), '') AS name FROM {tickets}",
        ),
    )


def customer_facts(customers: str) -> str:
    """Return SQL for each account with its person: none for who is deleted, erased, nameless.

    The source has a `_number` for each, as that of orders has.
    """
    return f"""
    SELECT c._number::INTEGER AS account, c.customer_id,
        CASE WHEN NOT c.is_gone THEN a.person END AS person, c.is_gone,
        c.company_id, c.created_at
    FROM (
        SELECT *, coalesce(is_deleted, false) OR coalesce(is_anonymised, false) AS is_gone
        FROM {customers}
    ) c LEFT JOIN kept.addresses a ON a.address = {normal_email("c.email")}
    """


# In the order in which they begin; names get a number that sorts as they do.
EVENT_FACTS = """
SELECT n.event, n.event_id, e.name, e.category, e.venue, e.city, e.starts_at, e.ends_at,
    e.capacity, e.takes_place, s.event IS NOT NULL AS was_scanned,
    row_number() OVER (ORDER BY e.starts_at NULLS FIRST, n.event_id)::INTEGER AS place,
    dense_rank() OVER (ORDER BY e.category) AS category_number,
    dense_rank() OVER (ORDER BY e.venue) AS venue_number,
    dense_rank() OVER (ORDER BY e.city) AS city_number
FROM kept.event_numbers n
JOIN (
    SELECT event_id, name, nullif(trim(category), '') AS category,
        nullif(trim(venue), '') AS venue, nullif(trim(city), '') AS city, starts_at,
        coalesce(ends_at, starts_at) AS ends_at, capacity,
        status IS DISTINCT FROM 'cancelled' AND NOT coalesce(is_deleted, false) AS takes_place
    FROM events
) e ON e.event_id = n.event_id
LEFT JOIN kept.scanned_events s ON s.event = n.event
"""


def order_facts(orders: str) -> str:
    """Return SQL for orders with their buyers.

    The account counts first, then the address on the order; orders of erased and deleted
    accounts are nobody's. An order whose account is not there waits for it.
    """
    return f"""
    SELECT o._number::INTEGER AS number, o.order_id, {mark("o.order_id")} AS mark, w.account,
        CASE WHEN w.account IS NULL THEN o.customer_id END AS waits_for,
        CASE WHEN w.person IS NOT NULL THEN w.person ELSE p.person END AS buyer,
        o.company_id, o.ordered_at, c.currency,
        coalesce(o.status IN ('paid', 'partially_refunded'), false) AS is_paid,
        coalesce(o.status IN ('paid', 'partially_refunded', 'refunded'), false) AS was_paid,
        {money("o.total_amount")} AS gross, {money("o.refunded_amount")} AS refunded,
        coalesce(trim(o.coupon_code), '') <> '' AS has_coupon
    FROM {orders} o
    LEFT JOIN kept.customer_facts w ON w.customer_id = o.customer_id
    LEFT JOIN kept.addresses p ON p.address = CASE
        WHEN w.person IS NULL AND w.is_gone IS NOT TRUE THEN {normal_email("o.email")} END
    LEFT JOIN kept.currencies c ON c.code = upper(o.currency)
    WHERE NOT coalesce(o.is_deleted, false)
    """


def ticket_facts(tickets: str, orders: str) -> str:
    """Return SQL for tickets with who holds them and what they are worth.

    The holder is the attendee where the ticket names one by account or address, else the buyer.
    Tickets that are not valid, or whose order is not there, only tell that an event was scanned.
    A ticket whose order or attendee is not there waits for it.
    """
    named = normal_email("t.attendee_email")
    return f"""
    SELECT {mark("t.order_ticket_id")} AS mark, {code("t.order_ticket_id")} AS code, o.number,
        CASE WHEN o.number IS NULL THEN t.order_id END AS waits_for,
        w.account AS attendee,
        CASE WHEN w.account IS NULL THEN t.attendee_customer_id END AS awaits,
        t.attendee_customer_id IS NULL AND {named} IS NULL AS is_buyers,
        o.buyer,
        CASE WHEN t.attendee_customer_id IS NOT NULL THEN w.person
             WHEN {named} IS NOT NULL THEN p.person ELSE o.buyer END AS holder,
        e.event, k.kind, o.currency, o.ordered_at,
        coalesce(t.status = 'valid', false) AND o.number IS NOT NULL AS is_valid,
        coalesce(t.status = 'valid', false) AND coalesce(o.is_paid, false) AS is_sold,
        {money("t.price")} AS price,
        t.checked_in_at IS NOT NULL AS checked_in,
        CASE WHEN coalesce(t.attendee_customer_id, t.attendee_email, t.attendee_name) IS NOT NULL
            THEN nullif(hash(coalesce(t.attendee_customer_id, {named},
                nullif(trim(t.attendee_name), ''))), hash(NULL::VARCHAR)) END AS named
    FROM {tickets} t
    LEFT JOIN {orders} o ON o.order_id = t.order_id
    LEFT JOIN kept.event_numbers e ON e.event_id = t.event_id
    LEFT JOIN kept.ticket_kinds k ON k.name = nullif(trim(t.ticket_type), '')
    LEFT JOIN kept.customer_facts w ON w.customer_id = t.attendee_customer_id
    LEFT JOIN kept.addresses p ON p.address = CASE WHEN t.attendee_customer_id IS NULL
        THEN {named} END
    WHERE NOT coalesce(t.is_deleted, false)
    """


SCANNED_EVENTS = """
SELECT DISTINCT event FROM kept.ticket_facts WHERE checked_in AND event IS NOT NULL
"""
