"""Accounts: pretix's customers to rows of `customers`.

Buyers without an account need no row: Stagedoor takes them from the addresses on orders, and
makes one contact of a guest and an account that share an address.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from stagedoor.streams import CUSTOMERS
from stagedoor_plugins.platform_sources.pretix.names import given_and_family
from stagedoor_plugins.platform_sources.pretix.rows import Row, complete


def customer(account: Mapping[str, Any]) -> Row:
    """Return the row of an account."""
    first, last = given_and_family(account.get("name_parts"))
    return complete(
        CUSTOMERS,
        customer_id=account["identifier"],
        email=account["email"],
        first_name=first,
        last_name=last,
        phone=account.get("phone"),
        language=account.get("locale"),
        is_anonymised=is_anonymised(account),
        is_deleted=False,
        created_at=account.get("date_joined"),
        updated_at=account["last_modified"],
    )


def is_anonymised(account: Mapping[str, Any]) -> bool:
    """Return whether personal data was erased: nothing else leaves an account without address."""
    return not account["email"] and not account["is_active"]


def erasures(accounts: Iterable[Mapping[str, Any]]) -> str:
    """Return a digest of who was erased; another digest means that orders lost their account."""
    gone = sorted(account["identifier"] for account in accounts if is_anonymised(account))
    return hashlib.sha256("\n".join(gone).encode()).hexdigest()[:16] if gone else ""
