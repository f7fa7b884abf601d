"""Metrics of companies: over their orders and people, with the companies that they own."""

from __future__ import annotations

from stagedoor_plugins.metrics.metric import Metric

# Each company with itself and everything below it; a loop in the data ends at its start.
FAMILIES = """
WITH RECURSIVE below (top, company_id, path) AS (
    SELECT company_id, company_id, [company_id] FROM companies WHERE NOT coalesce(is_deleted, false)
    UNION ALL
    SELECT b.top, c.company_id, list_append(b.path, c.company_id)
    FROM below b JOIN companies c ON c.parent_company_id = b.company_id
    WHERE NOT coalesce(c.is_deleted, false) AND NOT list_contains(b.path, c.company_id)
)
SELECT DISTINCT top, company_id FROM below
"""

# An order is its company's; without one, the company's that its buyer's account belongs to.
COMPANY_METRICS = """
WITH employed AS (
    SELECT key, arg_min(company_id, (created_at, customer_id)) AS company_id
    FROM accounts WHERE company_id IS NOT NULL GROUP BY key
), bought AS (
    SELECT coalesce(p.company_id, e.company_id) AS company_id, p.*
        EXCLUDE (company_id)
    FROM purchases p LEFT JOIN employed e ON e.key = p.key
), orders_of AS (
    SELECT f.top, count(*) FILTER (is_paid) AS orders_bought,
        sum((gross - refunded) * rate) AS kept,
        min(ordered_at) FILTER (is_paid) AS first_at, max(ordered_at) FILTER (is_paid) AS last_at,
        count(DISTINCT b.key) FILTER (is_paid) AS buyers
    FROM families f JOIN bought b ON b.company_id = f.company_id GROUP BY f.top
), tickets_of AS (
    SELECT f.top, count(*) AS tickets
    FROM families f
    JOIN bought b ON b.company_id = f.company_id
    JOIN sold_tickets t ON t.order_id = b.order_id
    GROUP BY f.top
), people_of AS (
    SELECT f.top, count(DISTINCT a.key) AS people
    FROM families f JOIN accounts a ON a.company_id = f.company_id GROUP BY f.top
)
SELECT 'company:' || c.company_id AS key,
    coalesce(o.orders_bought, 0) AS company_orders,
    coalesce(t.tickets, 0) AS company_tickets,
    round(o.kept, 2) AS company_lifetime_value,
    o.first_at::DATE AS company_first_purchase_date,
    o.last_at::DATE AS company_last_purchase_date,
    coalesce(o.buyers, 0) AS company_buyers,
    coalesce(p.people, 0) AS company_people
FROM companies c
LEFT JOIN orders_of o ON o.top = c.company_id
LEFT JOIN tickets_of t ON t.top = c.company_id
LEFT JOIN people_of p ON p.top = c.company_id
WHERE NOT coalesce(c.is_deleted, false)
"""

RELATIONS = {"families": FAMILIES, "company_metrics": COMPANY_METRICS}

METRICS = (
    Metric(
        "company_orders",
        "Orders",
        "Paid orders for the company or by its people, with those of companies that it owns.",
    ),
    Metric("company_tickets", "Tickets bought", "Valid tickets in those orders."),
    Metric(
        "company_lifetime_value",
        "Lifetime value",
        "Charged less refunded over those orders, in the base currency.",
    ),
    Metric("company_first_purchase_date", "First purchase", "Day of the first of them.", "date"),
    Metric("company_last_purchase_date", "Last purchase", "Day of the latest of them.", "date"),
    Metric("company_buyers", "Buyers", "Different people who placed those orders."),
    Metric("company_people", "People", "People whose accounts belong to the company or to one "
           "that it owns."),
)  # fmt: skip

CALCULATORS = tuple(metric.calculator("companies", "company_metrics") for metric in METRICS)
