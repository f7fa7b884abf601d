"""How touched rows become facts in place of those that were there.

`old_…` tables hold the facts that go, `new_…` those that take their place. An account that moves
takes its orders with it, and an order its tickets: of those only who buys, holds and pays is
another, so that their rows need not be read again. What waits for a row that came is.
"""

from __future__ import annotations

from stagedoor_plugins.metrics import facts

_ORDER_COLUMNS = (
    "order_id, customer_id, company_id, email, status, currency, total_amount, refunded_amount, "
    "coupon_code, ordered_at, is_deleted"
)
_TICKET_COLUMNS = (
    "order_ticket_id, order_id, event_id, ticket_type, price, attendee_customer_id, "
    "attendee_email, attendee_name, status, checked_in_at, is_deleted"
)


def temp(table: str, sql: str) -> str:
    """Return a statement that makes a temporary table."""
    return f"CREATE OR REPLACE TEMP TABLE {table} AS {sql}"


def same(*columns: str) -> str:
    """Return the condition that a row `o` says the same as a row `n`."""
    return " AND ".join(f"o.{column} IS NOT DISTINCT FROM n.{column}" for column in columns)


def _touched(stream: str) -> str:
    return f"SELECT row_key FROM touched WHERE stream = '{stream}'"


def _replaced(table: str, old: str, new: str) -> tuple[str, ...]:
    """Return statements that put rows of `new` into a kept table, in place of those of `old`."""
    return (
        f"DELETE FROM kept.{table} WHERE rowid IN (SELECT place FROM {old})",
        f"INSERT INTO kept.{table} BY NAME SELECT * FROM {new}",
    )


def _keys(stream: str, also: str) -> str:
    """Return SQL for the keys of touched rows, and of those to read again, with their marks."""
    return (
        f"SELECT row_key, {facts.mark('row_key')} AS mark "
        f"FROM ({_touched(stream)} UNION SELECT * FROM {also})"
    )


def _found(table: str, key: str, keys: str) -> str:
    """Return SQL for the kept rows with these keys, and their places."""
    return f"""
    WITH alike AS MATERIALIZED (
        SELECT rowid AS place, * FROM kept.{table} WHERE mark IN (SELECT mark FROM {keys})
    )
    SELECT * FROM alike WHERE {key} IN (SELECT row_key FROM {keys})
    """


def _next(number: str, table: str) -> str:
    return f"row_number() OVER () + (SELECT coalesce(max({number}), 0) FROM kept.{table})"


# Accounts whose orders and tickets may be somebody else's now.
CUSTOMERS = (
    temp(
        "old_customers",
        "SELECT rowid AS place, * FROM kept.customer_facts "
        f"WHERE customer_id IN ({_touched('customers')})",
    ),
    temp(
        "customer_source",
        f"SELECT coalesce(o.account, {_next('account', 'customer_facts')}) AS _number, n.* "
        'FROM "customers:touched" n LEFT JOIN old_customers o ON o.customer_id = n.customer_id',
    ),
    temp("new_customers", facts.customer_facts("customer_source")),
    *_replaced("customer_facts", "old_customers", "new_customers"),
    temp(
        "moved_customers",
        f"""
        SELECT coalesce(n.account, o.account) AS account, customer_id, n.person, n.is_gone,
            o.account IS NULL AS came, n.account IS NULL AS went
        FROM old_customers o FULL JOIN new_customers n USING (customer_id)
        WHERE NOT ({same("account", "person", "is_gone")})
        """,
    ),
)

ORDERS = (
    temp(
        "orders_of_moved",
        "SELECT o.rowid AS place, o.*, m.person AS mover, "
        "m.went OR m.person IS NULL AND NOT m.is_gone AS is_unclear "
        "FROM kept.order_facts o JOIN moved_customers m ON m.account = o.account",
    ),
    temp(
        "orders_to_read",
        f"""
        SELECT order_id FROM orders_of_moved WHERE is_unclear
        UNION SELECT order_id FROM kept.order_facts
        WHERE waits_for IN (SELECT customer_id FROM moved_customers WHERE came)
        EXCEPT ({_touched("orders")})
        """,
    ),
    temp("order_keys", _keys("orders", "orders_to_read")),
    temp(
        "old_orders",
        f"""
        FROM ({_found("order_facts", "order_id", "order_keys")})
        UNION ALL SELECT * EXCLUDE (mover, is_unclear) FROM orders_of_moved
        WHERE order_id NOT IN (SELECT row_key FROM order_keys)
        """,
    ),
    temp(
        "order_source",
        f"""
        SELECT coalesce(o.number, {_next("number", "order_facts")}) AS _number, n.*
        FROM (
            SELECT {_ORDER_COLUMNS} FROM "orders:touched"
            UNION ALL SELECT {_ORDER_COLUMNS} FROM orders
            WHERE order_id IN (SELECT order_id FROM orders_to_read)
        ) n LEFT JOIN old_orders o ON o.order_id = n.order_id
        """,
    ),
    temp(
        "new_orders",
        f"""
        {facts.order_facts("order_source")}
        UNION ALL BY NAME
        SELECT * EXCLUDE (place, mover, is_unclear) REPLACE (mover AS buyer) FROM orders_of_moved
        WHERE order_id NOT IN (SELECT row_key FROM order_keys)
        """,
    ),
    *_replaced("order_facts", "old_orders", "new_orders"),
    temp(
        "moved_orders",
        f"""
        SELECT number, coalesce(n.order_id, o.order_id) AS order_id, o.number IS NULL AS came
        FROM old_orders o FULL JOIN new_orders n USING (number)
        WHERE NOT ({same("order_id", "buyer", "currency", "ordered_at", "is_paid")})
        """,
    ),
)

# All tickets of an order in doubt, as its results are made of them.
TICKETS = (
    temp(
        "tickets_to_read",
        f"""
        SELECT order_ticket_id FROM kept.ticket_facts
        WHERE waits_for IN (SELECT order_id FROM moved_orders WHERE came)
        UNION SELECT order_ticket_id FROM kept.ticket_facts
        WHERE awaits IN (SELECT customer_id FROM moved_customers WHERE came)
        UNION SELECT order_ticket_id FROM kept.ticket_facts
        WHERE attendee IN (SELECT account FROM moved_customers WHERE went)
        EXCEPT ({_touched("order_tickets")})
        """,
    ),
    temp("ticket_keys", _keys("order_tickets", "tickets_to_read")),
    temp(
        "ticket_source",
        f"""
        SELECT {_TICKET_COLUMNS} FROM "order_tickets:touched"
        UNION ALL SELECT {_TICKET_COLUMNS} FROM order_tickets
        WHERE order_ticket_id IN (SELECT order_ticket_id FROM tickets_to_read)
        """,
    ),
    temp("found_tickets", _found("ticket_facts", "order_ticket_id", "ticket_keys")),
    temp(
        "keys_of_orders",
        f"SELECT DISTINCT order_id AS row_key, {facts.mark('order_id')} AS mark FROM ticket_source",
    ),
    temp("orders_of_source", _found("order_facts", "order_id", "keys_of_orders")),
    temp(
        "reached_orders",
        "SELECT number FROM moved_orders UNION SELECT number FROM orders_of_source "
        "UNION SELECT number FROM found_tickets WHERE number IS NOT NULL",
    ),
    temp(
        "old_tickets",
        """
        FROM found_tickets
        UNION ALL BY NAME SELECT * FROM (
            SELECT rowid AS place, * FROM kept.ticket_facts
            WHERE number IN (SELECT number FROM reached_orders)
        ) ANTI JOIN found_tickets USING (place)
        UNION ALL BY NAME SELECT * FROM (
            SELECT rowid AS place, * FROM kept.ticket_facts
            WHERE attendee IN (SELECT account FROM moved_customers)
        )
        ANTI JOIN found_tickets USING (place) ANTI JOIN reached_orders USING (number)
        """,
    ),
    temp(
        "orders_now",
        "SELECT number, buyer, currency, ordered_at, is_paid FROM kept.order_facts "
        "WHERE number IN (SELECT number FROM old_tickets)",
    ),
    temp(
        "new_tickets",
        f"""
        {facts.ticket_facts("ticket_source", "orders_of_source")}
        UNION ALL BY NAME
        SELECT t.* EXCLUDE (place) REPLACE (
            n.number AS number,
            CASE WHEN n.number IS NULL THEN coalesce(t.waits_for, o.order_id) END AS waits_for,
            n.buyer AS buyer,
            CASE WHEN t.attendee IS NOT NULL THEN w.person
                 WHEN t.is_buyers THEN n.buyer ELSE t.holder END AS holder,
            n.currency AS currency, n.ordered_at AS ordered_at,
            t.is_valid AND n.number IS NOT NULL AS is_valid,
            t.is_valid AND coalesce(n.is_paid, false) AS is_sold
        )
        FROM (
            FROM old_tickets WHERE order_ticket_id NOT IN (SELECT row_key FROM ticket_keys)
        ) t
        LEFT JOIN orders_now n ON n.number = t.number
        LEFT JOIN old_orders o ON o.number = t.number
        LEFT JOIN kept.customer_facts w ON w.account = t.attendee
        """,
    ),
    *_replaced("ticket_facts", "old_tickets", "new_tickets"),
)

STEPS = (
    *facts.numbered_texts(
        '"customers:touched"', '"orders:touched"', '"order_tickets:touched"', "events"
    ),
    *CUSTOMERS,
    *ORDERS,
    *TICKETS,
)
TABLES = (
    "old_customers", "customer_source", "new_customers", "moved_customers", "orders_of_moved",
    "orders_to_read", "order_keys", "old_orders", "order_source", "new_orders", "moved_orders",
    "tickets_to_read", "ticket_keys", "ticket_source", "found_tickets", "keys_of_orders",
    "orders_of_source", "reached_orders", "old_tickets", "orders_now", "new_tickets",
    '"customers:touched"', '"orders:touched"', '"order_tickets:touched"',
)  # fmt: skip
"""Temporary tables that the steps leave behind."""
