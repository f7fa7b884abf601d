"""How what metrics are computed from is kept, and brought up to date by what was touched.

Everything is kept as tables. After rows were touched, the facts of those rows, and of the orders
and tickets that lead to a touched account, are replaced; whatever differs between the old and the
new facts reaches results, which are computed again by the same SQL that computes all of them.
"""

from __future__ import annotations

from stagedoor.extension import KeptRelations
from stagedoor_plugins.metrics import (
    companies,
    events,
    facts,
    order_results,
    person_results,
    reaching,
    replacing,
)

_TABLES = (
    *facts.NUMBERS,
    "customer_facts",
    "order_facts",
    "ticket_facts",
    "scanned_events",
    "event_facts",
    "order_results",
    "person_results",
    "event_results",
    "families",
    "employed",
    "company_results",
)


def _kept(table: str, sql: str) -> str:
    return f"CREATE OR REPLACE TABLE kept.{table} AS {sql}"


def _temp(table: str, sql: str) -> str:
    return f"CREATE OR REPLACE TEMP TABLE {table} AS {sql}"


def _view(name: str, sql: str) -> str:
    return f"CREATE OR REPLACE TEMP VIEW {name} AS {sql}"


def _drop(kind: str, *names: str) -> tuple[str, ...]:
    return tuple(f"DROP {kind} IF EXISTS {name}" for name in names)


_SCOPES = ("order_scope", "ticket_scope", "held_scope", "group_scope", "event_scope")
_BOUGHT = """
SELECT buyer, currency, ordered_at, is_paid, gross, refunded, has_coupon
FROM kept.order_facts WHERE was_paid AND buyer IS NOT NULL
"""
_TICKETS = """
SELECT buyer, event, kind, ordered_at FROM kept.ticket_facts WHERE is_sold AND buyer IS NOT NULL
"""
_HELD = """
SELECT holder, event, checked_in FROM kept.ticket_facts
WHERE is_sold AND holder IS NOT NULL AND event IS NOT NULL
"""
_GROUPS = """
SELECT buyer, tickets, days_ahead FROM kept.order_results WHERE is_sold AND buyer IS NOT NULL
"""
_EVENTS = """
SELECT event, number, currency, checked_in, price
FROM kept.ticket_facts WHERE is_sold AND event IS NOT NULL
"""
_OF_ORDERS = "number, buyer, event, ordered_at, is_valid, is_sold, checked_in, named"

FULL = (
    *(f"CREATE OR REPLACE TABLE kept.{name} ({body})" for name, body in facts.NUMBERS.items()),
    *facts.numbered_texts("customers", "orders", "order_tickets", "events"),
    _kept("customer_facts", facts.customer_facts('"customers:numbered"')),
    _kept("order_facts", facts.order_facts('"orders:numbered"')),
    _kept("ticket_facts", facts.ticket_facts("order_tickets", "kept.order_facts")),
    _kept("scanned_events", facts.SCANNED_EVENTS),
    _kept("event_facts", facts.EVENT_FACTS),
    _kept("order_results", order_results.order_results("kept.ticket_facts")),
    _view("order_scope", _BOUGHT),
    _view("ticket_scope", _TICKETS),
    _view("held_scope", _HELD),
    _view("group_scope", _GROUPS),
    _view("event_scope", _EVENTS),
    *person_results.made("CREATE OR REPLACE TABLE kept.person_results AS"),
    _kept("event_results", events.EVENT_RESULTS),
    _kept("families", companies.FAMILIES),
    _kept("employed", companies.employed()),
    _view("family_scope", "SELECT * FROM kept.families"),
    _temp("company_order_scope", companies.company_orders("kept.families")),
    _kept("company_results", companies.COMPANY_RESULTS),
    *_drop("TABLE", "company_order_scope"),
    *_drop("VIEW", *_SCOPES, "family_scope"),
)

_PEOPLE = "(SELECT person FROM reached_people)"
_COMPANIES = "(SELECT company_id FROM reached_companies)"

# Tables here, not views: the results of few people need few rows, which are read several times.
REFRESH = (
    *replacing.STEPS,
    *reaching.STEPS,
    _temp(
        "tickets_of_orders",
        f"""
        SELECT {_OF_ORDERS} FROM new_tickets SEMI JOIN reached_orders USING (number)
        UNION ALL SELECT {_OF_ORDERS} FROM kept.ticket_facts WHERE number IN (
            SELECT number FROM tickets_of_events WHERE NOT same_to_orders
            EXCEPT SELECT number FROM reached_orders
        )
        """,
    ),
    """
    DELETE FROM kept.order_results WHERE number IN (
        SELECT number FROM reached_orders UNION SELECT number FROM tickets_of_orders
    )
    """,
    f"INSERT INTO kept.order_results {order_results.order_results('tickets_of_orders')}",
    _temp("order_scope", f"{_BOUGHT} AND buyer IN {_PEOPLE}"),
    _temp("ticket_scope", f"{_TICKETS} AND buyer IN {_PEOPLE}"),
    _temp("held_scope", f"{_HELD} AND holder IN {_PEOPLE}"),
    _temp("group_scope", f"{_GROUPS} AND buyer IN {_PEOPLE}"),
    f"DELETE FROM kept.person_results WHERE person IN {_PEOPLE}",
    *person_results.made("INSERT INTO kept.person_results"),
    _temp("event_scope", f"{_EVENTS} AND event IN (SELECT event FROM reached_events)"),
    "DELETE FROM kept.event_results WHERE event IN (SELECT event FROM reached_events)",
    f"INSERT INTO kept.event_results {events.EVENT_RESULTS}",
    _temp(
        "family_scope",
        f"SELECT * FROM kept.families WHERE top IN {_COMPANIES}",
    ),
    _temp("company_order_scope", companies.company_orders("family_scope")),
    f"DELETE FROM kept.company_results WHERE company_id IN {_COMPANIES}",
    f"INSERT INTO kept.company_results {companies.COMPANY_RESULTS}",
    *_drop("TABLE", *replacing.TABLES, *reaching.TABLES),
    *_drop("TABLE", "tickets_of_orders", "family_scope", "company_order_scope"),
    *_drop("TABLE", *_SCOPES),
)

KEPT = KeptRelations("metrics", _TABLES, FULL, REFRESH)
