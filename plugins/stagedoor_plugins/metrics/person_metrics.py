"""The SQL of people's metrics; `people.py` says what each of them means.

`due_at` is when the next of a person's values changes by the passing of time alone.
"""

from __future__ import annotations

_BOUGHT = """
SELECT buyer AS person,
    count(*) FILTER (is_paid) AS orders_bought,
    count(*) FILTER (is_paid AND has_coupon) AS with_coupon,
    count(*) FILTER (refunded > 0) AS orders_refunded,
    min(ordered_at) FILTER (is_paid) AS first_at,
    max(ordered_at) FILTER (is_paid) AS last_at,
    (max(ordered_at, 2) FILTER (is_paid))[2] AS previous_at
FROM order_facts WHERE was_paid AND buyer IS NOT NULL GROUP BY buyer
"""
_MONEY = """
SELECT person,
    sum(spent * c.rate) AS spent, sum(kept * c.rate) AS kept, sum(returned * c.rate) AS returned,
    array_to_string(list_sort(list(c.code || ' ' || kept) FILTER (kept <> 0)), '; ')
        AS kept_by_currency,
    array_to_string(list_sort(list(c.code || ' ' || spent) FILTER (spent <> 0)), '; ')
        AS spent_by_currency
FROM (
    SELECT buyer AS person, currency, sum(gross - refunded)::DECIMAL(18, 2) AS kept,
        sum(refunded)::DECIMAL(18, 2) AS returned,
        sum(gross) FILTER (is_paid)::DECIMAL(18, 2) AS spent
    FROM order_facts
    WHERE was_paid AND buyer IS NOT NULL AND currency IS NOT NULL GROUP BY ALL
) JOIN currencies c USING (currency) GROUP BY person
"""
_GROUPS = """
SELECT person, sum(tickets)::BIGINT AS tickets_bought, max(tickets)::BIGINT AS largest_group,
    round(avg(days)::DECIMAL(18, 6), 1) AS days_ahead
FROM (
    SELECT any_value(l.buyer) AS person, sum(l.tickets) AS tickets,
        sum(l.tickets * date_diff('day', l.ordered_at::DATE, e.starts_at::DATE))
            FILTER (e.takes_place)
        / sum(l.tickets) FILTER (e.takes_place AND e.starts_at IS NOT NULL
            AND l.ordered_at IS NOT NULL) AS days
    FROM lots l LEFT JOIN event_facts e ON e.event = l.event
    WHERE l.is_paid AND l.buyer IS NOT NULL GROUP BY l.order_number
) GROUP BY person
"""
_KINDS = """
SELECT person, string_agg(k.name || ' ' || tickets, '; ' ORDER BY tickets DESC, k.kind) AS spoken
FROM bought_kinds JOIN ticket_kinds k USING (kind) GROUP BY person
"""
# Places in the order of events stand for "first" and "last" of them.
_ATTENDED = """
SELECT person,
    max(ends_at) FILTER (came) AS last_attended_at,
    max(event) FILTER (came AND name IS NOT NULL) AS last_event,
    min(event) FILTER (starts_at >= $now) AS next_event,
    count(*) FILTER (came) AS events_attended,
    sum(tickets) FILTER (was_scanned AND ends_at < $now) AS scannable,
    sum(tickets - checked_in) FILTER (was_scanned AND ends_at < $now) AS missed,
    least(min(starts_at) FILTER (starts_at >= $now),
          min(ends_at) FILTER (ends_at >= $now)) AS due_at
FROM (
    SELECT h.*, CASE WHEN e.was_scanned THEN h.checked_in > 0
                     ELSE coalesce(e.ends_at < $now, false) END AS came,
        e.name, e.starts_at, e.ends_at, e.was_scanned
    FROM holdings h JOIN event_facts e ON e.event = h.event WHERE e.takes_place
)
GROUP BY person
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
            SELECT l.buyer AS person, e.{number}, sum(l.tickets) AS tickets,
                greatest(coalesce(epoch_us(max(l.ordered_at)), 0), 0) AS moment
            FROM lots l JOIN event_facts e ON e.event = l.event
            WHERE l.is_paid AND l.buyer IS NOT NULL AND e.{column} IS NOT NULL GROUP BY ALL
        ) GROUP BY person
    ) b JOIN (SELECT DISTINCT {number}, {column} FROM event_facts) n USING ({number})
    """


def ratio(part: str, whole: str, places: int) -> str:
    """Return SQL for a quotient, rounded half up: a binary one is a little off the half."""
    return f"round(({part} / {whole})::DECIMAL(38, 6), {places})"


def score(value: str, limits: str) -> str:
    """Return SQL for a score of 1 to 5: one more for each limit that is reached."""
    return "1 + " + " + ".join(f"({value} >= {limits}[{n}])::INTEGER" for n in (1, 2, 3, 4))


# Moments at which months have passed; a moment is compared with $now in one way only, so that
# a value and its `due_at` agree.
_PASSED = [f"last_at + to_months(m.recency_months[{n}])" for n in (1, 2, 3, 4)]
_LAPSES = "last_at + to_months(m.lapsed_months)"
_NO_LONGER_NEW = "first_at + to_months(m.new_months)"
_RECENCY = "5 - (" + " + ".join(f"({moment} <= $now)::INTEGER" for moment in _PASSED) + ")"

_SEGMENTS = f"""
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
        WHEN b.last_at IS NULL THEN NULL
        WHEN {_LAPSES} <= $now THEN 'Lapsed'
        WHEN {_NO_LONGER_NEW} > $now THEN 'New'
        WHEN b.previous_at + to_months(m.lapsed_months) < b.last_at THEN 'Returning'
        ELSE 'Active'
    END AS audience_segment,
    coalesce(b.kept, 0) >= m.vip_spend OR b.orders_bought >= m.vip_orders AS is_vip,
    list_min(list_filter([{", ".join([*_PASSED, _LAPSES, _NO_LONGER_NEW])}],
        lambda moment: moment >= $now)) AS segment_due_at
FROM (
    SELECT o.*, y.* EXCLUDE (person),
        CASE WHEN last_at IS NOT NULL THEN {_RECENCY} END AS recency,
        CASE WHEN last_at IS NOT NULL THEN {score("orders_bought", "m.frequency_orders")} END
            AS frequency,
        CASE WHEN last_at IS NOT NULL THEN {score("coalesce(kept, 0)", "m.monetary_spend")} END
            AS monetary
    FROM buyers_orders o LEFT JOIN buyers_money y ON y.person = o.person, metrics_settings m
) b, metrics_settings m
"""

PERSON_METRICS = f"""
SELECT p.key, p.address,
    coalesce(s.orders_bought, 0) AS orders_bought,
    coalesce(g.tickets_bought, 0) AS tickets_bought,
    round(s.spent, 2) AS total_spent,
    s.spent_by_currency AS total_spent_by_currency,
    round(s.kept, 2) AS lifetime_value,
    s.kept_by_currency AS lifetime_value_by_currency,
    coalesce(s.orders_refunded, 0) AS orders_refunded,
    round(s.returned, 2) AS total_refunded,
    {ratio("s.spent", "nullif(s.orders_bought, 0)", 2)} AS average_order_value,
    {ratio("g.tickets_bought", "s.orders_bought", 2)} AS average_group_size,
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
    coalesce(s.is_vip, m.vip_spend <= 0) AS is_vip,
    coalesce(s.orders_bought, 0) AS total_event_purchases,
    least(s.segment_due_at, a.due_at) AS due_at
FROM people p
CROSS JOIN metrics_settings m
LEFT JOIN scored_buyers s ON s.person = p.rowid::INTEGER
LEFT JOIN group_sizes g ON g.person = p.rowid::INTEGER
LEFT JOIN spoken_kinds kinds ON kinds.person = p.rowid::INTEGER
LEFT JOIN attendance a ON a.person = p.rowid::INTEGER
LEFT JOIN event_facts last_event ON last_event.event = a.last_event
LEFT JOIN event_facts next_event ON next_event.event = a.next_event
LEFT JOIN favourite_categories categories ON categories.person = p.rowid::INTEGER
LEFT JOIN favourite_venues venues ON venues.person = p.rowid::INTEGER
LEFT JOIN favourite_cities cities ON cities.person = p.rowid::INTEGER
"""

# Each is a table of its own: in one query they would all be in memory at the same time.
RELATIONS = {
    "buyers_orders": _BOUGHT,
    "buyers_money": _MONEY,
    "group_sizes": _GROUPS,
    "spoken_kinds": _KINDS,
    "attendance": _ATTENDED,
    "scored_buyers": _SEGMENTS,
    "favourite_categories": favourite("category"),
    "favourite_venues": favourite("venue"),
    "favourite_cities": favourite("city"),
    "person_metrics": PERSON_METRICS,
}
