"""Buyers: the person behind an order, as their account and the order itself say."""

from __future__ import annotations

from stagedoor_plugins.addresses import normal_email

# Per contact, what was written on the person's latest order.
BUYER_OF_CONTACT = f"""
SELECT b.person AS key, arg_max({{
    'order_number': o.order_number, 'email': {normal_email("o.email")},
    'first_name': o.first_name, 'last_name': o.last_name, 'phone': o.phone,
    'status': o.status, 'sales_channel': o.sales_channel, 'ordered_at': o.ordered_at
}}, (o.ordered_at, o.order_id)) AS value
FROM orders o JOIN buyers b ON b.order_id = o.order_id
WHERE b.person IS NOT NULL GROUP BY b.person
"""

# Per order, the buyer: the account where there is one, else what the order says.
BUYER_OF_ORDER = f"""
SELECT 'order:' || o.order_id AS key, {{
    'customer_id': c.customer_id,
    'email': coalesce({normal_email("c.email")}, {normal_email("o.email")}),
    'first_name': coalesce(nullif(trim(c.first_name), ''), o.first_name),
    'last_name': coalesce(nullif(trim(c.last_name), ''), o.last_name),
    'phone': coalesce(nullif(trim(c.phone), ''), o.phone),
    'language': c.language, 'city': c.city, 'country': c.country, 'job_title': c.job_title
}} AS value
FROM orders o
LEFT JOIN customers c ON c.customer_id = o.customer_id
WHERE NOT coalesce(o.is_deleted, false)
  -- Nothing is told of an erased or deleted account, whatever the order still says.
  AND NOT coalesce(c.is_deleted, false) AND NOT coalesce(c.is_anonymised, false)
"""
