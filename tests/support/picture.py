"""One mapping that uses nearly all that Stagedoor has, and what it must give, by other means.

`truth` asks the sample database with SQL of its own; nothing of Stagedoor is imported.
"""

from __future__ import annotations

import json
import sqlite3
from decimal import Decimal

from support.oracle import ADDRESS

RATES = {
    "EUR": Decimal(1), "RON": Decimal("0.2"), "USD": Decimal("0.9"), "GBP": Decimal("1.15"),
    "HUF": Decimal("0.0025"), "CHF": Decimal("1.05"),
}  # fmt: skip
REGIONS = {"RO": "Romania", "HU": "Hungary"}
STAGES = {
    "pending": "Order placed", "paid": "Paid", "partially_refunded": "Paid",
    "refunded": "Refunded", "cancelled": "Cancelled",
}  # fmt: skip

MAPPING = """
version: 1
extends: [metrics, marketing_events]
metrics:
  exchange_rates: {RON: 0.2, USD: 0.9, GBP: 1.15, HUF: 0.0025, CHF: 1.05}
lifecycle: {}
pipelines:
  deals:
    corporate:
      label: Corporate sales
      stages:
        contractsent: {label: Order placed, probability: 0.5}
        closedwon: {label: Paid, probability: 1}
        refunded: {label: Refunded, probability: 0}
        closedlost: {label: Cancelled, probability: 0}
    private:
      label: Private sales
      stages:
        contractsent: {label: Order placed, probability: 0.5}
        closedwon: {label: Paid, probability: 1}
        refunded: {label: Refunded, probability: 0}
        closedlost: {label: Cancelled, probability: 0}
associations:
  deals_to_attendees: true
  deals_to_billing_contacts: {label: Pays}
  contacts_to_primary_companies: true
lists:
%s  regulars: {name: Regulars, where: orders_bought >= 2}
  resold:
    name: Bought by resellers
    sql: >
      SELECT b.person AS key FROM buyers b JOIN orders o ON o.order_id = b.order_id
      WHERE o.sales_channel = 'reseller'
  frequent:
    name: Frequent (kept by HubSpot)
    filters: [{orders_bought: {at_least: 2}}]
objects:
  contacts:
    properties:
      phone: null
      diet: {from: answers.diet, label: Diet}
      home: {template: "{city}, {country}", label: Home}
      region: {from: country, values: {RO: Romania, HU: Hungary}, default: Abroad, label: Region}
  deals:
    properties:
      pipeline: {values: {person: private, company: corporate}}
      dealstage: {values: {refunded: refunded}}
      buyer_city: {from: buyer.city, label: City of the buyer}
      ordered_on: {from: ordered_at, codec: date, type: date, label: Ordered on}
"""

TICKETS = f"""
CREATE TEMP TABLE every_holder AS
SELECT t.*, o.status AS order_status, o.paid_at,
    t.is_deleted + o.is_deleted > 0 AS is_gone, CASE
    WHEN t.attendee_customer_id IS NOT NULL
        THEN (SELECT address FROM account a WHERE a.customer_id = t.attendee_customer_id)
    WHEN {ADDRESS.format("t.attendee_email")} IS NOT NULL
        THEN {ADDRESS.format("t.attendee_email")}
    ELSE b.address END AS address,
    t.attendee_customer_id IS NOT NULL OR {ADDRESS.format("t.attendee_email")} IS NOT NULL AS named
FROM order_tickets t JOIN orders o USING (order_id) LEFT JOIN buyer b USING (order_id);
CREATE TEMP TABLE holder AS SELECT * FROM every_holder WHERE NOT is_gone;
CREATE TEMP TABLE taking_part AS
SELECT event_id, address, checked_in_at IS NOT NULL AS came,
    order_status IN ('paid', 'partially_refunded') AND status = 'valid' AND NOT is_gone AS held
FROM every_holder
WHERE order_status IN ('paid', 'partially_refunded', 'refunded') OR paid_at IS NOT NULL
UNION ALL
SELECT r.event_id, coalesce(a.address, CASE WHEN r.customer_id IS NULL
    THEN {ADDRESS.format("r.email")} END), r.status = 'attended', r.status <> 'cancelled'
FROM registrations r LEFT JOIN account a USING (customer_id)
WHERE r.is_deleted = 0 AND r.order_ticket_id IS NULL;
"""
PAID = "('paid', 'partially_refunded')"


class Truth:
    """What the sample platform says, for one question each; addresses are those of contacts."""

    def __init__(self, database: sqlite3.Connection, contacts: set[str]) -> None:
        """Ask `database`, with the temporary tables of `oracle.opened`."""
        self._database = database
        self._contacts = contacts
        database.executescript(TICKETS)

    def rows(self, sql: str) -> list[tuple[str, ...]]:
        """Return the rows of a SELECT, as text."""
        return [tuple(str(value) for value in row) for row in self._database.execute(sql)]

    def pairs(self, sql: str) -> set[tuple[str, str]]:
        """Return rows of two columns; the second is an address, and counts if it is a contact."""
        return {(one, other) for one, other in self.rows(sql) if other in self._contacts}

    def single_accounts(self) -> dict[str, dict[str, str]]:
        """Return the accounts whose address nobody shares, by address."""
        wanted = ("city", "country")
        found = self.rows(
            f"SELECT address, {', '.join(f'c.{name}' for name in wanted)} FROM customers c "
            "JOIN account USING (customer_id) GROUP BY address HAVING count(*) = 1"
        )
        return {address: dict(zip(wanted, told, strict=True)) for address, *told in found}

    def diets(self) -> dict[str, str]:
        """Return the answers of who registered once, by address."""
        found = self.rows(
            "SELECT coalesce(a.address, CASE WHEN r.customer_id IS NULL THEN "
            f"{ADDRESS.format('r.email')} END) AS who, r.answers FROM registrations r "
            "LEFT JOIN account a USING (customer_id) WHERE r.is_deleted = 0 "
            "GROUP BY who HAVING count(*) = 1"
        )
        told = {who: json.loads(answers).get("diet") for who, answers in found}
        return {who: diet for who, diet in told.items() if diet and who in self._contacts}

    def stages(self) -> dict[str, tuple[str, str]]:
        """Return pipeline and stage of each order's deal, by label."""
        found = self.rows(
            "SELECT 'order:' || order_id, company_id IS NULL, status FROM orders "
            "WHERE is_deleted = 0"
        )
        sales = {"1": "Private sales", "0": "Corporate sales"}
        return {key: (sales[private], STAGES[status]) for key, private, status in found}

    def life_cycle(self) -> dict[str, str]:
        """Return the stage of each contact."""
        found = self.rows(
            "SELECT p.address, count(o.order_id) FROM person p LEFT JOIN buyer b USING (address) "
            f"LEFT JOIN orders o ON o.order_id = b.order_id AND o.status IN {PAID} "
            "GROUP BY p.address"
        )
        return {who: _stage(int(number)) for who, number in found if who in self._contacts}

    def buyers(self, condition: str, *, least: int = 1) -> set[str]:
        """Return who bought at least so many orders that meet a condition."""
        found = self.rows(
            "SELECT b.address FROM buyer b JOIN orders o USING (order_id) "
            f"WHERE {condition} GROUP BY 1 HAVING count(*) >= {least}"
        )
        return {who for (who,) in found} & self._contacts

    def took_part(self, condition: str) -> set[tuple[str, str]]:
        """Return address and event where what somebody did about it meets a condition."""
        found = self.rows(
            "SELECT event_id, address FROM taking_part JOIN events e USING (event_id) "
            "WHERE e.is_deleted = 0 AND address IS NOT NULL "
            f"GROUP BY 1, 2 HAVING {condition}"
        )
        return {(who, event) for event, who in found if who in self._contacts}


def _stage(orders: int) -> str:
    return "evangelist" if orders >= 10 else "customer" if orders >= 1 else "lead"
