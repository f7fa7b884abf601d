"""Brings what was seen of HubSpot, and what was agreed, into one spelling."""

from __future__ import annotations

from stagedoor.engine import inbound as engine
from stagedoor.engine.present import heard_of
from stagedoor.model import Base, ObjectRef, Refusal
from stagedoor.state.seen import Linked
from stagedoor.state.sent import InFlight
from stagedoor.sync.diary import Diary
from stagedoor.sync.inbound_letters import unreadable
from stagedoor.sync.our_side import Entry


def compared(
    entry: Entry, item: Linked, base: Base, in_flight: InFlight, diary: Diary
) -> engine.Seen:
    """Return a seen object in canonical text, with the base in the same spelling.

    Our own writes of which we heard nothing count as agreed where they have arrived. Values that
    no codec reads are left out, and become dead letters.
    """
    theirs: dict[str, str | None] = {}
    agreed: dict[str, str | None] = {}
    refusals: list[tuple[ObjectRef, Refusal]] = []
    for name, way in entry.ways.items():
        news = item.newer.get(name)
        if name not in item.seen.properties or news == frozenset():
            continue
        try:
            value = way.seen(item.seen.properties[name])
        except ValueError as error:
            refusals.append((base.ref, unreadable(name, str(error))))
            continue
        if news is not None and value not in news:
            continue
        theirs[name] = value
        try:
            agreed[name] = way.seen(base.properties.get(name))
        except ValueError:
            agreed[name] = base.properties.get(name)
    diary.bury(refusals)
    arrived, doubted = heard_of(in_flight.get(base.ref, ()), theirs, agreed)
    return engine.Seen(
        base.ref,
        base.hubspot_id,
        agreed | arrived,
        theirs,
        item.seen.times,
        item.seen.updated_at,
        frozenset(doubted),
    )
