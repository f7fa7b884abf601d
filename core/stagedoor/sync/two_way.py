"""What outbound runs heed of properties that go both ways."""

from __future__ import annotations

from stagedoor.hubspot.portal import Portal
from stagedoor.state import sent
from stagedoor.state.platform_rows import PlatformRows
from stagedoor.state.seen import READ_BY
from stagedoor.state.sent import Sent, clear_in_flight, forget_sent
from stagedoor.state.writing import Writing
from stagedoor.store.decisions import Decided
from stagedoor.sync.present import PresentValues, TwoWay
from stagedoor.sync.recovering import recover
from stagedoor.sync.session import Session


def present_values(session: Session, portal: Portal | None) -> PresentValues:
    """Return what reads HubSpot's present values, and knows what waits for a person."""
    in_flight = session.settings.max_in_flight
    read_by = portal.read_by if portal else None
    if not any(mapping.two_way for mapping in session.document.objects.values()):
        return PresentValues(read_by, in_flight)
    waiting = session.store.conflicts.waiting(session.settings.portal)
    database = session.database
    two_way = TwoWay(
        session.plugins.codecs, waiting, sent.in_flight(database), sent.sent_as(database)
    )
    return PresentValues(read_by, in_flight, two_way)


def recall_writes(session: Session) -> None:
    """Let the replica say what we wrote to the platform, whatever was read before it.

    What waits for the platform to be read again may go on.
    """
    if not any(mapping.two_way for mapping in session.document.objects.values()):
        return
    session.database.remember(READ_BY, session.run_id)
    PlatformRows(session.database).reapply(session.started)
    recover(session.ledger, Writing(session.database))
    forget_sent(session.database, session.started)


def sent_by(session: Session) -> Sent:
    """Return what notes our own writes of two-way properties."""
    objects = session.document.objects.items()
    return Sent(session.database, {name: mapping.two_way for name, mapping in objects})


def keep_decisions(session: Session, two_way: TwoWay) -> None:
    """Log where a rule let the platform overwrite HubSpot, and close what is agreed by now."""
    portal, store = session.settings.portal, session.store
    if two_way.decided:
        made = [Decided(change.ref, change.hubspot_id or "", d) for change, d in two_way.decided]
        store.decisions.log(portal, session.run_id, made)
        two_way.decided.clear()
    if two_way.agreed:
        store.conflicts.close(portal, two_way.agreed, "agreed")
        two_way.agreed.clear()
    sent.note_agreed(session.database, two_way.agreed_at)
    two_way.agreed_at.clear()
    clear_in_flight(session.database, two_way.heard, two_way.in_flight)
    two_way.heard.clear()
