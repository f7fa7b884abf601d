"""Forgets a person on demand: looks for them everywhere, then erases what was found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stagedoor.engine.person import Person
from stagedoor.errors import Misconfigured
from stagedoor.hubspot.portal import Portal
from stagedoor.model import ObjectRef
from stagedoor.state.erasure import Eraser
from stagedoor.sync.erasing import block, erase_here
from stagedoor.sync.session import Session

NORMAL = " \t\r\n"


@dataclass(frozen=True)
class Found:
    """What Stagedoor keeps of one person."""

    person: Person
    rows: dict[str, int]
    """Rows by place: `replica.orders`, `ledger`, `dead letters`."""
    contacts: tuple[tuple[ObjectRef, str], ...]
    """Their objects in HubSpot, with the id."""
    on_platform: bool
    """Whether the platform, as far as we know, still has them."""

    def lines(self) -> Iterator[str]:
        """Yield what will be erased, without contents."""
        yield f"accounts      {', '.join(sorted(self.person.customer_ids)) or 'none'}"
        yield f"addresses     {len(self.person.addresses)}"
        for place, count in self.rows.items():
            yield f"{place:<24}{count:,}"
        linked = ", ".join(f"{ref.object_type} {hubspot_id}" for ref, hubspot_id in self.contacts)
        yield f"in HubSpot    {linked or 'nothing that we know of'}"


def find(session: Session, *, email: str | None, key: str | None) -> Found:
    """Return what there is of the person with an address, or with a contact's key.

    Raises:
        Misconfigured: The key is none.
    """
    eraser = Eraser(session.database)
    if key is not None:
        if key.partition(":")[0] not in ("customer", "guest") or not key.partition(":")[2]:
            raise Misconfigured(f"{key!r} is no key of a person: give customer:ID, or --email.")
        person = eraser.by_key(key)
    else:
        person = eraser.by_address((email or "").strip(NORMAL).lower())
    rows = eraser.found(person)
    letters = session.store.erasures.letters_about(session.settings.portal, person)
    return Found(
        person,
        {**rows, "dead letters": len(letters)},
        eraser.contacts(person),
        on_platform=eraser.is_on_platform(person),
    )


def forget(session: Session, found: Found, portal: Portal | None, *, blocked: bool) -> None:
    """Erase a person: in HubSpot where a portal is given, then here; and keep them away if asked.

    In this order, so that a run cut short is made good by the next: what is still known here
    leads to the contact there.
    """
    deleted = _in_hubspot(found, portal) if portal is not None else []
    name, person = session.settings.portal, found.person
    if blocked:
        block(session.store, name, person)
    for hubspot_id in deleted or [None]:
        session.store.erasures.record(
            name,
            session.run_id,
            reason="forgotten",
            what="hubspot" if portal is not None else "local",
            hubspot_id=hubspot_id,
            counts={place: count for place, count in found.rows.items() if count},
        )
    erase_here(session.database, session.store, name, person)


def _in_hubspot(found: Found, portal: Portal) -> list[str | None]:
    """Delete the person's contacts for good, also one that we never linked."""
    deleted: list[str | None] = []
    for _, hubspot_id in found.contacts:
        portal.erase_contact(hubspot_id)
        deleted.append(hubspot_id)
    for address in sorted(found.person.addresses):
        portal.erase_contact(address, "email")
    return deleted
