"""Dead letters: what could not be sent, and sending it again."""

from __future__ import annotations

from collections.abc import Sequence

from stagedoor.store.dead_letters import KeptLetter
from stagedoor.store.runs import RunRecord
from stagedoor_service.application.office import Office
from stagedoor_service.application.problem import Problem
from stagedoor_service.application.running import REPLAY, Wanted, ask_for_run


def list_letters(
    office: Office,
    portal: str,
    *,
    closed: bool = False,
    object_type: str | None = None,
    code: str | None = None,
    limit: int = 100,
    after: int = 0,
) -> list[KeptLetter]:
    """Return a portal's letters without the records in them, oldest first, `after` an id."""
    kept = office.store.dead_letters.list(
        portal, closed=closed, object_type=object_type, records=False
    )
    found = (k for k in kept if k.id > after and code in (None, k.letter.code))
    return [letter for letter, _ in zip(found, range(limit), strict=False)]


def one_letter(office: Office, portal: str, letter_id: int) -> KeptLetter:
    """Return one letter whole, with the record in it.

    Raises:
        Problem: The portal has none of this id.
    """
    kept = office.store.dead_letters.get(letter_id)
    if kept is None or kept.portal != portal:
        raise Problem("NOT_FOUND", "There is no dead letter of this id.")
    return kept


def replay(
    office: Office,
    portal: str,
    *,
    ids: Sequence[int] = (),
    code: str | None = None,
    object_type: str | None = None,
    asked_by: str,
) -> RunRecord:
    """Queue a run that puts open letters back on their way and sends what they hold.

    Raises:
        Problem: None of them is open.
    """
    kept = office.store.dead_letters.list(portal, object_type=object_type, records=False)
    chosen = [k.id for k in kept if (not ids or k.id in ids) and code in (None, k.letter.code)]
    missing = sorted(set(ids) - set(chosen))
    if missing or not chosen:
        named = f" {', '.join(map(str, missing))}" if missing else ""
        raise Problem("NOT_FOUND", f"There are no such open dead letters{named}.")
    wanted = Wanted(letters=tuple(chosen), read=False)
    return ask_for_run(office, portal, REPLAY, wanted, asked_by=asked_by)
