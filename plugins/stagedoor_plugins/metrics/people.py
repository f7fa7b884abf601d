"""Metrics of people: what they bought, where they were, and what that makes them.

A value that would change every day by itself is given as a day; a segment changes only when a
threshold is passed.
"""

from __future__ import annotations

from stagedoor_plugins.metrics.metric import Metric

# Whoever did nothing yet has counts all the same.
PERSON_METRICS = """
SELECT p.key, r.* EXCLUDE (person, due_at, orders_bought, tickets_bought, events_attended, is_vip),
    coalesce(r.orders_bought, 0) AS orders_bought,
    coalesce(r.orders_bought, 0) AS total_event_purchases,
    coalesce(r.tickets_bought, 0) AS tickets_bought,
    coalesce(r.events_attended, 0) AS events_attended,
    coalesce(r.is_vip, m.vip_spend <= 0 OR m.vip_orders <= 0) AS is_vip
FROM people p
CROSS JOIN metrics_settings m
LEFT JOIN kept.addresses a ON a.address = p.address
LEFT JOIN kept.person_results r ON r.person = a.person
"""

RELATIONS = {"person_metrics": PERSON_METRICS}

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
