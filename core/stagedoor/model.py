"""The values that walk through the engine.

A property value is HubSpot's canonical text. In a mapping of properties an absent name means
"not ours to say", `None` means "no value" (to clear it), and a string means that value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

Properties: TypeAlias = Mapping[str, str | None]


class Action(StrEnum):
    """How an object is written."""

    CREATE = "create"
    """Upsert by match key: HubSpot does not have it yet, as far as the ledger knows."""
    UPDATE = "update"
    """Update by HubSpot id: the ledger links it."""


class Side(StrEnum):
    """One of the two systems that hold an object."""

    PLATFORM = "platform"
    HUBSPOT = "hubspot"


class Owner(StrEnum):
    """Who wins when both sides changed a property, each to another value."""

    PLATFORM = "platform"
    HUBSPOT = "hubspot"
    NEWEST = "newest"
    """Whichever side changed it last; where that is not known, a person."""
    IF_EMPTY = "if_empty"
    """HubSpot, unless it has no value there."""
    APPEND = "append"
    """Both: a list of choices has what either side added, without what either took away."""
    MANUAL = "manual"
    """A plugin's `resolve_conflict`, else a person."""


class Status(StrEnum):
    """What became of one object in a run."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"
    """HubSpot refused it."""
    INVALID = "invalid"
    """We refused to send it."""
    DEFERRED = "deferred"
    """Neither written nor refused; the next run tries again."""


@dataclass(frozen=True, slots=True, order=True)
class ObjectRef:
    """One object on our side: its object type (`contacts`) and its key (`customer:17`).

    The object type is the one that the mapping names; several may fill one of HubSpot's.
    """

    object_type: str
    key: str

    def __str__(self) -> str:
        """Return the spelling used in messages, `contacts customer:17`."""
        return f"{self.object_type} {self.key}"


@dataclass(frozen=True, slots=True)
class Desired:
    """What the platform says that one HubSpot object should be."""

    ref: ObjectRef
    match_value: str
    properties: Properties
    source_hash: str
    """Hash of the mapped source row; equal hashes mean that nothing needs doing."""


@dataclass(frozen=True, slots=True)
class Base:
    """What both sides last agreed on about one object; a row of the ledger."""

    ref: ObjectRef
    hubspot_id: str
    match_value: str
    properties: Properties
    source_hash: str


@dataclass(frozen=True, slots=True)
class Change:
    """One object whose desired properties differ from its base.

    `before` and `after` name the same properties: those that differ, and no others.
    """

    ref: ObjectRef
    action: Action
    match_property: str
    match_value: str
    hubspot_id: str | None
    before: Properties
    after: Properties
    source_hash: str
    kept: Properties = field(default_factory=dict)
    """What the ledger keeps of properties, whatever HubSpot answers."""


@dataclass(frozen=True, slots=True)
class ObjectBatch:
    """Up to 100 changes of one object type and one action: one call."""

    object_type: str
    action: Action
    match_property: str
    changes: tuple[Change, ...]
    written_to: str | None = None
    """HubSpot's object type, where it is not the mapping's."""

    @property
    def hubspot_type(self) -> str:
        """HubSpot's name of the object type."""
        return self.written_to or self.object_type


@dataclass(frozen=True, slots=True, order=True)
class Spec:
    """One kind of association in one direction, as HubSpot tells kinds apart."""

    category: str
    number: int


@dataclass(frozen=True, slots=True)
class AssociationType:
    """A directed kind of association between two object types.

    `type_id` is HubSpot's number for the direction `from_type` → `to_type`; `default` says
    that it is the pair's plain, unlabelled type.
    https://developers.hubspot.com/docs/api-reference/crm-associations-v4/guide
    """

    name: str
    from_type: str
    to_type: str
    type_id: int
    category: str = "HUBSPOT_DEFINED"
    default: bool = True
    label: str | None = None
    """Its word in HubSpot; with the category `USER_DEFINED` it is made there when missing, and
    `type_id` is the portal's to give."""
    inverse_label: str | None = None
    """Its word seen from the other end, where that is another."""

    @property
    def spec(self) -> Spec:
        """What HubSpot tells it by."""
        return Spec(self.category, self.type_id)


@dataclass(frozen=True, slots=True)
class Pair:
    """One association to make, between two objects that both exist in HubSpot."""

    from_ref: ObjectRef
    to_ref: ObjectRef
    from_id: str
    to_id: str


@dataclass(frozen=True, slots=True)
class AssociationBatch:
    """Up to 2,000 pairs of one association type: one call."""

    association: AssociationType
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an object was not written, in words for the person who has to mend it."""

    code: str
    """Ours (`INVALID_EMAIL`) or HubSpot's (`PROPERTY_DOESNT_EXIST`)."""
    message: str
    advice: str
    properties: tuple[str, ...] = ()
    """Names of the properties at fault, where known."""
    category: str | None = None
    """HubSpot's error category."""
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one change."""

    ref: ObjectRef
    status: Status
    hubspot_id: str | None = None
    returned: Properties = field(default_factory=dict)
    """Properties as HubSpot answered them."""
    refusal: Refusal | None = None
    kept: tuple[str, ...] = ()
    """Properties that were not written, since somebody else's setting stays: not agreed on."""
    written_at: datetime | None = None
    """HubSpot's own time of the write."""


@dataclass(frozen=True, slots=True)
class PairOutcome:
    """What became of one association."""

    pair: Pair
    status: Status
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class RemoteObject:
    """One object as HubSpot holds it."""

    hubspot_id: str
    properties: Properties
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """A property that both sides changed, each to another value, and no rule decides."""

    ref: ObjectRef
    property: str
    base: str | None
    """What both sides last agreed on, canonical like the next two; `None` is no value."""
    ours: str | None
    """The platform's value."""
    theirs: str | None
    """HubSpot's value."""
    ours_at: datetime | None = None
    """When that side changed it, where known."""
    theirs_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a plugin makes of a conflict: the value that both sides get."""

    value: str | None
    reason: str = ""
    """For the log of decisions, in words for a person."""
