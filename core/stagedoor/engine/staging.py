"""A stage travels with its pipeline: HubSpot checks it against the pipeline of the same write."""

from __future__ import annotations

from dataclasses import replace

from stagedoor.model import Action, Change, Properties


def with_pipeline(change: Change, desired: Properties, names: tuple[str, str]) -> Change:
    """Return `change` with pipeline and stage both, where it changes one of them.

    Somebody may have moved the object to another pipeline in HubSpot, where our stage alone
    would be refused. The one that is the same before and after says so in both.
    """
    moved = [name for name in names if name in change.after]
    if change.action is Action.CREATE or len(moved) != 1:
        return change
    (other,) = (name for name in names if name not in change.after)
    value = desired.get(other)
    if value is None or change.after[moved[0]] is None:
        return change
    return replace(
        change,
        before={**change.before, other: value},
        after={**change.after, other: value},
    )
