"""The SQL of people's metrics; `people.py` says what each of them means.

Each statement makes one temporary table, so that not all are in memory at the same time. They
read `order_scope`, `ticket_scope` and `held_scope`: all orders, tickets bought and tickets held,
or those of the people who were touched.
"""

from __future__ import annotations

from stagedoor_plugins.metrics.expressions import ratio, score

BOUGHT = """
SELECT buyer AS person,
    count(*) FILTER (is_paid) AS orders_bought,
    count(*) FILTER (is_paid AND has_coupon) AS with_coupon,
    min(ordered_at) FILTER (is_paid) AS first_at,
    max(ordered_at) FILTER (is_paid) AS last_at,
    (max(ordered_at, 2) FILTER (is_paid))[2] AS previous_at
FROM order_scope GROUP BY buyer
"""
MONEY = """
SELECT person,
    sum(spent * r.rate) AS spent, sum(kept * r.rate) AS kept, sum(returned * r.rate) AS returned,
    array_to_string(list_sort(list(c.code || ' ' || kept) FILTER (kept <> 0)), '; ')
        AS kept_by_currency
FROM (
    SELECT buyer AS person, currency, sum(gross - refunded)::DECIMAL(18, 2) AS kept,
        sum(refunded)::DECIMAL(18, 2) AS returned,
        sum(gross) FILTER (is_paid)::DECIMAL(18, 2) AS spent
    FROM order_scope WHERE currency IS NOT NULL GROUP BY ALL
)
JOIN kept.currencies c USING (currency)
LEFT JOIN exchange_rates r ON r.currency = c.code
GROUP BY person
"""
GROUPS = """
SELECT buyer AS person, sum(tickets)::BIGINT AS tickets_bought,
    max(tickets)::BIGINT AS largest_group,
    round(avg(days_ahead)::DECIMAL(18, 6), 1) AS days_ahead
FROM group_scope GROUP BY buyer
"""
# Packed into numbers that sort as they are told: most tickets first, then by name.
KINDS = """
SELECT person, array_to_string(
    list_transform(packed, lambda one: names[65535 - one % 65536] || ' ' || (one // 65536)), '; '
) AS spoken
FROM (
    SELECT person, list_reverse_sort(list(tickets * 65536 + 65535 - rank)) AS packed
    FROM (
        SELECT buyer AS person, kind, count(*) AS tickets FROM ticket_scope
        WHERE kind IS NOT NULL GROUP BY ALL
    )
    JOIN (SELECT kind, row_number() OVER (ORDER BY name) AS rank FROM kept.ticket_kinds)
        USING (kind)
    GROUP BY person
), (SELECT list(name ORDER BY name) AS names FROM kept.ticket_kinds)
"""
# Places in the order of events stand for "first" and "last" of them.
ATTENDED = """
SELECT person,
    max(ends_at) FILTER (came) AS last_attended_at,
    max(place) FILTER (came AND name IS NOT NULL) AS last_place,
    min(place) FILTER (starts_at >= $now) AS next_place,
    count(*) FILTER (came) AS events_attended,
    sum(tickets) FILTER (was_scanned AND ends_at < $now) AS scannable,
    sum(tickets - checked_in) FILTER (was_scanned AND ends_at < $now) AS missed,
    least(min(starts_at) FILTER (starts_at >= $now), min(ends_at) FILTER (ends_at >= $now))
        AS due_at
FROM (
    SELECT h.*, CASE WHEN e.was_scanned THEN h.checked_in > 0
                     ELSE coalesce(e.ends_at < $now, false) END AS came,
        e.name, e.place, e.starts_at, e.ends_at, e.was_scanned
    FROM (
        SELECT holder AS person, event, count(*) AS tickets,
            count(*) FILTER (checked_in) AS checked_in
        FROM held_scope GROUP BY ALL
    ) h JOIN kept.event_facts e ON e.event = h.event WHERE e.takes_place
)
GROUP BY person
"""
# Tickets somebody bought for one event.
BASKETS = """
SELECT buyer AS person, event, count(*) AS tickets, max(ordered_at) AS last_bought
FROM ticket_scope WHERE event IS NOT NULL GROUP BY ALL
"""


def favourite(column: str) -> str:
    """Return SQL for what somebody bought most tickets in: the latest, then the first by name.

    Tickets, moment and name are packed into one number, whose greatest is the favourite: that
    is several times faster than ranking rows.
    """
    number = f"{column}_number"
    return f"""
    SELECT b.person, n.{column} FROM (
        SELECT person, (1000000000 - max(
            tickets::HUGEINT * 1000000000000000000000000000 + moment::HUGEINT * 1000000000
            + 1000000000 - {number}) % 1000000000)::BIGINT AS {number}
        FROM (
            SELECT b.person, e.{number}, sum(b.tickets) AS tickets,
                greatest(coalesce(epoch_us(max(b.last_bought)), 0), 0) AS moment
            FROM step_baskets b JOIN kept.event_facts e ON e.event = b.event
            WHERE e.{column} IS NOT NULL GROUP BY ALL
        ) GROUP BY person
    ) b JOIN (SELECT DISTINCT {number}, {column} FROM kept.event_facts) n USING ({number})
    """


# Moments at which so many months have passed.
_PASSED = [f"last_at + to_months(m.recency_months[{n}])" for n in (1, 2, 3, 4)]
_LAPSES = "last_at + to_months(m.lapsed_months)"
_NO_LONGER_NEW = "first_at + to_months(m.new_months)"
_RECENCY = "5 - (" + " + ".join(f"({moment} <= $now)::INTEGER" for moment in _PASSED) + ")"

SEGMENTS = f"""
SELECT b.*,
    CASE
        WHEN recency IS NULL THEN NULL
        WHEN recency >= 4 AND frequency >= 4 THEN 'Champion'
        WHEN recency >= 3 AND frequency >= 3 THEN 'Loyal'
        WHEN recency >= 4 AND frequency <= 1 THEN 'New'
        WHEN recency >= 3 THEN 'Promising'
        WHEN frequency >= 3 THEN 'At risk'
        WHEN recency = 2 THEN 'Cooling'
        ELSE 'Lost'
    END AS rfm_segment,
    CASE
        WHEN last_at IS NULL THEN NULL
        WHEN {_LAPSES} <= $now THEN 'Lapsed'
        WHEN {_NO_LONGER_NEW} > $now THEN 'New'
        WHEN previous_at + to_months(m.lapsed_months) < last_at THEN 'Returning'
        ELSE 'Active'
    END AS audience_segment,
    coalesce(kept, 0) >= m.vip_spend OR orders_bought >= m.vip_orders AS is_vip,
    list_min(list_filter([{", ".join([*_PASSED, _LAPSES, _NO_LONGER_NEW])}],
        lambda moment: moment >= $now)) AS segment_due_at
FROM (
    SELECT o.*, y.* EXCLUDE (person),
        CASE WHEN last_at IS NOT NULL THEN {_RECENCY} END AS recency,
        CASE WHEN last_at IS NOT NULL THEN {score("orders_bought", "m.frequency_orders")} END
            AS frequency,
        CASE WHEN last_at IS NOT NULL THEN {score("coalesce(kept, 0)", "m.monetary_spend")} END
            AS monetary
    FROM step_bought o LEFT JOIN step_spent y ON y.person = o.person, metrics_settings m
) b, metrics_settings m
"""

PERSON_RESULTS = f"""
SELECT person,
    coalesce(s.orders_bought, 0) AS orders_bought,
    coalesce(g.tickets_bought, 0) AS tickets_bought,
    round(s.spent, 2) AS total_spent,
    round(s.kept, 2) AS lifetime_value,
    nullif(s.kept_by_currency, '') AS lifetime_value_by_currency,
    round(s.returned, 2) AS total_refunded,
    {ratio("s.spent", "nullif(s.orders_bought, 0)", 2)} AS average_order_value,
    {ratio("g.tickets_bought", "nullif(s.orders_bought, 0)", 2)} AS average_group_size,
    g.largest_group AS largest_group_size,
    s.first_at::DATE AS first_purchase_date,
    s.last_at::DATE AS last_purchase_date,
    last_event.name AS last_event_attended,
    a.last_attended_at::DATE AS last_attended_date,
    coalesce(a.events_attended, 0) AS events_attended,
    next_event.name AS next_event,
    next_event.starts_at AS next_event_date,
    categories.category AS preferred_event_category,
    venues.venue AS favourite_venue,
    cities.city AS favourite_event_city,
    kinds.spoken AS tickets_by_type,
    g.days_ahead AS average_days_booked_ahead,
    {ratio("100 * s.with_coupon", "nullif(s.orders_bought, 0)", 1)} AS coupon_share,
    CASE WHEN a.scannable > 0 THEN a.missed::BIGINT END AS no_show_count,
    {ratio("100 * a.missed", "nullif(a.scannable, 0)", 1)} AS no_show_rate,
    s.recency AS rfm_recency,
    s.frequency AS rfm_frequency,
    s.monetary AS rfm_monetary,
    s.rfm_segment,
    s.audience_segment,
    s.is_vip,
    least(s.segment_due_at, a.due_at) AS due_at
FROM step_scored s
FULL JOIN step_groups g USING (person)
FULL JOIN step_attended a USING (person)
LEFT JOIN step_kinds kinds USING (person)
LEFT JOIN step_categories categories USING (person)
LEFT JOIN step_venues venues USING (person)
LEFT JOIN step_cities cities USING (person)
LEFT JOIN kept.event_facts last_event ON last_event.place = a.last_place
LEFT JOIN kept.event_facts next_event ON next_event.place = a.next_place
"""

STEPS = {  # names of temporary tables
    "step_bought": BOUGHT,
    "step_spent": MONEY,
    "step_scored": SEGMENTS,
    "step_groups": GROUPS,
    "step_kinds": KINDS,
    "step_attended": ATTENDED,
    "step_baskets": BASKETS,
    "step_categories": favourite("category"),
    "step_venues": favourite("venue"),
    "step_cities": favourite("city"),
}


def made(into: str) -> tuple[str, ...]:
    """Return statements that put the results of the people in scope into a table."""
    return (
        *(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}" for name, sql in STEPS.items()),
        f"{into} {PERSON_RESULTS}",
        *(f"DROP TABLE {name}" for name in STEPS),
    )
