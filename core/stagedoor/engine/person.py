"""One person, as erasing needs it, and where the platform's streams hold people's data; pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

ERASED = "(erased)"
"""Stands where a property of somebody else's object mentioned an erased person."""


@dataclass(frozen=True, slots=True)
class PersonalColumns:
    """What one stream says of people: whose row it is, and which columns are theirs."""

    customer: str | None
    """Column with the customer's id."""
    address: str | None
    """Column with the e-mail address."""
    personal: tuple[str, ...]


PERSONAL: Mapping[str, PersonalColumns] = {
    "customers": PersonalColumns(
        "customer_id",
        "email",
        (
            *("email", "first_name", "last_name", "phone", "street", "postal_code", "city"),
            *("country", "job_title", "language", "company_id", "marketing_consent"),
        ),
    ),
    "orders": PersonalColumns(
        "customer_id", "email", ("email", "first_name", "last_name", "phone")
    ),
    "order_tickets": PersonalColumns(
        "attendee_customer_id", "attendee_email", ("attendee_name", "attendee_email")
    ),
    "registrations": PersonalColumns("customer_id", "email", ("email", "answers")),
    "support_requests": PersonalColumns("customer_id", "email", ("email", "subject", "message")),
}
"""Of the platform's own streams; rows of other taps that mention a person go as a whole."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to erase."""

    customer_ids: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    """In lower case, trimmed."""
    names: frozenset[str] = field(default_factory=frozenset)
    """Given and family name together; a single name is shared by too many."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that the person's contact may have."""
        ids = (f"customer:{i}" for i in sorted(self.customer_ids))
        return (*ids, *(f"guest:{a}" for a in sorted(self.addresses)))

    @property
    def words(self) -> tuple[str, ...]:
        """What must be found nowhere afterwards, in lower case."""
        return tuple(sorted(word.lower() for word in (*self.addresses, *self.names) if word))

    def is_mentioned(self, text: str | None) -> bool:
        """Whether a text holds the person's address or full name."""
        lowered = (text or "").lower()
        return any(word in lowered for word in self.words)

    def joined(self, other: Person) -> Person:
        """Return both as one."""
        return Person(
            self.customer_ids | other.customer_ids,
            self.addresses | other.addresses,
            self.names | other.names,
        )


@dataclass(frozen=True, slots=True)
class Blocked:
    """People who stay away, as salted hashes of `customer:17` and `email:ana@example.com`."""

    salt: str
    hashes: frozenset[str]

    def are_mentioned(self, text: str) -> bool:
        """Whether a text, such as a record's JSON, names one of them by address or account."""
        found = (f"email:{address.lower()}" for address in _ADDRESS.findall(text))
        accounts = (f"customer:{i}" for i in _ACCOUNT.findall(text))
        return any(fingerprint(self.salt, w) in self.hashes for w in (*found, *accounts))


_ADDRESS = re.compile(r"[^\s\"'<>:,;]+@[^\s\"'<>:,;]+")
_ACCOUNT = re.compile(r'customer(?:_id"\s*:\s*"?|:)([^"\s,}]+)')


def full_names(pairs: Iterable[tuple[str | None, str | None]]) -> frozenset[str]:
    """Return full names of given and family names; half a name is none."""
    return frozenset(
        f"{first.strip()} {last.strip()}"
        for first, last in pairs
        if first and last and first.strip() and last.strip()
    )


def fingerprint(salt: str, word: str) -> str:
    """Return the salted hash by which an erased person is recognised and kept away.

    The same is computed by `sha256(salt || word)` in SQL.
    """
    return hashlib.sha256((salt + word).encode()).hexdigest()
