"""Metrics of people: what they bought, where they were, and what that makes them.

A value that would change every day by itself is given as a day; a segment changes only when a
threshold is passed.
"""

from __future__ import annotations

from stagedoor_plugins.addresses import normal_email
from stagedoor_plugins.metrics.metric import Metric

# Orders that were paid at some time, with their buyers; `rate` is null where none is set.
PURCHASES = """
SELECT b.person AS key, o.order_id, o.company_id, o.ordered_at, upper(o.currency) AS currency,
    o.status IN ('paid', 'partially_refunded') AS is_paid,
    coalesce(o.total_amount, 0)::DECIMAL(18, 2) AS gross,
    coalesce(o.refunded_amount, 0)::DECIMAL(18, 2) AS refunded,
    r.rate, nullif(trim(o.coupon_code), '') IS NOT NULL AS has_coupon
FROM orders o
LEFT JOIN buyers b ON b.order_id = o.order_id
LEFT JOIN exchange_rates r ON r.currency = upper(o.currency)
WHERE o.status IN ('paid', 'partially_refunded', 'refunded') AND NOT coalesce(o.is_deleted, false)
"""

# Valid tickets of paid orders, with their events; one row each.
SOLD_TICKETS = """
SELECT p.key, p.order_id, p.company_id, p.ordered_at, t.order_ticket_id, t.event_id,
    nullif(trim(t.ticket_type), '') AS ticket_type, t.checked_in_at,
    t.attendee_customer_id, t.attendee_email,
    e.name AS event_name, nullif(trim(e.category), '') AS category,
    nullif(trim(e.venue), '') AS venue, nullif(trim(e.city), '') AS city,
    e.starts_at, coalesce(e.ends_at, e.starts_at) AS ends_at,
    e.event_id IS NOT NULL AND e.status IS DISTINCT FROM 'cancelled'
        AND NOT coalesce(e.is_deleted, false) AS takes_place
FROM purchases p
JOIN order_tickets t ON t.order_id = p.order_id
    AND t.status = 'valid' AND NOT coalesce(t.is_deleted, false)
LEFT JOIN events e ON e.event_id = t.event_id
WHERE p.is_paid
"""

# A ticket is its attendee's where it names one by account or address, else the buyer's.
ADMISSIONS = f"""
SELECT CASE WHEN t.attendee_customer_id IS NOT NULL THEN a.key
            WHEN {normal_email("t.attendee_email")} IS NOT NULL THEN w.key
            ELSE t.key END AS key,
    t.event_id, t.event_name, t.starts_at, t.ends_at, t.checked_in_at,
    s.event_id IS NOT NULL AS was_scanned
FROM sold_tickets t
LEFT JOIN accounts a ON a.customer_id = t.attendee_customer_id
LEFT JOIN people w ON w.address = {normal_email("t.attendee_email")}
LEFT JOIN (
    SELECT DISTINCT event_id FROM order_tickets
    WHERE checked_in_at IS NOT NULL AND NOT coalesce(is_deleted, false)
) s ON s.event_id = t.event_id
WHERE t.takes_place
"""


def favourite(column: str) -> str:
    """Return SQL for what somebody bought most tickets in: the latest, then the first by name."""
    return f"""
    SELECT key, {column} FROM (
        SELECT key, {column}, count(*) AS tickets, max(ordered_at) AS last_bought
        FROM sold_tickets WHERE key IS NOT NULL AND {column} IS NOT NULL GROUP BY ALL
    ) QUALIFY row_number() OVER (
        PARTITION BY key ORDER BY tickets DESC, last_bought DESC NULLS LAST, {column}) = 1
    """


def ratio(part: str, whole: str, places: int) -> str:
    """Return SQL for a quotient, rounded half up: a binary one is a little off the half."""
    return f"round(({part} / {whole})::DECIMAL(38, 6), {places})"


def score(value: str, limits: str) -> str:
    """Return SQL for a score of 1 to 5: one more for each limit that is reached."""
    return "1 + " + " + ".join(f"({value} >= {limits}[{n}])::INTEGER" for n in (1, 2, 3, 4))


_PAID = """
SELECT key, count(*) AS orders_bought, count(*) FILTER (has_coupon) AS with_coupon,
    min(ordered_at) AS first_at, max(ordered_at) AS last_at
FROM purchases WHERE is_paid AND key IS NOT NULL GROUP BY key
"""
_MONEY = """
SELECT key,
    sum(gross * rate) FILTER (is_paid) AS spent,
    sum((gross - refunded) * rate) AS kept,
    sum(refunded * rate) AS returned
FROM purchases WHERE key IS NOT NULL GROUP BY key
"""
_CURRENCIES = """
SELECT key, string_agg(currency || ' ' || amount::VARCHAR, '; ' ORDER BY currency) AS spoken
FROM (
    SELECT key, currency, sum(gross - refunded)::DECIMAL(18, 2) AS amount
    FROM purchases WHERE key IS NOT NULL AND currency IS NOT NULL GROUP BY ALL
) WHERE amount <> 0 GROUP BY key
"""
_TICKETS = """
SELECT key, sum(tickets)::BIGINT AS tickets_bought, max(tickets) AS largest_group,
    round(avg(days)::DECIMAL(18, 6), 1) AS days_ahead
FROM (
    SELECT key, order_id, count(*) AS tickets,
        avg(date_diff('day', ordered_at::DATE, starts_at::DATE)) FILTER (takes_place) AS days
    FROM sold_tickets WHERE key IS NOT NULL GROUP BY ALL
) GROUP BY key
"""
_KINDS = """
SELECT key, string_agg(ticket_type || ' ' || tickets, '; ' ORDER BY tickets DESC, ticket_type)
    AS spoken
FROM (
    SELECT key, ticket_type, count(*) AS tickets FROM sold_tickets
    WHERE key IS NOT NULL AND ticket_type IS NOT NULL GROUP BY ALL
) GROUP BY key
"""
_ATTENDED = """
SELECT key,
    max(ends_at) FILTER (came) AS last_attended_at,
    arg_min(event_name, (starts_at, event_id)) FILTER (starts_at >= $now) AS next_event,
    min(starts_at) FILTER (starts_at >= $now) AS next_event_at,
    count(DISTINCT event_id) FILTER (came) AS events_attended,
    count(*) FILTER (was_scanned AND ends_at < $now) AS scannable,
    count(*) FILTER (was_scanned AND ends_at < $now AND checked_in_at IS NULL) AS missed
FROM (
    SELECT *, CASE WHEN was_scanned THEN checked_in_at IS NOT NULL ELSE ends_at < $now END AS came
    FROM admissions WHERE key IS NOT NULL
) GROUP BY key
"""
# How long before the latest purchase the one before it was made.
_GAPS = """
SELECT key, ordered_at AS last_at, lag(ordered_at) OVER (PARTITION BY key ORDER BY ordered_at,
    order_id) AS previous_at
FROM purchases WHERE is_paid AND key IS NOT NULL AND ordered_at IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY key ORDER BY ordered_at DESC, order_id DESC) = 1
"""

# Moments at which so many months have passed.
_PASSED = [f"last_at + to_months(m.recency_months[{n}])" for n in (1, 2, 3, 4)]
_RECENCY = "5 - (" + " + ".join(f"({moment} <= $now)::INTEGER" for moment in _PASSED) + ")"
_FREQUENCY = score("orders_bought", "m.frequency_orders")
_MONETARY = score("coalesce(kept, 0)", "m.monetary_spend")

PERSON_METRICS = f"""
WITH paid AS ({_PAID}), money AS ({_MONEY}), currencies AS ({_CURRENCIES}),
tickets AS ({_TICKETS}), kinds AS ({_KINDS}), attended AS ({_ATTENDED}), gaps AS ({_GAPS}),
venues AS ({favourite("venue")}), cities AS ({favourite("city")}),
scored AS (
    SELECT paid.key,
        CASE WHEN last_at IS NOT NULL THEN {_RECENCY} END AS recency,
        CASE WHEN last_at IS NOT NULL THEN {_FREQUENCY} END AS frequency,
        CASE WHEN last_at IS NOT NULL THEN {_MONETARY} END AS monetary
    FROM paid LEFT JOIN money USING (key), metrics_settings m
)
SELECT p.key,
    coalesce(paid.orders_bought, 0) AS orders_bought,
    coalesce(tickets.tickets_bought, 0) AS tickets_bought,
    round(money.spent, 2) AS total_spent,
    round(money.kept, 2) AS lifetime_value,
    currencies.spoken AS lifetime_value_by_currency,
    round(money.returned, 2) AS total_refunded,
    {ratio("money.spent", "paid.orders_bought", 2)} AS average_order_value,
    {ratio("tickets.tickets_bought", "paid.orders_bought", 2)} AS average_group_size,
    tickets.largest_group AS largest_group_size,
    paid.first_at::DATE AS first_purchase_date,
    paid.last_at::DATE AS last_purchase_date,
    attended.last_attended_at::DATE AS last_attended_date,
    coalesce(attended.events_attended, 0) AS events_attended,
    attended.next_event AS next_event,
    attended.next_event_at AS next_event_date,
    venues.venue AS favourite_venue,
    cities.city AS favourite_event_city,
    kinds.spoken AS tickets_by_type,
    tickets.days_ahead AS average_days_booked_ahead,
    {ratio("100 * paid.with_coupon", "paid.orders_bought", 1)} AS coupon_share,
    CASE WHEN attended.scannable > 0 THEN attended.missed END AS no_show_count,
    CASE WHEN attended.scannable > 0
         THEN {ratio("100 * attended.missed", "attended.scannable", 1)} END AS no_show_rate,
    scored.recency AS rfm_recency,
    scored.frequency AS rfm_frequency,
    scored.monetary AS rfm_monetary,
    CASE
        WHEN scored.recency IS NULL THEN NULL
        WHEN recency >= 4 AND frequency >= 4 THEN 'Champion'
        WHEN recency >= 3 AND frequency >= 3 THEN 'Loyal'
        WHEN recency >= 4 AND frequency <= 1 THEN 'New'
        WHEN recency >= 3 THEN 'Promising'
        WHEN frequency >= 3 THEN 'At risk'
        WHEN recency = 2 THEN 'Cooling'
        ELSE 'Lost'
    END AS rfm_segment,
    CASE
        WHEN paid.last_at IS NULL THEN NULL
        WHEN paid.last_at + to_months(m.lapsed_months) <= $now THEN 'Lapsed'
        WHEN paid.first_at + to_months(m.new_months) > $now THEN 'New'
        WHEN gaps.previous_at + to_months(m.lapsed_months) < paid.last_at THEN 'Returning'
        ELSE 'Active'
    END AS audience_segment,
    coalesce(money.kept, 0) >= m.vip_spend OR coalesce(paid.orders_bought, 0) >= m.vip_orders
        AS is_vip
FROM people p
CROSS JOIN metrics_settings m
LEFT JOIN paid ON paid.key = p.key
LEFT JOIN money ON money.key = p.key
LEFT JOIN currencies ON currencies.key = p.key
LEFT JOIN tickets ON tickets.key = p.key
LEFT JOIN kinds ON kinds.key = p.key
LEFT JOIN attended ON attended.key = p.key
LEFT JOIN gaps ON gaps.key = p.key
LEFT JOIN venues ON venues.key = p.key
LEFT JOIN cities ON cities.key = p.key
LEFT JOIN scored ON scored.key = p.key
"""

RELATIONS = {
    "purchases": PURCHASES,
    "sold_tickets": SOLD_TICKETS,
    "admissions": ADMISSIONS,
    "person_metrics": PERSON_METRICS,
}

METRICS = (
    Metric("orders_bought", "Orders bought", "Paid orders, without refunded and cancelled ones."),
    Metric("tickets_bought", "Tickets bought", "Valid tickets in paid orders."),
    Metric(
        "total_spent",
        "Total spent",
        "Charged in paid orders, before refunds, in the base currency. Orders in a currency "
        "without an exchange rate do not count.",
    ),
    Metric(
        "lifetime_value",
        "Lifetime value",
        "Charged less refunded over all orders that were ever paid, in the base currency.",
    ),
    Metric(
        "lifetime_value_by_currency",
        "Lifetime value by currency",
        "Charged less refunded in each currency, such as “EUR 120.00; RON 300.00”.",
        "string",
    ),
    Metric("total_refunded", "Total refunded", "Paid back in all, in the base currency."),
    Metric(
        "average_order_value",
        "Average order value",
        "Total spent divided by paid orders, in the base currency.",
    ),
    Metric("average_group_size", "Average group size", "Valid tickets per paid order."),
    Metric("largest_group_size", "Largest group size", "Most valid tickets in one paid order."),
    Metric("first_purchase_date", "First purchase", "Day of the first paid order.", "date"),
    Metric("last_purchase_date", "Last purchase", "Day of the latest paid order.", "date"),
    Metric(
        "last_attended_date",
        "Last attended",
        "Day of the latest event attended: by check-in where the event was scanned, otherwise "
        "held a valid ticket and the event is over.",
        "date",
    ),
    Metric("events_attended", "Events attended", "Different events attended, counted as above."),
    Metric("next_event", "Next event", "Name of the next event with a valid ticket.", "string"),
    Metric("next_event_date", "Next event date", "When the next event begins.", "datetime"),
    Metric(
        "favourite_venue",
        "Favourite venue",
        "Venue of most tickets bought; on a tie the one bought last, then by name.",
        "string",
    ),
    Metric(
        "favourite_event_city",
        "Favourite event city",
        "City of most tickets bought; on a tie the one bought last, then by name.",
        "string",
    ),
    Metric(
        "tickets_by_type",
        "Tickets by type",
        "Valid tickets of each type, most first, such as “Standard 4; VIP 2”.",
        "string",
    ),
    Metric(
        "average_days_booked_ahead",
        "Average days booked ahead",
        "Days from the order to the event, averaged over paid orders.",
    ),
    Metric("coupon_share", "Coupon share", "Share of paid orders with a coupon, in percent."),
    Metric(
        "no_show_count",
        "No-shows",
        "Tickets that were not scanned at events that were scanned and are over; unknown for "
        "who held none.",
    ),
    Metric(
        "no_show_rate",
        "No-show rate",
        "No-shows among tickets of events that were scanned and are over, in percent.",
    ),
    Metric("rfm_recency", "RFM recency", "5 bought lately, 1 long ago."),
    Metric("rfm_frequency", "RFM frequency", "5 buys often, 1 bought once."),
    Metric("rfm_monetary", "RFM monetary", "5 has a high lifetime value, 1 a low one."),
    Metric(
        "rfm_segment",
        "RFM segment",
        "Champion, Loyal, New, Promising, At risk, Cooling or Lost, from recency and frequency.",
        "string",
    ),
    Metric(
        "audience_segment",
        "Audience segment",
        "New (first purchase lately), Returning (came back after a long pause), Active, or Lapsed "
        "(no purchase for long).",
        "string",
    ),
    Metric("is_vip", "VIP", "Whether lifetime value or orders reach the VIP threshold.", "bool"),
)

CALCULATORS = tuple(metric.calculator("contacts", "person_metrics") for metric in METRICS)
