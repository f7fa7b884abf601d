"""Follows HubSpot's hints in one go: what `tap-hubspot` and `target-platform` do as a pipe.

The same reading, intake, merge and writer; only the STATE between two processes is left out.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from stagedoor.extension import PlatformWriter
from stagedoor.hubspot.portal import Portal
from stagedoor.hubspot.records import Shaper, object_schema
from stagedoor.hubspot.webhook_events import TYPE_IDS
from stagedoor.mapping.document import MappingDocument
from stagedoor.model import Owner
from stagedoor.store.inbox import Inbox
from stagedoor.sync.hinted import HintedReading
from stagedoor.sync.hints import Hints
from stagedoor.sync.inbound_run import take_over
from stagedoor.sync.intake import Intake, wanted_properties
from stagedoor.sync.session import Session

DEFINITIONS_LAST = 3_600.0
"""Seconds after which HubSpot is asked again of what types its properties are."""


@dataclass
class Shapers:
    """What makes records of each object type's objects, by the portal's own definitions."""

    portal: Portal
    clock: Callable[[], float] = time.monotonic
    _made: dict[tuple[str, ...], tuple[float, Shaper]] = field(default_factory=dict)

    def of(self, object_type: str, names: tuple[str, ...]) -> Shaper:
        """Return the shaper for some properties of an object type."""
        asked_at, shaper = self._made.get((object_type, *names), (0.0, None))
        if shaper is None or self.clock() - asked_at > DEFINITIONS_LAST:
            definitions = self.portal.property_definitions(object_type)
            known = [definitions[name] for name in names if name in definitions]
            shaper = Shaper(object_schema(known, times=True), [d.name for d in known])
            self._made[(object_type, *names)] = (self.clock(), shaper)
        return shaper

    def spellings(self, object_types: Mapping[str, object]) -> dict[str, str]:
        """Return object types by each of their spellings in hints: by name, and by HubSpot's id."""
        ids = {type_id: name for type_id, name in TYPE_IDS.items() if name in object_types}
        if any(name not in TYPE_IDS.values() for name in object_types):
            custom = {
                str(s["objectTypeId"]): f"p_{s['name']}" for s in self.portal.reading.schemas()
            }
            ids |= {type_id: name for type_id, name in custom.items() if name in object_types}
        return {**{name: name for name in object_types}, **ids}


def follow_hints(session: Session, inbox: Inbox, shapers: Shapers, writer: PlatformWriter) -> bool:
    """Let the platform have what hints that wait lead to; return whether any of them did wait.

    Raises:
        Unavailable: HubSpot or the platform stopped answering; the hints wait on.
    """
    wanted = {name: tuple(sorted(n)) for name, n in wanted_properties(session.document).items()}
    token = secrets.token_hex(16)
    hints = Hints(inbox, token, shapers.spellings(wanted))
    if not any(hints.of(object_type) for object_type in wanted):
        return False
    reading = HintedReading(shapers.portal.reading, hints)
    intake, timed = Intake(session), _needs_times(session.document)
    for object_type, names in wanted.items():
        shaper, absorb = shapers.of(object_type, names), intake.absorber(object_type)
        history = shaper.names if timed else ()
        shape = shaper.timed if timed else shaper.record
        for items in reading.objects(object_type, shaper.asked, history=history):
            absorb(list(map(shape, items)))
    for object_type in wanted:
        intake.absorber("merges")(list(reading.merges(object_type)))
    for object_type in wanted:
        intake.absorber("deletions")(list(reading.deletions(object_type)))
    take_over(session, writer)
    inbox.confirm(token)
    return True


def leave_hints(inbox: Inbox, source: str) -> None:
    """Take what waits for done: nothing in the mapping goes back."""
    token = secrets.token_hex(16)
    while taken := inbox.take(token, 10_000, source=source):
        inbox.note([entry.id for entry in taken], "left: nothing in the mapping goes back")
    inbox.confirm(token)


def _needs_times(document: MappingDocument) -> bool:
    """Whether some rule asks when HubSpot's values were set."""
    return any(
        mapping.properties[name].owner is Owner.NEWEST
        for mapping in document.objects.values()
        for name in mapping.two_way
    )
