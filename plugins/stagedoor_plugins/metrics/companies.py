"""Metrics of companies: over their orders and people, with the companies that they own."""

from __future__ import annotations

from stagedoor_plugins.metrics.metric import Metric

# Each company with itself and everything below it; a loop in the data ends where it closes.
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


def employed(people: str = "(SELECT person FROM kept.customer_facts)") -> str:
    """Return SQL for the company that people buy for: of several accounts the oldest one's."""
    return f"""
    SELECT person,
        arg_min(company_id, (coalesce(created_at, 'infinity'), customer_id)) AS company_id
    FROM kept.customer_facts WHERE company_id IS NOT NULL AND person IN {people} GROUP BY person
    """


def company_orders(companies: str) -> str:
    """Return SQL for the orders that were ever paid of some companies.

    An order is its company's; without one, the company's that its buyer's account belongs to.
    """
    facts = "number, buyer, is_paid, gross, refunded, ordered_at, currency"
    return f"""
    SELECT {facts}, company_id FROM kept.order_facts
    WHERE was_paid AND company_id IN (SELECT company_id FROM {companies})
    UNION ALL
    SELECT {facts}, e.company_id FROM kept.order_facts o
    JOIN (
        SELECT person, company_id FROM kept.employed
        WHERE company_id IN (SELECT company_id FROM {companies})
    ) e ON e.person = o.buyer
    WHERE o.was_paid AND o.company_id IS NULL
    """


COMPANY_RESULTS = """
WITH orders_of AS (
    SELECT f.top, count(*) FILTER (o.is_paid) AS orders_bought,
        sum(t.tickets) FILTER (o.is_paid)::BIGINT AS tickets,
        sum((o.gross - o.refunded) * r.rate) AS kept,
        min(o.ordered_at) FILTER (o.is_paid) AS first_at,
        max(o.ordered_at) FILTER (o.is_paid) AS last_at
    FROM family_scope f JOIN company_order_scope o ON o.company_id = f.company_id
    LEFT JOIN kept.order_results t ON t.number = o.number
    LEFT JOIN kept.currencies c ON c.currency = o.currency
    LEFT JOIN exchange_rates r ON r.currency = c.code
    GROUP BY f.top
), buyers_of AS (
    SELECT top, count(*) AS number FROM (
        SELECT DISTINCT f.top, o.buyer
        FROM family_scope f JOIN company_order_scope o ON o.company_id = f.company_id
        WHERE o.is_paid AND o.buyer IS NOT NULL
    ) GROUP BY top
), people_of AS (
    SELECT top, count(*) AS number FROM (
        SELECT DISTINCT f.top, c.person
        FROM family_scope f JOIN kept.customer_facts c ON c.company_id = f.company_id
        WHERE c.person IS NOT NULL
    ) GROUP BY top
)
SELECT f.top AS company_id,
    coalesce(o.orders_bought, 0) AS company_orders,
    coalesce(o.tickets, 0) AS company_tickets,
    round(o.kept, 2) AS company_lifetime_value,
    o.first_at::DATE AS company_first_purchase_date,
    o.last_at::DATE AS company_last_purchase_date,
    coalesce(b.number, 0) AS company_buyers,
    coalesce(p.number, 0) AS company_people
FROM (SELECT DISTINCT top FROM family_scope) f
LEFT JOIN orders_of o ON o.top = f.top
LEFT JOIN buyers_of b ON b.top = f.top
LEFT JOIN people_of p ON p.top = f.top
"""

COMPANY_METRICS = "SELECT 'company:' || company_id AS key, * FROM kept.company_results"

RELATIONS = {"company_metrics": COMPANY_METRICS}

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
