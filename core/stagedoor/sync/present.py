"""Reads what HubSpot holds now, for the changes about which that decides."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias

from stagedoor.engine.batches import MAX_OBJECTS, chunks
from stagedoor.engine.merge import Decision
from stagedoor.engine.present import Rules, asks, resolve, rules_of, without_known_choices
from stagedoor.extension import Codec
from stagedoor.mapping.document import MappingDocument
from stagedoor.mapping.properties import Property
from stagedoor.model import Action, Base, Change, ObjectRef, Properties, RemoteObject
from stagedoor.state.sent import AgreedAt

ReadBy: TypeAlias = Callable[
    [str, str | None, Sequence[str], Sequence[str]], Mapping[str, RemoteObject]
]
"""Objects of a type by HubSpot id, or by a unique property, with these properties."""


def reads_hubspot(document: MappingDocument) -> bool:
    """Whether some property's present value decides about writing it."""
    return any(rules_of(mapping.properties) for mapping in document.objects.values())


@dataclass
class TwoWay:
    """What writing two-way properties depends on beside HubSpot's present values."""

    codecs: Mapping[str, Codec] = field(default_factory=dict)
    waiting: Mapping[ObjectRef, Collection[str]] = field(default_factory=dict)
    """Properties with a conflict that a person looks at."""
    in_flight: Mapping[ObjectRef, tuple[Properties, ...]] = field(default_factory=dict)
    """Writes that we sent and heard nothing of, oldest first."""
    sent_as: Mapping[ObjectRef, tuple[str, ...]] = field(default_factory=dict)
    """The match values that these were sent with, latest first."""
    decided: list[tuple[Change, Decision]] = field(default_factory=list)
    """Where both sides had changed a property, and the platform's value is written."""
    agreed: list[tuple[ObjectRef, str]] = field(default_factory=list)
    """Properties of which both sides say the same by now, or will by this write."""
    agreed_at: list[AgreedAt] = field(default_factory=list)
    """Properties that are agreed by what HubSpot holds, and when the record changed last."""
    heard: list[tuple[ObjectRef, str]] = field(default_factory=list)
    """Those of them that the ledger knows already, since nothing is left to write."""

    def note(self, change: Change, settled: Change, rules: Rules) -> None:
        """Note which of HubSpot's own edits the rules let a change overwrite."""
        for name, value in settled.after.items():
            base, held = change.before.get(name), settled.before.get(name)
            ours = [write.get(name, value) for write in self.in_flight.get(change.ref, ())]
            if name in rules and rules[name].inbound and held not in (base, value, *ours):
                owner = rules[name].owner
                decision = Decision(name, base, value, held, owner, value, str(owner))
                self.decided.append((change, decision))
        waiting = self.waiting.get(change.ref, ())
        same = {n for n, value in settled.kept.items() if change.after.get(n, value) == value}
        over = (same | settled.after.keys()) & set(waiting)
        self.agreed += [(change.ref, name) for name in sorted(over)]

    def settled(self, change: Change) -> None:
        """Note a change of which nothing is left to write."""
        self.heard += [(change.ref, name) for name in change.kept]


class PresentValues:
    """Settles changes with HubSpot's present values, one call per 100 objects."""

    def __init__(
        self,
        read_by: ReadBy | None,
        in_flight: int = 1,
        two_way: TwoWay | None = None,
    ) -> None:
        """Read through `read_by`; without it changes stay as they are.

        `two_way` knows of conflicts that wait for a person, and is told what was overwritten.
        """
        self._read_by = read_by
        self._in_flight = in_flight
        self.two_way = two_way or TwoWay()

    def settle(
        self, hubspot_type: str, properties: Mapping[str, Property], changes: Sequence[Change]
    ) -> tuple[list[Change], list[Base]]:
        """Return the changes that are left, and the objects that need none after all."""
        rules = rules_of(properties)
        if not rules:
            return list(changes), []
        found = self._found_again(hubspot_type, changes)
        narrowed = [without_known_choices(change, rules) for change in found]
        asking = [change for change in narrowed if asks(change, rules)]
        names = sorted(self._names(asking, rules))
        present = self._present(hubspot_type, asking, names)
        left: list[Change] = []
        agreed: list[Base] = []
        for change in narrowed:
            known = self._read_by is not None and asks(change, rules)
            if known and self._is_away(change, present, rules):
                continue
            settled = self._resolved(change, present.get(_id(change)), rules) if known else change
            if settled.after or settled.action is Action.CREATE:
                left.append(settled)
            else:
                agreed.append(_agreed(settled))
                self.two_way.settled(settled)
        return left, agreed

    def _found_again(self, hubspot_type: str, changes: Sequence[Change]) -> list[Change]:
        """Return changes; creations that may have arrived under another match value are updates."""
        moved = {
            change.ref: sent
            for change in changes
            if change.action is Action.CREATE
            and (sent := self.two_way.sent_as.get(change.ref, ()))
            and {*sent} != {change.match_value}
        }
        if not moved or self._read_by is None:
            return list(changes)
        by = next(change.match_property for change in changes if change.ref in moved)
        values = {value for sent in moved.values() for value in sent}
        values |= {change.match_value for change in changes if change.ref in moved}
        there = self._read_by(hubspot_type, by, sorted(values), [])
        return [_found(change, moved.get(change.ref, ()), there) for change in changes]

    def _names(self, asking: Sequence[Change], rules: Rules) -> set[str]:
        """Return the properties that decide about changes."""
        names = {name for change in asking for name in change.after}
        for change in asking:
            names.update(*self.two_way.in_flight.get(change.ref, ()))
        return names & rules.keys()

    @staticmethod
    def _is_away(change: Change, present: Mapping[str, RemoteObject], rules: Rules) -> bool:
        """Whether a record that goes both ways is merged or deleted, and nobody has said so yet.

        The inbound run will know; until then nothing is written, least of all to who it became.
        """
        both = any(name in rules and rules[name].inbound for name in change.after)
        return both and change.action is Action.UPDATE and _id(change) not in present

    def _resolved(self, change: Change, remote: RemoteObject | None, rules: Rules) -> Change:
        present = None if remote is None else remote.properties
        waiting = self.two_way.waiting.get(change.ref, ())
        canonical = partial(_canonical, rules, self.two_way.codecs)
        unheard = self.two_way.in_flight.get(change.ref, ())
        settled = resolve(change, present, rules, canonical, waiting, unheard)
        self.two_way.note(change, settled, rules)
        agreed = tuple(name for name in settled.kept if name in rules and rules[name].inbound)
        if agreed and remote is not None and remote.updated_at is not None:
            held = {name: canonical(name, remote.properties.get(name) or None) for name in agreed}
            edits = {name: value for name, value in held.items() if value != settled.kept[name]}
            self.two_way.agreed_at.append(AgreedAt(change.ref, agreed, remote.updated_at, edits))
        return settled

    def _present(
        self, hubspot_type: str, changes: Sequence[Change], names: Sequence[str]
    ) -> dict[str, RemoteObject]:
        """Return what HubSpot holds by the id of the change that asks for it."""
        read_by = self._read_by
        if read_by is None or not changes:
            return {}

        def read(chunk: tuple[Change, ...]) -> Mapping[str, RemoteObject]:
            by = chunk[0].match_property if chunk[0].action is Action.CREATE else None
            return read_by(hubspot_type, by, [_id(change) for change in chunk], names)

        with ThreadPoolExecutor(self._in_flight, thread_name_prefix="present") as pool:
            results = list(pool.map(read, _calls(changes)))
        return {value: held for result in results for value, held in result.items()}


def _found(change: Change, sent: Sequence[str], there: Mapping[str, RemoteObject]) -> Change:
    """Return a creation as an update of the object that an earlier one has made."""
    if change.match_value in there:
        return change
    made = next((there[value] for value in sent if value in there), None)
    return (
        change
        if made is None
        else replace(change, action=Action.UPDATE, hubspot_id=made.hubspot_id)
    )


def _canonical(
    rules: Rules, codecs: Mapping[str, Codec], name: str, text: str | None
) -> str | None:
    """Return HubSpot's text of a two-way property as its codec spells it."""
    if not rules[name].inbound or rules[name].codec not in codecs:
        return text
    try:
        return codecs[rules[name].codec].encode(text)
    except ValueError:  # nothing of ours: another value than any that we would write
        return text


def _calls(changes: Sequence[Change]) -> Iterator[tuple[Change, ...]]:
    for action in Action:
        yield from chunks((c for c in changes if c.action is action), MAX_OBJECTS)


def _id(change: Change) -> str:
    known = change.hubspot_id if change.action is Action.UPDATE else None
    return known or change.match_value


def _agreed(change: Change) -> Base:
    return Base(
        change.ref, change.hubspot_id or "", change.match_value, change.kept, change.source_hash
    )
