"""What the mapping must know of the portal: ids that HubSpot chose, and what it accepts.

The facts are read before each push and kept with the state, so that a plan, which makes no call,
says the same as the push before it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import msgspec


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that HubSpot knows by an id and people by a label."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class RemotePipeline:
    """One pipeline as HubSpot has it."""

    id: str
    label: str
    stages: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnPipeline:
    """The ids that a declared pipeline and its stages, by our names, have in the portal."""

    id: str
    stages: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PortalFacts:
    """What is known of one portal; empty until it was read for the first time."""

    currencies: tuple[str, ...] = ()
    """Currency codes of the account, its own first; none are known when empty."""
    pipelines: dict[str, tuple[RemotePipeline, ...]] = field(default_factory=dict)
    """By HubSpot's object type."""
    own: dict[str, dict[str, OwnPipeline]] = field(default_factory=dict)
    """By HubSpot's object type and our name."""
    labels: dict[str, int] = field(default_factory=dict)
    """Number of each label of ours, by the association's name."""
    lifecycle: tuple[Choice, ...] = ()
    """Stages of a contact's life cycle, in order."""

    def to_json(self) -> str:
        """Return the facts as text."""
        return msgspec.json.encode(self).decode()

    def mark(self, hubspot_type: str) -> str:
        """Return a hash of what concerns one object type: when it changes, look again."""
        told = (
            self.currencies if hubspot_type == "deals" else (),
            self.pipelines.get(hubspot_type),
            self.own.get(hubspot_type),
        )
        return hashlib.sha256(msgspec.json.encode(told)).hexdigest()[:16]


NOTHING_KNOWN = PortalFacts()


def facts_from_json(text: str | None) -> PortalFacts:
    """Return the facts in `text`, or none."""
    if text is None:
        return PortalFacts()
    return msgspec.json.decode(text, type=PortalFacts)


def same(one: str, other: str) -> bool:
    """Whether two labels are the same to a person."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
