"""How touched rows reach facts, and facts reach people, orders, events and companies.

`old_…` tables hold the facts that were there before, `new_…` those that took their place; what
either of them names is reached.
"""

from __future__ import annotations

from stagedoor_plugins.metrics import companies, facts

_ORDER_COLUMNS = (
    "order_id, customer_id, company_id, email, status, currency, total_amount, refunded_amount, "
    "coupon_code, ordered_at, is_deleted"
)
_TICKET_COLUMNS = (
    "order_ticket_id, order_id, event_id, ticket_type, price, attendee_customer_id, "
    "attendee_email, attendee_name, status, checked_in_at, is_deleted"
)

# What an event's results depend on.
_OF_EVENTS = ("event", "number", "currency", "is_sold", "price", "checked_in")


def _temp(table: str, sql: str) -> str:
    return f"CREATE OR REPLACE TEMP TABLE {table} AS {sql}"


def _touched(stream: str) -> str:
    return f"SELECT row_key FROM touched WHERE stream = '{stream}'"


def _same(*columns: str) -> str:
    """Return the condition that a row `o` says the same as a row `n`."""
    return " AND ".join(f"o.{column} IS NOT DISTINCT FROM n.{column}" for column in columns)


def _replaced(table: str, old: str, new: str) -> tuple[str, ...]:
    """Return statements that put rows of `new` into a kept table, in place of those of `old`."""
    return (
        f"DELETE FROM kept.{table} WHERE rowid IN (SELECT place FROM {old})",
        f"INSERT INTO kept.{table} BY NAME SELECT * FROM {new}",
    )


SOURCES = (
    _temp(
        "touched_customers",
        f"SELECT * FROM customers WHERE customer_id IN ({_touched('customers')})",
    ),
    _temp(
        "touched_orders",
        f"SELECT {_ORDER_COLUMNS} FROM orders WHERE order_id IN ({_touched('orders')})",
    ),
    *facts.numbered_buyers("touched_customers", "touched_orders"),
)

# Accounts whose orders and tickets may be somebody else's now.
CUSTOMERS = (
    _temp(
        "old_customers",
        "SELECT rowid AS place, * FROM kept.customer_facts "
        f"WHERE customer_id IN ({_touched('customers')})",
    ),
    _temp("new_customers", facts.customer_facts("touched_customers")),
    *_replaced("customer_facts", "old_customers", "new_customers"),
    _temp(
        "moved_customers",
        "SELECT customer_id FROM old_customers o FULL JOIN new_customers n USING (customer_id) "
        "WHERE o.person IS DISTINCT FROM n.person OR o.is_gone IS DISTINCT FROM n.is_gone",
    ),
    _temp("old_employed", "SELECT * FROM kept.employed"),
    f"CREATE OR REPLACE TABLE kept.employed AS {companies.EMPLOYED}",
    _temp(
        "moved_people",
        "SELECT person, o.company_id AS old_company, n.company_id AS new_company "
        "FROM old_employed o FULL JOIN kept.employed n USING (person) "
        "WHERE o.company_id IS DISTINCT FROM n.company_id",
    ),
)

ORDERS = (
    _temp(
        "order_source",
        f"SELECT {_ORDER_COLUMNS} FROM orders "
        "WHERE customer_id IN (SELECT customer_id FROM moved_customers) "
        f"AND order_id NOT IN ({_touched('orders')}) UNION ALL SELECT * FROM touched_orders",
    ),
    _temp(
        "old_orders",
        "SELECT rowid AS place, number, order_id, buyer, company_id FROM kept.order_facts "
        "WHERE order_id IN (SELECT order_id FROM order_source)",
    ),
    _temp(
        "new_orders",
        "SELECT coalesce(o.number, row_number() OVER () + (SELECT coalesce(max(number), 0) "
        "FROM kept.order_facts))::INTEGER AS number, n.* "
        f"FROM ({facts.order_facts('order_source')}) n "
        "LEFT JOIN old_orders o ON o.order_id = n.order_id",
    ),
    *_replaced("order_facts", "old_orders", "new_orders"),
)

# Tickets of an order are found by its number; those that came before their order wait for it.
TICKETS = (
    _temp(
        "reached_tickets",
        f"""
        {_touched("order_tickets")}
        UNION SELECT order_ticket_id FROM kept.ticket_facts
        WHERE number IN (SELECT number FROM old_orders)
        UNION SELECT order_ticket_id FROM kept.ticket_facts
        WHERE waits_for IN (SELECT order_id FROM new_orders)
        UNION SELECT order_ticket_id FROM order_tickets
        WHERE attendee_customer_id IN (SELECT customer_id FROM moved_customers)
        """,
    ),
    _temp(
        "ticket_source",
        f"SELECT {_TICKET_COLUMNS} FROM order_tickets "
        "WHERE order_ticket_id IN (SELECT row_key FROM reached_tickets)",
    ),
    *facts.numbered_tickets("ticket_source", "events"),
    _temp(
        "old_tickets",
        f"SELECT rowid AS place, order_ticket_id, buyer, holder, {', '.join(_OF_EVENTS)} "
        "FROM kept.ticket_facts WHERE order_ticket_id IN (SELECT row_key FROM reached_tickets)",
    ),
    _temp(
        "orders_of_tickets",
        "SELECT order_id, number, buyer, currency, ordered_at, is_paid FROM kept.order_facts "
        "WHERE order_id IN (SELECT order_id FROM ticket_source)",
    ),
    _temp("new_tickets", facts.ticket_facts("ticket_source", "orders_of_tickets")),
    *_replaced("ticket_facts", "old_tickets", "new_tickets"),
)

_SAME_EVENT = _same(
    "name", "category", "venue", "city", "starts_at", "ends_at", "takes_place", "was_scanned"
)

EVENTS = (
    _temp("old_events", "SELECT * FROM kept.event_facts"),
    f"CREATE OR REPLACE TABLE kept.event_facts AS {facts.EVENT_FACTS}",
    _temp(
        "moved_events",
        "SELECT event FROM old_events o FULL JOIN kept.event_facts n USING (event) "
        f"WHERE NOT ({_SAME_EVENT}) OR o.event_id IS NULL OR n.event_id IS NULL",
    ),
    _temp(
        "tickets_of_events",
        "SELECT number, buyer, holder FROM kept.ticket_facts "
        "WHERE is_valid AND event IN (SELECT event FROM moved_events)",
    ),
    _temp(
        "reached_events",
        "SELECT DISTINCT unnest([o.event, n.event]) AS event "
        "FROM old_tickets o FULL JOIN new_tickets n USING (order_ticket_id) "
        f"WHERE NOT ({_same(*_OF_EVENTS)})",
    ),
)

REACHED = (
    _temp(
        "reached_orders",
        """
        SELECT number FROM old_orders UNION SELECT number FROM new_orders
        UNION SELECT number FROM old_tickets UNION SELECT number FROM new_tickets
        UNION SELECT number FROM tickets_of_events
        """,
    ),
    _temp(
        "reached_people",
        """
        SELECT buyer AS person FROM old_orders UNION SELECT buyer FROM new_orders
        UNION SELECT unnest([buyer, holder]) FROM old_tickets
        UNION SELECT unnest([buyer, holder]) FROM new_tickets
        UNION SELECT unnest([buyer, holder]) FROM tickets_of_events
        UNION SELECT person FROM kept.person_results WHERE due_at <= $now
        """,
    ),
)

# A company is reached by its own orders and people, and by those of all that it owns.
COMPANIES = (
    _temp("old_families", "SELECT * FROM kept.families"),
    f"CREATE OR REPLACE TABLE kept.families AS {companies.FAMILIES}",
    _temp(
        "reached_companies",
        """
        WITH members AS (
            SELECT company_id FROM old_customers UNION SELECT company_id FROM new_customers
            UNION SELECT unnest([old_company, new_company]) FROM moved_people
            UNION SELECT o.company_id FROM old_orders o
            UNION SELECT coalesce(o.company_id, e.company_id) FROM kept.order_facts o
                LEFT JOIN kept.employed e ON e.person = o.buyer
                WHERE o.number IN (SELECT number FROM reached_orders)
            UNION SELECT e.company_id FROM old_orders o JOIN old_employed e ON e.person = o.buyer
        ), all_families AS (SELECT * FROM old_families UNION SELECT * FROM kept.families)
        SELECT top AS company_id FROM all_families
        WHERE company_id IN (SELECT company_id FROM members)
        UNION SELECT top FROM (
            (SELECT * FROM old_families EXCEPT SELECT * FROM kept.families)
            UNION ALL (SELECT * FROM kept.families EXCEPT SELECT * FROM old_families)
        )
        """,
    ),
)

STEPS = (*SOURCES, *CUSTOMERS, *ORDERS, *TICKETS, *EVENTS, *REACHED, *COMPANIES)
TABLES = (
    "touched_customers", "touched_orders", "reached_tickets", "old_customers", "new_customers",
    "moved_customers", "old_employed", "moved_people", "order_source", "old_orders", "new_orders",
    "ticket_source", "old_tickets", "orders_of_tickets", "new_tickets", "old_events",
    "moved_events", "tickets_of_events", "reached_events", "reached_orders", "reached_people",
    "old_families", "reached_companies",
)  # fmt: skip
"""Temporary tables that the steps leave behind."""
