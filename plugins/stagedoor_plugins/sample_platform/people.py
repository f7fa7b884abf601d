"""Companies and customers of the sample platform."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from stagedoor_plugins.sample_platform import words
from stagedoor_plugins.sample_platform.size import Size

Row = dict[str, Any]


def company(chance: random.Random, number: int, size: Size) -> Row:
    """Return company `number`; parents have lower numbers, so there are no cycles."""
    city, country = chance.choice(words.CITIES)
    name = f"{chance.choice(words.COMPANY_WORDS)} {number} {chance.choice(words.COMPANY_KINDS)}"
    # Every fortieth shares its neighbour's domain, as branches of one firm do.
    domain_of = number - 1 if number % 40 == 0 else number
    made, changed = times(chance, size)
    return {
        "company_id": str(number),
        "name": name if chance.random() > 0.02 else f"  {name.upper()} ",
        "domain": None if chance.random() < 0.15 else f"firm{domain_of}.example.com",
        "vat_id": f"{country}{chance.randrange(10**7, 10**8)}" if chance.random() < 0.7 else None,
        "phone": phone(chance),
        "street": f"{chance.choice(words.STREETS)} {chance.randrange(1, 200)}",
        "postal_code": f"{chance.randrange(100_000, 999_999)}",
        "city": city,
        "country": country,
        "parent_company_id": str(chance.randrange(1, number))
        if number > 3 and chance.random() < 0.2
        else None,
        "is_deleted": chance.random() < 0.01,
        "created_at": made,
        "updated_at": changed,
    }


def customer(chance: random.Random, number: int, size: Size) -> Row:
    """Return customer `number`, erased, deleted or without an address now and then."""
    city, country = chance.choice(words.CITIES)
    made, changed = times(chance, size)
    row: Row = {
        "customer_id": str(number),
        "email": address(chance, number),
        "first_name": chance.choice(words.FIRST_NAMES),
        "last_name": chance.choice(words.LAST_NAMES),
        "phone": phone(chance) if chance.random() < 0.7 else None,
        "language": words.LANGUAGES[country],
        "street": f"{chance.choice(words.STREETS)} {chance.randrange(1, 200)}",
        "postal_code": f"{chance.randrange(10_000, 99_999)}",
        "city": city if chance.random() > 0.05 else city.upper(),
        "country": country,
        "job_title": None,
        "company_id": None,
        "marketing_consent": chance.choice((True, True, False, None)),
        "is_anonymised": False,
        "is_deleted": chance.random() < 0.01,
        "created_at": made,
        "updated_at": changed,
    }
    if chance.random() < 0.09:
        row["company_id"] = str(chance.randrange(1, size.companies + 1))
        row["job_title"] = chance.choice(words.JOBS)
    if chance.random() < 0.01:
        row |= dict.fromkeys(
            ("email", "first_name", "last_name", "phone", "street", "job_title", "company_id")
        )
        row["is_anonymised"] = True
    return row


def plain_address(number: int) -> str:
    """Return the address that belongs to customer `number`, well written."""
    name = words.MAILBOX_NAMES[number % len(words.MAILBOX_NAMES)]
    return f"{name}.{number}@{words.MAIL_DOMAINS[number % len(words.MAIL_DOMAINS)]}"


def address(chance: random.Random, number: int) -> str | None:
    """Return an address as people type it: padded, shouted, shared, absent or wrong."""
    dice = chance.random()
    plain = plain_address(number)
    if dice < 0.02:
        return None
    if dice < 0.07 and number > 1:
        # A household: the address of a neighbour, written in another way.
        return chance.choice((str.upper, str.title, str))(plain_address(number - 1))
    if dice < 0.11:
        return plain.upper()
    if dice < 0.14:
        return f"  {plain}\t"
    if dice < 0.1415:
        return chance.choice(
            (f"{plain}@", "no-at-sign", f"p{number}@example.con", f"a b{number}@x")
        )
    return plain


def phone(chance: random.Random) -> str:
    """Return a number in one of the local formats."""
    return chance.choice(words.PHONES).format(chance.randrange(1_000), chance.randrange(1_000))


def times(chance: random.Random, size: Size) -> tuple[datetime, datetime]:
    """Return when a row was made and last changed; some rows share a moment."""
    made = size.today - timedelta(minutes=chance.randrange(60 * 24 * 30, 60 * 24 * 900))
    if chance.random() < 0.05:
        return made, size.today - timedelta(days=10)  # as after a bulk import
    return made, made + timedelta(seconds=chance.randrange(1, 60 * 60 * 24 * 29))
