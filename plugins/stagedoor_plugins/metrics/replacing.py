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


def _alike(table: str, keys: str) -> str:
    """Return SQL for the places of kept rows whose key may be one of these."""
    return (
        f"SELECT rowid AS place FROM kept.{table} "
        f"WHERE mark IN (SELECT {facts.mark('row_key')} FROM ({keys}) AS keys (row_key))"
    )


def _at(places: str, table: str, columns: str = "*") -> str:
    """Return a CTE `rows_there` of the kept rows in certain places.

    Places are found by one column at a time: next to rows that a filter lets through by mistake,
    all other columns would be unpacked.
    """
    return f"""
    WITH places AS MATERIALIZED ({places}), rows_there AS MATERIALIZED (
        SELECT rowid AS place, {columns} FROM kept.{table}
        WHERE rowid IN (SELECT place FROM places)
    )
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

_OLD_ORDERS = f"""
{_alike("order_facts", _touched("orders"))}
UNION SELECT rowid FROM kept.order_facts WHERE account IN (SELECT account FROM moved_customers)
UNION SELECT rowid FROM kept.order_facts
    WHERE waits_for IN (SELECT customer_id FROM moved_customers WHERE came)
"""

# `is_read` are those whose row is read again though it was not touched.
ORDERS = (
    temp(
        "old_orders",
        f"""
        {_at(_OLD_ORDERS, "order_facts")}
        SELECT o.*, m.person AS mover, t.row_key IS NOT NULL AS is_touched,
            NOT is_touched AND (w.customer_id IS NOT NULL OR m.went
                OR m.person IS NULL AND NOT m.is_gone) AS is_read
        FROM rows_there o
        LEFT JOIN ({_touched("orders")}) t ON t.row_key = o.order_id
        LEFT JOIN moved_customers m ON m.account = o.account
        LEFT JOIN (FROM moved_customers WHERE came) w ON w.customer_id = o.waits_for
        WHERE coalesce(t.row_key, m.customer_id, w.customer_id) IS NOT NULL
        """,
    ),
    temp(
        "order_source",
        f"""
        SELECT coalesce(o.number, {_next("number", "order_facts")}) AS _number, n.*
        FROM (
            SELECT {_ORDER_COLUMNS} FROM "orders:touched"
            UNION ALL SELECT {_ORDER_COLUMNS} FROM orders
            WHERE order_id IN (SELECT order_id FROM old_orders WHERE is_read)
        ) n LEFT JOIN old_orders o ON o.order_id = n.order_id
        """,
    ),
    temp(
        "new_orders",
        f"""
        {facts.order_facts("order_source")}
        UNION ALL BY NAME
        SELECT * EXCLUDE (place, mover, is_touched, is_read) REPLACE (mover AS buyer)
        FROM old_orders WHERE NOT (is_touched OR is_read)
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

_SOLD = "order_id, number, buyer, currency, ordered_at, is_paid"
_OLD_TICKETS = """
SELECT place FROM found_tickets
UNION SELECT rowid FROM kept.ticket_facts WHERE number IN (SELECT number FROM reached_orders)
UNION SELECT rowid FROM kept.ticket_facts
    WHERE attendee IN (SELECT account FROM moved_customers)
UNION SELECT rowid FROM kept.ticket_facts
    WHERE waits_for IN (SELECT order_id FROM moved_orders WHERE came)
UNION SELECT rowid FROM kept.ticket_facts
    WHERE awaits IN (SELECT customer_id FROM moved_customers WHERE came)
"""

# All tickets of an order that is reached, as its results are made of them.
TICKETS = (
    temp(
        "found_tickets",
        f"""
        {_at(_alike("ticket_facts", _touched("order_tickets")), "ticket_facts", "code, number")}
        FROM rows_there WHERE code IN (
            SELECT {facts.code("row_key")} FROM touched WHERE stream = 'order_tickets'
        )
        """,
    ),
    temp(
        "orders_of_touched",
        f"""
        {
            _at(
                _alike("order_facts", 'SELECT order_id FROM "order_tickets:touched"'),
                "order_facts",
                _SOLD,
            )
        }
        SELECT {_SOLD} FROM rows_there
        WHERE order_id IN (SELECT order_id FROM "order_tickets:touched")
        """,
    ),
    temp(
        "reached_orders",
        "SELECT number FROM moved_orders UNION SELECT number FROM orders_of_touched "
        "UNION SELECT number FROM found_tickets WHERE number IS NOT NULL",
    ),
    temp(
        "old_tickets",
        f"""
        {_at(_OLD_TICKETS, "ticket_facts")}
        SELECT t.*, f.place IS NOT NULL AS is_touched,
            NOT is_touched AND (w.customer_id IS NOT NULL OR o.order_id IS NOT NULL
                OR coalesce(m.went, false)) AS is_read
        FROM rows_there t
        LEFT JOIN found_tickets f ON f.place = t.place
        LEFT JOIN moved_customers m ON m.account = t.attendee
        LEFT JOIN (FROM moved_customers WHERE came) w ON w.customer_id = t.awaits
        LEFT JOIN (FROM moved_orders WHERE came) o ON o.order_id = t.waits_for
        """,
    ),
    temp(
        "ticket_source",
        f"""
        SELECT {_TICKET_COLUMNS} FROM "order_tickets:touched"
        UNION ALL SELECT {_TICKET_COLUMNS} FROM order_tickets
        WHERE {facts.code("order_ticket_id")} IN (SELECT code FROM old_tickets WHERE is_read)
        """,
    ),
    temp(
        "orders_now",
        f"""
        FROM orders_of_touched UNION SELECT {_SOLD} FROM new_orders
        UNION SELECT {_SOLD} FROM kept.order_facts WHERE number IN (
            SELECT number FROM old_tickets EXCEPT SELECT number FROM new_orders
        )
        """,
    ),
    temp(
        "new_tickets",
        f"""
        {facts.ticket_facts("ticket_source", "orders_now")}
        UNION ALL BY NAME
        SELECT t.* EXCLUDE (place, is_touched, is_read) REPLACE (
            n.number AS number,
            CASE WHEN n.number IS NULL THEN coalesce(t.waits_for, o.order_id) END AS waits_for,
            n.buyer AS buyer,
            CASE WHEN t.attendee IS NOT NULL THEN w.person
                 WHEN t.is_buyers THEN n.buyer ELSE t.holder END AS holder,
            n.currency AS currency, n.ordered_at AS ordered_at,
            t.is_valid AND n.number IS NOT NULL AS is_valid,
            t.is_valid AND coalesce(n.is_paid, false) AS is_sold
        )
        FROM (FROM old_tickets WHERE NOT (is_touched OR is_read)) t
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
    "old_customers", "customer_source", "new_customers", "moved_customers", "old_orders",
    "order_source", "new_orders", "moved_orders", "found_tickets", "orders_of_touched",
    "reached_orders", "old_tickets", "ticket_source", "orders_now", "new_tickets",
    '"customers:touched"', '"orders:touched"', '"order_tickets:touched"',
)  # fmt: skip
"""Temporary tables that the steps leave behind."""
