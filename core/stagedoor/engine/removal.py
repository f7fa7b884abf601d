"""What becomes of HubSpot objects whose row left the platform; pure.

Nothing is taken away unless the mapping says so for the object type. Much at once is refused:
a platform that was cut off must not empty a CRM.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from stagedoor.engine.batches import MAX_OBJECTS, chunks
from stagedoor.mapping.document import WhenAnonymised, WhenDeleted
from stagedoor.model import Action, Change, ObjectRef, Properties

FEW = 10
"""Removals of one type that are never too many, where they are at most half of it."""

NEEDED = frozenset({"dealname", "dealstage", "pipeline"}) | {
    *("subject", "hs_pipeline", "hs_pipeline_stage")
}
"""Properties that HubSpot does not let be empty.
https://developers.hubspot.com/docs/guides/api/crm/using-object-apis
"""


class Removal(StrEnum):
    """What is done to an object."""

    CLEAR = "clear"
    """The properties that we wrote are emptied."""
    ARCHIVE = "archive"
    """It goes to HubSpot's bin, from where a person can restore it for 90 days."""
    ERASE = "erase"
    """It is deleted for good, as the GDPR asks."""


class Reason(StrEnum):
    """Why an object is removed."""

    DELETED = "deleted"
    ANONYMISED = "anonymised"
    FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True)
class Leaving:
    """One object to remove."""

    ref: ObjectRef
    hubspot_id: str
    match_property: str
    match_value: str
    removal: Removal
    reason: Reason
    before: Properties
    """What is emptied; nothing where the whole object goes."""

    def as_change(self) -> Change:
        """Return the update that empties it."""
        return Change(
            ref=self.ref,
            action=Action.UPDATE,
            match_property=self.match_property,
            match_value=self.match_value,
            hubspot_id=self.hubspot_id,
            before=self.before,
            after=dict.fromkeys(self.before),
            source_hash="cleared",
        )


@dataclass(frozen=True)
class RemovalPhase:
    """All objects of one type that are removed in one way."""

    object_type: str
    hubspot_type: str
    removal: Removal
    count: int
    leavings: Callable[[], Iterator[Leaving]]

    def batches(self) -> Iterator[tuple[Leaving, ...]]:
        """Yield the removals of one call, or of one look before the calls."""
        return chunks(self.leavings(), MAX_OBJECTS)

    @property
    def calls(self) -> int:
        """Calls that it needs when each succeeds; erasing takes one for each object."""
        return self.count if self.removal is Removal.ERASE else -(-self.count // MAX_OBJECTS)


def removal_of(
    when_deleted: WhenDeleted,
    when_anonymised: WhenAnonymised,
    *,
    deleted: bool,
    anonymised: bool,
) -> tuple[Removal, Reason] | None:
    """Return what to do to an object that is no longer desired; anonymised counts first."""
    if anonymised and when_anonymised is not WhenAnonymised.NONE:
        erase = when_anonymised is WhenAnonymised.GDPR_DELETE
        return (Removal.ERASE if erase else Removal.CLEAR), Reason.ANONYMISED
    if deleted and when_deleted is not WhenDeleted.NONE:
        archive = when_deleted is WhenDeleted.ARCHIVE
        return (Removal.ARCHIVE if archive else Removal.CLEAR), Reason.DELETED
    return None


def emptied(properties: Properties, match_key: str, reason: Reason) -> dict[str, str]:
    """Return the properties that clearing empties, with their values now.

    The match key stays, so that the object is found again when its row comes back; an
    anonymised person's goes too.
    """
    kept = NEEDED if reason is Reason.ANONYMISED else NEEDED | {match_key}
    return {n: v for n, v in properties.items() if v is not None and n not in kept}


def allowed(total: int, share: float) -> int:
    """Return how many of `total` may go in one run without a person's word."""
    return max(int(total * share), min(FEW, (total + 1) // 2))


def too_many(going: Mapping[str, tuple[int, int]], share: float) -> list[str]:
    """Return a sentence about each kind of which too many go; `going` is (going, of how many)."""
    return [
        f"{count:,} of {total:,} {name} ({allowed(total, share):,} are allowed)"
        for name, (count, total) in going.items()
        if count > allowed(total, share)
    ]
