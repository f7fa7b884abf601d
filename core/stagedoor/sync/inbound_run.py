"""Ends an inbound run whose input is kept: decides and writes, or in a dry run tells."""

from __future__ import annotations

import logging
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

from stagedoor.config import PlatformSettings
from stagedoor.engine.resolving import Resolvers
from stagedoor.extension import PlatformWriter
from stagedoor.store.decisions import Decided
from stagedoor.sync.diary import Rehearsal, StoreDiary
from stagedoor.sync.inbound import Inbound
from stagedoor.sync.platforms import RehearsingWriter, open_writer
from stagedoor.sync.session import Session

logger = logging.getLogger("stagedoor")


def finish(session: Session, platform: PlatformSettings) -> None:
    """Take over what was seen; in a dry run print it to standard error.

    Raises:
        Misconfigured: Before any write, when the platform's settings are wrong.
        Unavailable: The platform stopped answering; what was done is settled, the rest waits.
    """
    if not any(mapping.two_way for mapping in session.document.objects.values()):
        logger.warning("No property of the mapping has `inbound: true`: nothing can go back.")
        return
    if session.dry_run:
        _rehearse(session)
        return
    counts = take_over(session, open_writer(platform, session.plugins))
    session.database.checkpoint()
    session.summary.seconds = (datetime.now(UTC) - session.started).total_seconds()
    for line in lines(counts, session.letters.buried):
        logger.info(line)


def take_over(session: Session, writer: PlatformWriter) -> dict[str, Counter[str]]:
    """Decide about what was seen, write and settle; return what became of it, by entry.

    Raises:
        Unavailable: The platform stopped answering; what was done is settled, the rest waits.
    """
    inbound = inbound_of(session, writer)
    try:
        inbound.run()
    finally:
        for entry, counts in inbound.counts.items():
            session.summary.inbound.setdefault(entry, Counter()).update(counts)
        session.summary.dead_letters = session.letters.buried
    return inbound.counts


def inbound_of(
    session: Session, writer: PlatformWriter, diary: StoreDiary | None = None
) -> Inbound:
    """Return the inbound run of a session."""
    kept = StoreDiary(session.store, session.settings.portal, session.run_id, session.letters)
    return Inbound(
        session.database,
        session.ledger,
        session.plugins,
        session.document,
        diary or kept,
        writer,
        session.run_id,
        session.started,
        Resolvers(session.plugins.callers("resolve_conflict")),
    )


def _rehearse(session: Session) -> None:
    diary = Rehearsal(session.store, session.settings.portal, session.run_id, session.letters)
    inbound_of(session, RehearsingWriter(), diary).run()
    told = [*map(_line, diary.made), *map(_waits, diary.opened)]
    for line in told or ["Nothing was edited in HubSpot that is not on the platform."]:
        sys.stderr.write(f"{line}\n")


def _line(item: Decided) -> str:
    d = item.decision
    side, before = ("platform", d.ours) if d.value != d.ours else ("HubSpot", d.theirs)
    return f"{item.ref} {d.property}: {_shown(before)} → {_shown(d.value)} on {side} ({d.by})"


def _waits(item: Decided) -> str:
    d = item.decision
    ours, theirs = _shown(d.ours), _shown(d.theirs)
    return f"{item.ref} {d.property}: platform {ours}, HubSpot {theirs}: a person decides"


def _shown(value: str | None) -> str:
    return "(none)" if value is None else f'"{value}"'


def lines(counts: dict[str, Counter[str]], letters: int) -> Iterator[str]:
    """Yield what a run did, in plain text."""
    for entry, what in counts.items():
        listed = ", ".join(f"{name} {number:,}" for name, number in sorted(what.items()))
        yield f"{entry:<14}{listed}"
    if not counts:
        yield "Nothing came from HubSpot."
    if letters:
        yield f"dead letters  {letters:,}: stagedoor dead-letters list"
    if any(what["conflicts"] for what in counts.values()):
        yield "Conflicts wait for a person: stagedoor conflicts list"
