"""Companies: business addresses on orders to rows of `companies`.

pretix knows no companies, only addresses that orders are billed to. Two addresses are one
company's when they share the VAT number; without a number, when the buyers' e-mail addresses
share the domain; without either, when they share the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from importlib.resources import files
from typing import Any

from stagedoor.streams import COMPANIES
from stagedoor_plugins.platform_sources.pretix.names import text
from stagedoor_plugins.platform_sources.pretix.rows import Row, complete

# Providers at which anybody has a mailbox: their domains say nothing about a company.
MAILBOXES = frozenset(
    files("stagedoor_plugins.platform_sources.pretix")
    .joinpath("mailbox_domains.txt")
    .read_text("utf-8")
    .split()
)


def mailboxes(more: Iterable[str]) -> frozenset[str]:
    """Return the domains that say nothing about a company, with `more` of them."""
    return MAILBOXES | {domain.strip().lower() for domain in more}


def identity(order: Mapping[str, Any], shared: frozenset[str] = MAILBOXES) -> str | None:
    """Return the id of the company that an order was placed for, if any."""
    address = order.get("invoice_address") or {}
    name = text(address.get("company"))
    if not address.get("is_business") or not name:
        return None
    if number := vat_number(address):
        return f"vat:{number}"
    if domain := company_domain(order, shared):
        return f"domain:{domain}"
    return f"name:{' '.join(name.casefold().split())}"


def company(order: Mapping[str, Any], shared: frozenset[str] = MAILBOXES) -> Row | None:
    """Return the row of the company that an order was placed for, as this order has it."""
    key = identity(order, shared)
    if key is None:
        return None
    address = order["invoice_address"]
    return complete(
        COMPANIES,
        company_id=key,
        name=text(address["company"]),
        domain=company_domain(order, shared),
        vat_id=vat_number(address),
        street=text(address.get("street")),
        postal_code=text(address.get("zipcode")),
        city=text(address.get("city")),
        country=text(address.get("country")),
        is_deleted=False,
        updated_at=order["last_modified"],
    )


def gone_company(key: str, moment: datetime) -> Row:
    """Return the row of a company that no order is for any more."""
    return complete(COMPANIES, company_id=key, is_deleted=True, updated_at=moment)


def vat_number(address: Mapping[str, Any]) -> str | None:
    """Return the VAT number in one spelling: capitals and digits only."""
    return re.sub(r"[^0-9A-Z]", "", (address.get("vat_id") or "").upper()) or None


def company_domain(order: Mapping[str, Any], shared: frozenset[str]) -> str | None:
    """Return the domain of the buyer's address, unless anybody can have a mailbox there."""
    domain = (order.get("email") or "").rpartition("@")[2].strip().lower()
    return domain if "." in domain and domain not in shared else None
