"""Whose results the facts that were replaced reach: what differs between old and new ones."""

from __future__ import annotations

from stagedoor_plugins.metrics import companies, facts
from stagedoor_plugins.metrics.replacing import same, temp

# What results depend on, by whose they are.
_OF_BUYERS = ("number", "buyer", "event", "kind", "ordered_at", "is_valid", "is_sold")
_OF_HOLDERS = ("holder", "event", "is_sold", "checked_in")
_OF_EVENTS = ("number", "event", "currency", "is_sold", "price", "checked_in")
_OF_ORDERS = (
    "number", "buyer", "company_id", "currency", "ordered_at", "is_paid", "was_paid", "gross",
    "refunded", "has_coupon",
)  # fmt: skip
_EVENTS_OF_ORDERS = ("starts_at", "takes_place")
_EVENTS_OF_BUYERS = ("starts_at", "takes_place", "category", "venue", "city")
_EVENTS_OF_HOLDERS = ("starts_at", "takes_place", "name", "ends_at", "was_scanned")


def _renewed(table: str, key: str, sql: str) -> tuple[str, ...]:
    """Return statements that make a kept table anew, but write only what is another.

    `stale_<table>` has the rows that go, `fresh_<table>` those that come.
    """
    return (
        temp("renewed", sql),
        temp(f"stale_{table}", f"FROM kept.{table} EXCEPT FROM renewed"),
        temp(f"fresh_{table}", f"FROM renewed EXCEPT FROM kept.{table}"),
        f"DELETE FROM kept.{table} WHERE {key} IN (SELECT {key} FROM stale_{table})",
        f"INSERT INTO kept.{table} FROM fresh_{table}",
        "DROP TABLE renewed",
    )


ORDERS = (
    temp(
        "differing_orders",
        f"""
        SELECT number, o.buyer AS old_buyer, n.buyer AS new_buyer, o.company_id AS old_company,
            n.company_id AS new_company
        FROM old_orders o FULL JOIN new_orders n USING (number)
        WHERE NOT ({same(*_OF_ORDERS)})
        """,
    ),
    temp(
        "differing_tickets",
        f"""
        SELECT o.buyer AS old_buyer, n.buyer AS new_buyer, o.holder AS old_holder,
            n.holder AS new_holder, o.event AS old_event, n.event AS new_event,
            {same(*_OF_BUYERS)} AS same_to_buyers, {same(*_OF_HOLDERS)} AS same_to_holders,
            {same(*_OF_EVENTS)} AS same_to_events
        FROM old_tickets o FULL JOIN new_tickets n USING (mark, code)
        WHERE NOT (same_to_buyers AND same_to_holders AND same_to_events)
        """,
    ),
)

# An event was scanned as long as one ticket says so.
EVENTS = (
    temp(
        "doubtful_events",
        "SELECT event FROM old_tickets WHERE checked_in "
        "EXCEPT SELECT event FROM new_tickets WHERE checked_in",
    ),
    "DELETE FROM kept.scanned_events WHERE event IN (SELECT event FROM doubtful_events)",
    f"""
    INSERT INTO kept.scanned_events SELECT DISTINCT event FROM (
        SELECT event FROM new_tickets WHERE checked_in AND event IS NOT NULL
        UNION ALL {facts.SCANNED_EVENTS} AND event IN (SELECT event FROM doubtful_events)
    ) ANTI JOIN kept.scanned_events USING (event)
    """,
    *_renewed("event_facts", "event", facts.EVENT_FACTS),
    temp(
        "moved_events",
        f"""
        SELECT event, {same("event_id", *_EVENTS_OF_ORDERS)} AS same_to_orders,
            {same("event_id", *_EVENTS_OF_BUYERS)} AS same_to_buyers,
            {same("event_id", *_EVENTS_OF_HOLDERS)} AS same_to_holders
        FROM stale_event_facts o FULL JOIN fresh_event_facts n USING (event)
        """,
    ),
    temp(
        "tickets_of_events",
        """
        SELECT t.number, t.buyer, t.holder, m.* EXCLUDE (event)
        FROM kept.ticket_facts t
        JOIN (
            FROM moved_events WHERE NOT (same_to_orders AND same_to_buyers AND same_to_holders)
        ) m ON m.event = t.event
        WHERE t.is_valid
        """,
    ),
    temp(
        "reached_events",
        "SELECT DISTINCT unnest([old_event, new_event]) AS event FROM differing_tickets "
        "WHERE NOT same_to_events",
    ),
)

PEOPLE = (
    temp(
        "reached_people",
        """
        SELECT unnest([old_buyer, new_buyer]) AS person FROM differing_orders
        UNION SELECT unnest([old_buyer, new_buyer]) FROM differing_tickets WHERE NOT same_to_buyers
        UNION SELECT unnest([old_holder, new_holder]) FROM differing_tickets
            WHERE NOT same_to_holders
        UNION SELECT buyer FROM tickets_of_events WHERE NOT (same_to_orders AND same_to_buyers)
        UNION SELECT holder FROM tickets_of_events WHERE NOT same_to_holders
        UNION SELECT person FROM kept.person_results WHERE due_at <= $now
        """,
    ),
)

# A company is reached by its own orders and people, and by those of all that it owns.
COMPANIES = (
    temp(
        "touched_people",
        "SELECT person FROM old_customers UNION SELECT person FROM new_customers",
    ),
    temp("old_employed", "FROM kept.employed WHERE person IN (SELECT person FROM touched_people)"),
    temp(
        "new_employed",
        companies.employed("(SELECT person FROM touched_people)"),
    ),
    temp(
        "moved_people",
        "SELECT person, o.company_id AS old_company, n.company_id AS new_company "
        "FROM old_employed o FULL JOIN new_employed n USING (person) "
        "WHERE o.company_id IS DISTINCT FROM n.company_id",
    ),
    "DELETE FROM kept.employed WHERE person IN (SELECT person FROM moved_people)",
    """
    INSERT INTO kept.employed
    SELECT person, new_company FROM moved_people WHERE new_company IS NOT NULL
    """,
    *_renewed("families", "(top, company_id)", companies.FAMILIES),
    temp(
        "reached_companies",
        """
        WITH orders_of AS (
            SELECT old_company AS company_id, old_buyer AS person FROM differing_orders
            UNION SELECT new_company, new_buyer FROM differing_orders
            UNION SELECT company_id, buyer FROM kept.order_facts
                WHERE number IN (SELECT number FROM reached_orders)
        ), members AS (
            SELECT company_id FROM old_customers UNION SELECT company_id FROM new_customers
            UNION SELECT unnest([old_company, new_company]) FROM moved_people
            UNION SELECT company_id FROM orders_of
            UNION SELECT e.company_id FROM orders_of o
                JOIN kept.employed e ON e.person = o.person WHERE o.company_id IS NULL
        ), all_families AS (FROM kept.families UNION FROM stale_families)
        SELECT top AS company_id FROM all_families
        WHERE company_id IN (SELECT company_id FROM members)
        UNION SELECT top FROM stale_families UNION SELECT top FROM fresh_families
        """,
    ),
)

STEPS = (*ORDERS, *EVENTS, *PEOPLE, *COMPANIES)
TABLES = (
    "differing_orders", "differing_tickets", "doubtful_events", "stale_event_facts",
    "fresh_event_facts", "moved_events", "tickets_of_events", "reached_events", "reached_people",
    "touched_people", "old_employed", "new_employed", "moved_people", "stale_families",
    "fresh_families", "reached_companies",
)  # fmt: skip
"""Temporary tables that the steps leave behind."""
