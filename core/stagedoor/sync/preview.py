"""Shows one person's or one object's way through the mapping; changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stagedoor.engine.diff import change_of
from stagedoor.engine.present import asks, resolve, rules_of, without_known_choices
from stagedoor.errors import Misconfigured
from stagedoor.extension import ObjectType, Row
from stagedoor.hubspot.outcomes import normal
from stagedoor.hubspot.portal import Portal
from stagedoor.mapping.document import ObjectMapping
from stagedoor.mapping.mapper import ObjectMapper, Traced
from stagedoor.model import Base, Change, ObjectRef, RemoteObject
from stagedoor.state.replica import quoted
from stagedoor.sync.planning import Planner
from stagedoor.sync.session import Session


@dataclass(frozen=True, slots=True)
class PreviewedProperty:
    """One property: its source value, what becomes of it, what HubSpot holds, what happens."""

    name: str
    source: Any
    result: str | None
    held: str | None
    action: str


@dataclass(frozen=True, slots=True)
class Preview:
    """One object as the next push would treat it."""

    ref: ObjectRef
    hubspot_id: str | None
    action: str
    """`create`, `update`, `unchanged` or `invalid`."""
    properties: tuple[PreviewedProperty, ...]


def preview(
    session: Session,
    portal: Portal,
    *,
    email: str | None = None,
    key: str | None = None,
    object_type: str | None = None,
) -> list[Preview]:
    """Return the objects that an address or a key names.

    Raises:
        Misconfigured: `object_type` is no entry of the mapping.
    """
    planner = Planner(
        session.database, session.ledger, session.plugins, session.document, session.started
    )
    chosen = [o for o in planner.object_types if object_type in (None, o.name)]
    if not chosen:
        known = ", ".join(sorted(o.name for o in planner.object_types))
        raise Misconfigured(f"The mapping has no entry {object_type!r}. It has: {known}.")
    planner.compute()
    return [
        _preview(session, portal, entry, row)
        for entry in chosen
        for row in rows_of(session, entry, email, key)
    ]


def rows_of(
    session: Session, object_type: ObjectType, email: str | None, key: str | None
) -> Iterator[Row]:
    """Yield the desired rows of one entry that have the key, or the address as match value."""
    mapping = session.document.objects[object_type.name]
    condition, value = "key = ?", key
    if email is not None:
        column = mapping.properties[mapping.match_key].from_
        if mapping.match_key != "email" or column is None:
            return
        condition, value = f"lower(trim({quoted(column)})) = ?", normal(email)
    cursor = session.database.execute(
        f"SELECT * FROM {quoted('desired_' + object_type.name)} WHERE {condition} ORDER BY key",
        [value],
    )
    names = [column[0] for column in cursor.description]
    yield from [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _preview(session: Session, portal: Portal, object_type: ObjectType, row: Row) -> Preview:
    mapping = session.document.objects[object_type.name]
    mapper = ObjectMapper(object_type.name, mapping, session.plugins.codecs)
    ref = ObjectRef(object_type.name, row["key"])
    base = session.ledger.base(ref)
    traced = list(mapper.trace(row))
    desired = mapper.map(row).desired
    if desired is None:
        shown = tuple(_shown(t, None, "not sent") for t in traced)
        return Preview(ref, None, "invalid", shown)
    held = _held(portal, object_type.hubspot_type, mapping, base, desired.match_value)
    change = change_of(base, desired, mapper.match_key, mapper.only_new)
    left = _left(change, held, mapping)
    told = _Told(base, held, change, left, mapping)
    properties = tuple(
        _shown(t, told.present(t.name), told.action(t, sent=t.name in desired.properties))
        for t in traced
    )
    known = held.hubspot_id if held else base.hubspot_id if base else None
    action = str(left.action) if left is not None and left.after else "unchanged"
    if action == "create" and held is not None:
        action = "update"
    return Preview(ref, known, action, properties)


def _held(
    portal: Portal, hubspot_type: str, mapping: ObjectMapping, base: Base | None, match_value: str
) -> RemoteObject | None:
    by, value = (None, base.hubspot_id) if base else (mapping.match_key, match_value)
    return portal.read_by(hubspot_type, by, [value], list(mapping.properties)).get(value)


def _left(
    change: Change | None, held: RemoteObject | None, mapping: ObjectMapping
) -> Change | None:
    if change is None:
        return None
    rules = rules_of(mapping.properties)
    narrowed = without_known_choices(change, rules)
    if not asks(narrowed, rules):
        return narrowed
    return resolve(narrowed, held.properties if held else None, rules)


@dataclass(frozen=True, slots=True)
class _Told:
    """What happens to each property, in words."""

    base: Base | None
    held: RemoteObject | None
    change: Change | None
    left: Change | None
    mapping: ObjectMapping

    def present(self, name: str) -> str | None:
        """Return what HubSpot holds."""
        return (self.held.properties.get(name) or None) if self.held else None

    def action(self, traced: Traced, *, sent: bool) -> str:
        """Return what the next push does with the property."""
        name, present = traced.name, self.present(traced.name)
        after: Mapping[str, str | None] = self.left.after if self.left else {}
        if traced.problem is not None:
            return f"withheld: its value {traced.problem}"
        if name in after:
            return "clear" if after[name] is None else "write"
        if not sent:
            return "left: no value, and `null: ignore`"
        if present == traced.result:
            return "same"
        rule = self.mapping.properties[name]
        if rule.reads_hubspot:
            owner = f"owner {rule.owner}" if rule.update_mode == "overwrite" else rule.update_mode
            return f"left: {owner}"
        return "left: edited in HubSpot" if self.base else "same"


def _shown(traced: Traced, held: str | None, action: str) -> PreviewedProperty:
    return PreviewedProperty(traced.name, traced.source, traced.result, held, action)
