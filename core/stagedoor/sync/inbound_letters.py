"""Words for what an inbound run could not do, or what a person has to know."""

from __future__ import annotations

from stagedoor.extension import PlatformOutcome
from stagedoor.model import ObjectRef, Refusal
from stagedoor.state.links import Held, HeldObject
from stagedoor.sync.newcomers import Newcomer
from stagedoor.sync.our_side import Entry


def is_private(item: HeldObject) -> bool:
    """Whether a record was deleted for privacy."""
    return item.reason is Held.PRIVACY


def unreadable(name: str, why: str) -> Refusal:
    """Return why HubSpot's value of a property was not taken over."""
    return Refusal(
        "INVALID_VALUE",
        f"HubSpot's value of {name} was not taken over: it {why}.",
        "Correct it in HubSpot, or the property's codec in the mapping.",
        (name,),
    )


def untaken(name: str, why: str) -> Refusal:
    """Return why HubSpot's value of a property was not written to the platform."""
    return Refusal(
        "NOT_TAKEN",
        f"HubSpot's value of {name} was not written to the platform: {why}.",
        "Correct it in HubSpot, or take `inbound` out of the property's mapping; it is tried again "
        "when it changes.",
        (name,),
    )


def not_made(
    entry: Entry, one: Newcomer, outcome: PlatformOutcome | None = None
) -> tuple[ObjectRef, Refusal]:
    """Return why a record made no row on the platform."""
    invalid = outcome.invalid if outcome is not None else one.unreadable
    why = "; ".join(f"{name}: {reason}" for name, reason in invalid.items())
    return ObjectRef(entry.name, f"hubspot:{one.seen.hubspot_id}"), Refusal(
        "NOT_MADE",
        f"HubSpot's record {one.seen.hubspot_id} made no row on the platform: "
        f"{why or 'the platform source makes no rows'}.",
        "Correct the record in HubSpot, or the platform's settings; it is tried again when it "
        "changes.",
        tuple(invalid),
    )


def told_of(item: HeldObject) -> tuple[ObjectRef, Refusal]:
    """Return what a person has to know about an object that is left alone."""
    if item.reason is Held.PRIVACY:
        return item.ref, Refusal(
            "DELETED_FOR_PRIVACY",
            f"HubSpot deleted the record of {item.ref} for privacy; it is not sent again.",
            "Decide about the platform's own data; `stagedoor forget --key` erases what Stagedoor "
            "keeps.",
        )
    return item.ref, Refusal(
        "MERGED_IN_HUBSPOT",
        f"HubSpot merged the record of {item.ref} into {item.hubspot_id}, which another object of "
        "the platform fills; it is not sent any more.",
        "Make the two one on the platform, or part them in HubSpot.",
    )
