"""Says why a property holds what it holds, on either side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stagedoor.errors import Misconfigured
from stagedoor.extension import Row
from stagedoor.hubspot.portal import Portal
from stagedoor.mapping.mapper import ObjectMapper
from stagedoor.mapping.properties import SOURCES, Property
from stagedoor.model import ObjectRef
from stagedoor.state.links import Links
from stagedoor.sync.our_side import entries_of
from stagedoor.sync.outbound import planner_for
from stagedoor.sync.preview import rows_of
from stagedoor.sync.session import Session


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the answer: what about, and what."""

    about: str
    text: str


def why(
    session: Session, portal: Portal, *, email: str | None, key: str | None, name: str
) -> Iterator[Told]:
    """Yield where the values of one property come from, for each object that is meant.

    Raises:
        Misconfigured: The mapping has no such property, or the platform nobody of that name.
    """
    planner = planner_for(session)
    planner.compute()
    chosen = [
        o for o in planner.object_types if name in session.document.objects[o.name].properties
    ]
    if not chosen:
        raise Misconfigured(f"No entry of the mapping has the property {name!r}.")
    found = [(o, row) for o in chosen for row in rows_of(session, o, email, key)]
    if not found:
        raise Misconfigured(f"Nothing on the platform becomes an object with {email or key!r}.")
    ways = {e.name: e.ways for e in entries_of(session.document, chosen, session.plugins)}
    for object_type, row in found:
        ref = ObjectRef(object_type.name, row["key"])
        yield Told("what", f"{name} of {ref}")
        yield from _platform(session, ref, row, name)
        way = ways.get(ref.object_type, {}).get(name)
        yield Told("goes back", f"to {way.stream}.{way.column}" if way else "no")
        yield from _hubspot(session, portal, object_type.hubspot_type, ref, name)
        yield from _decided(session, ref, name)


def _platform(session: Session, ref: ObjectRef, row: Row, name: str) -> Iterator[Told]:
    mapping = session.document.objects[ref.object_type]
    mapper = ObjectMapper(ref.object_type, mapping, session.plugins.codecs)
    (traced,) = (t for t in mapper.trace(row) if t.name == name)
    yield Told("platform", f"{_shown(traced.result)}, {_source(mapping.properties[name])}")


def _source(rule: Property) -> str:
    for source in SOURCES:
        value = rule.from_ if source == "from" else getattr(rule, source)
        if value is not None:
            return f"{source}: {value}"
    return ""


def _hubspot(
    session: Session, portal: Portal, hubspot_type: str, ref: ObjectRef, name: str
) -> Iterator[Told]:
    base = session.ledger.base(ref)
    if base is None:
        held = dict(Links(session.database, "").held(ref.object_type).values())
        yield Told("HubSpot", f"left alone: {held[ref]}" if ref in held else "not linked")
        return
    found = portal.read_by(hubspot_type, None, [base.hubspot_id], [name]).get(base.hubspot_id)
    shown = _shown(found.properties.get(name) or None) if found else "not there any more"
    yield Told("HubSpot", f"{shown}, record {base.hubspot_id}")
    origin = session.ledger.origin(ref, name)
    run = session.store.runs.get(origin) if origin else None
    by = f", run {run.run_id} ({run.purpose}, {run.started_at})" if run else ""
    yield Told("agreed", f"{_shown(base.properties.get(name))}{by}")


def _decided(session: Session, ref: ObjectRef, name: str) -> Iterator[Told]:
    rule = session.document.objects[ref.object_type].properties[name]
    yield Told("rule", f"owner: {rule.owner}, update_mode: {rule.update_mode}")
    for item in session.store.decisions.of(session.settings.portal, ref, name)[:1]:
        undone = f", undone {item.undone_at}" if item.undone_at else ""
        reason = f" ({item.decision.reason})" if item.decision.reason else ""
        yield Told(
            "decision",
            f"{item.id}: {_shown(item.decision.value)} by {item.decision.by}{reason}, run "
            f"{item.run_id}, {item.at}{undone}",
        )
    for conflict in session.store.conflicts.list(session.settings.portal):
        if (conflict.ref, conflict.property) == (ref, name):
            yield Told("conflict", f"{conflict.id}, open since {conflict.opened_at}")


def _shown(value: str | None) -> str:
    return "(none)" if value is None else f'"{value}"'
