"""Conflicts, decided by people: one side's value, another, or a rule; and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from stagedoor.config import load_platform
from stagedoor.mapping.owner_rule import with_owner
from stagedoor.model import Owner, Side
from stagedoor.store.decisions import Decided, KeptDecision
from stagedoor.sync.platforms import open_writer
from stagedoor.sync.resolving import Choice, Resolving
from stagedoor.sync.session import open_session
from stagedoor_service.application import mappings
from stagedoor_service.application.mappings import PATIENCE
from stagedoor_service.application.office import Office
from stagedoor_service.application.problem import Problem
from stagedoor_service.application.running import OUTBOUND, Wanted, ask_for_run

_OWNERS = {Side.PLATFORM: Owner.PLATFORM, Side.HUBSPOT: Owner.HUBSPOT}


def decide(
    office: Office, portal: str, conflict_id: int, choice: Choice, *, by: str, reason: str = ""
) -> Decided:
    """Give both sides a value: the platform now, HubSpot by a run that is queued.

    Raises:
        Misconfigured: There is no such open conflict, or the platform cannot hold the value.
        Moved: The platform was edited since.
        Busy: A run holds the portal for longer than a person waits.
    """
    with _resolving(office, portal, by) as resolving:
        decided = resolving.resolve(conflict_id, choice, reason)
    _send(office, portal, decided, by)
    return decided


def check_rule(office: Office, portal: str) -> None:
    """Let a rule pass that the mapping can take up.

    Raises:
        Problem: A file owns the mapping.
    """
    if office.portal_settings(portal).mapping is not None:
        raise Problem("MAPPING_OWNED_BY_FILE", "The setting `mapping` names a file.")


def always(office: Office, portal: str, decided: Decided, side: Side, *, by: str) -> None:
    """Let a side win from now on, by a new version of the mapping.

    Raises:
        Problem: A file owns the mapping.
    """
    ref, name = decided.ref, decided.decision.property
    found = mappings.in_force(office, portal)
    text = with_owner(found.text, ref.object_type, name, _OWNERS[side])
    note = f"{side} always wins on {name} of {ref.object_type}"
    mappings.save(office, portal, text, by=by, note=note, replaces=found.version)


def undo(office: Office, portal: str, decision_id: int, *, by: str) -> KeptDecision:
    """Give each side back what it held before a decision, and let a person decide.

    Raises:
        Misconfigured: There is no such decision, or a later one about the same property.
        Moved: A side was edited since; nothing was undone.
    """
    there = office.open(portal)
    with _resolving(office, portal, by) as resolving:
        return resolving.undo(decision_id, there)


@contextmanager
def _resolving(office: Office, portal: str, by: str) -> Iterator[Resolving]:
    settings = office.portal_settings(portal).model_copy(update={"lease_timeout": PATIENCE})
    with open_session(settings, purpose="conflict") as session:
        yield Resolving(session, open_writer(load_platform(), session.plugins), by)
        session.database.checkpoint()


def _send(office: Office, portal: str, decided: Decided, by: str) -> None:
    wanted = Wanted((decided.ref.object_type,), (decided.ref.key,), read=False)
    ask_for_run(office, portal, OUTBOUND, wanted, asked_by=by)
