"""Metrics of companies: over their orders and people, with the companies that they own."""

from __future__ import annotations

from stagedoor_plugins.metrics.metric import Metric
from stagedoor_plugins.metrics.person_metrics import ratio

# Each company with itself and everything below it; a loop in the data ends at its start.
FAMILIES = """
WITH RECURSIVE living AS (
    SELECT company_id, parent_company_id FROM companies WHERE NOT coalesce(is_deleted, false)
), below (top, company_id) AS (
    SELECT company_id, company_id FROM living
    UNION
    SELECT b.top, c.company_id FROM below b JOIN living c ON c.parent_company_id = b.company_id
)
SELECT top, company_id FROM below
"""

# An order is its company's; without one, the company's that its buyer's account belongs to.
COMPANY_ORDERS = """
WITH employed AS (
    SELECT w.person, arg_min(a.company_id, (a.created_at, a.customer_id)) AS company_id
    FROM accounts a JOIN customer_people w ON w.customer_id = a.customer_id
    WHERE a.company_id IS NOT NULL GROUP BY w.person
)
SELECT o.rowid::INTEGER AS order_number, coalesce(c.company_id, e.company_id) AS company_id,
    o.buyer, o.is_paid, o.gross, o.refunded, r.rate, o.ordered_at
FROM order_facts o
LEFT JOIN (SELECT order_id, company_id FROM orders WHERE company_id IS NOT NULL) c
    ON c.order_id = o.order_id
LEFT JOIN employed e ON e.person = o.buyer
LEFT JOIN currencies r ON r.currency = o.currency
WHERE o.was_paid AND coalesce(c.company_id, e.company_id) IS NOT NULL
"""

COMPANY_METRICS = f"""
WITH tickets_of AS (
    SELECT order_number, sum(tickets) AS tickets FROM lots
    WHERE is_paid AND order_number IN (SELECT order_number FROM company_orders)
    GROUP BY order_number
), orders_of AS (
    SELECT f.top, count(*) FILTER (o.is_paid) AS orders_bought,
        sum(t.tickets) AS tickets,
        sum(o.gross * o.rate) FILTER (o.is_paid) AS spent,
        sum((o.gross - o.refunded) * o.rate) AS kept, sum(o.refunded * o.rate) AS returned,
        min(o.ordered_at) FILTER (o.is_paid) AS first_at,
        max(o.ordered_at) FILTER (o.is_paid) AS last_at
    FROM families f JOIN company_orders o ON o.company_id = f.company_id
    LEFT JOIN tickets_of t ON t.order_number = o.order_number
    GROUP BY f.top
), buyers_of AS (
    SELECT top, count(*) AS buyers FROM (
        SELECT DISTINCT f.top, o.buyer FROM families f
        JOIN company_orders o ON o.company_id = f.company_id
        WHERE o.is_paid AND o.buyer IS NOT NULL
    ) GROUP BY top
), people_of AS (
    SELECT top, count(*) AS people FROM (
        SELECT DISTINCT f.top, a.address
        FROM families f JOIN accounts a ON a.company_id = f.company_id
    ) GROUP BY top
)
SELECT 'company:' || c.company_id AS key, c.company_id,
    coalesce(o.orders_bought, 0) AS company_orders,
    coalesce(o.tickets, 0)::BIGINT AS company_tickets,
    round(o.spent, 2) AS company_total_spent,
    round(o.kept, 2) AS company_lifetime_value,
    round(o.returned, 2) AS company_total_refunded,
    {ratio("o.spent", "nullif(o.orders_bought, 0)", 2)} AS company_average_order_value,
    o.first_at::DATE AS company_first_purchase_date,
    o.last_at::DATE AS company_last_purchase_date,
    coalesce(b.buyers, 0) AS company_buyers,
    coalesce(p.people, 0) AS company_people
FROM companies c
LEFT JOIN orders_of o ON o.top = c.company_id
LEFT JOIN buyers_of b ON b.top = c.company_id
LEFT JOIN people_of p ON p.top = c.company_id
WHERE NOT coalesce(c.is_deleted, false)
"""

RELATIONS = {
    "families": FAMILIES,
    "company_orders": COMPANY_ORDERS,
    "company_metrics": COMPANY_METRICS,
}

METRICS = (
    Metric(
        "company_orders",
        "Orders",
        "Paid orders for the company or by its people, with those of companies that it owns.",
    ),
    Metric("company_tickets", "Tickets bought", "Valid tickets in those orders."),
    Metric(
        "company_total_spent",
        "Total spent",
        "Charged in those orders, before refunds, in the base currency.",
    ),
    Metric(
        "company_lifetime_value",
        "Lifetime value",
        "Charged less refunded over those orders and refunded ones, in the base currency.",
    ),
    Metric("company_total_refunded", "Total refunded", "Paid back, in the base currency."),
    Metric(
        "company_average_order_value",
        "Average order value",
        "Total spent divided by paid orders, in the base currency.",
    ),
    Metric("company_first_purchase_date", "First purchase", "Day of the first of them.", "date"),
    Metric("company_last_purchase_date", "Last purchase", "Day of the latest of them.", "date"),
    Metric("company_buyers", "Buyers", "Different people who placed those orders."),
    Metric(
        "company_people",
        "People",
        "People whose accounts belong to the company or to one that it owns.",
    ),
)

CALCULATORS = tuple(metric.calculator("companies", "company_metrics") for metric in METRICS)
