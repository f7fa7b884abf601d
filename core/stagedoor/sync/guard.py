"""Refuses a plan that is larger than a person has allowed, before its first write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from stagedoor.config import most_changes
from stagedoor.engine import explain
from stagedoor.engine.audience import ListPhase
from stagedoor.engine.plan import Plan
from stagedoor.engine.removal import too_many
from stagedoor.errors import Refused
from stagedoor.model import Action
from stagedoor.state.sightings import confirm, vanished
from stagedoor.sync.planning import Planned
from stagedoor.sync.session import Session


def check_size(session: Session, planned: Planned) -> None:
    """Let the plan pass, and take rows that have vanished for deleted from now on.

    Raises:
        Refused: It changes more objects than `max_changes`, or takes away more than
            `max_removals`; or full reads lack more of a stream than that.
    """
    _check_changes(session, planned.plan)
    if session.scope.is_partial:
        return  # nothing is taken away, and nothing taken for deleted
    _check_platform(session)
    _check_removals(session, planned.plan)
    confirm(session.database)


def _check_changes(session: Session, plan: Plan) -> None:
    """Compare each kind of change with `max_changes` by itself; what is new counts nowhere."""
    setting = session.settings.max_changes
    if setting is None:
        return
    linked = session.ledger.linked(phase.object_type for phase in plan.objects)
    moved, members = _members(session, plan)
    kinds = (
        (f"updates %s existing objects ({', '.join(_sizes(plan))})", plan.updates, linked),
        ("takes away %s associations and labels that Stagedoor made", *_pairs(session, plan)),
        ("changes %s memberships of lists that have members", moved, members),
    )
    too_large = [
        words.replace("%s", f"{count:,} of {there:,}")
        for words, count, there in kinds
        if count > most_changes(setting, there)
    ]
    if too_large:
        why = "".join(f"\n{line}" for line in explain.totals(plan))
        raise Refused(
            f"The plan {', and '.join(too_large)}: more than `max_changes` = {setting}. Look at "
            f"it with `stagedoor plan`, then push it with `stagedoor push --yes`.{why}"
        )


def _pairs(session: Session, plan: Plan) -> tuple[int, int]:
    """Return how many associations and labels go, and how many there are."""
    going = sum(phase.count for phase in plan.associations if phase.remove)
    going += sum(phase.count for phase in plan.labels if phase.remove)
    return going, session.ledger.pairs()


def _members(session: Session, plan: Plan) -> tuple[int, int]:
    """Return how many members come and go on lists that have any, and how many those have."""
    sizes = session.audience.sizes()
    phases = [phase for phase in plan.audience if isinstance(phase, ListPhase)]
    moved = sum(p.add + p.remove for p in phases if p.wanted.key in sizes)
    return moved, sum(sizes.values())


def _sizes(plan: Plan) -> Iterator[str]:
    for phase in plan.objects:
        if phase.action is Action.UPDATE and phase.count:
            yield f"{phase.count:,} {phase.object_type}"
    for removal in plan.removals:
        yield f"{removal.count:,} {removal.object_type} to {removal.removal}"


def _check_platform(session: Session) -> None:
    gone = {f"rows of {v.stream}": (v.rows, v.of) for v in vanished(session.database)}
    if lacking := too_many(gone, session.settings.max_removals):
        raise Refused(
            f"Two full reads of the platform in a row lack {'; '.join(lacking)}. That looks like "
            "a platform that was cut off, so nothing was written. If the rows are really "
            "deleted, push with `stagedoor push --yes`; otherwise mend the platform and read it "
            "again: what is seen again counts as never gone."
        )


def _check_removals(session: Session, plan: Plan) -> None:
    going: Counter[str] = Counter()
    for phase in plan.removals:
        going[phase.object_type] += phase.count
    sizes = {name: (count, session.ledger.count(name)) for name, count in going.items()}
    if removed := too_many(sizes, session.settings.max_removals):
        raise Refused(
            f"The plan takes away {'; '.join(removed)}: more than `max_removals` allows in one "
            "run. Nothing was written. Look at it with `stagedoor plan`; if it is right, push "
            "it with `stagedoor push --yes`."
        )
