"""Where each value of a property comes from: which edit it is, and on which edit it was made.

Both sides hold an edit. A person's edit follows the one that their side held. The engine carries
an edit from one side to the other: it may go forward along the line, or let a rule choose between
two that were made apart. What it must never do is go back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from stagedoor.model import Owner, Side


@dataclass(eq=False)
class Edit:
    """One value that somebody gave a property, on one side, in place of another."""

    value: str | None
    side: Side | None
    parent: Edit | None

    def line(self) -> Iterator[Edit]:
        """Yield this edit and those it was made on, latest first."""
        edit: Edit | None = self
        while edit is not None:
            yield edit
            edit = edit.parent


class LostEdit(AssertionError):
    """An edit that one side alone had made was overwritten."""


def _until(first: Edit, last: Edit) -> Iterator[Edit]:
    """Yield a line of edits from the last to the first."""
    for edit in last.line():
        yield edit
        if edit is first:
            return


@dataclass
class Lineage:
    """One property of one person."""

    name: str
    owner: Owner
    held: dict[Side, Edit]
    edits: list[Edit] = field(default_factory=list)

    @classmethod
    def begin(cls, name: str, owner: Owner, value: str | None, side: Side | None) -> Lineage:
        """Begin with one value that both sides have, or are to have."""
        first = Edit(value, side, None)
        return cls(name, owner, {Side.PLATFORM: first, Side.HUBSPOT: first}, [first])

    def edit(self, side: Side, value: str | None) -> None:
        """Note a person's edit; to clear what is empty is none."""
        if value is None and self.held[side].value is None:
            return
        self.held[side] = Edit(value, side, self.held[side])
        self.edits.append(self.held[side])

    def carry(self, side: Side, value: str | None) -> None:
        """Note that the engine wrote a value to a side; it must be one that may come there."""
        other = Side.HUBSPOT if side is Side.PLATFORM else Side.PLATFORM
        before, after = self.held[side], self._edit_of(other, value)
        shared = next(edit for edit in before.line() if edit in list(after.line()))
        # Who edits a value and puts it back before anybody looked has not edited it; and if both
        # sides empty it, they agree.
        met = any(edit.value == before.value for edit in _until(shared, after))
        if after is not before and not met:
            if shared is after:
                raise LostEdit(f"{self.name}: {before.value!r} was put back to {value!r} on {side}")
            self._check_rule(side, before, after)
        self.held[side] = after

    def _edit_of(self, other: Side, value: str | None) -> Edit:
        if self.held[other].value == value:
            return self.held[other]
        for edit in reversed(self.edits):
            if edit.value == value:
                return edit
        raise LostEdit(f"{self.name}: nobody ever wrote {value!r}")

    def _check_rule(self, side: Side, before: Edit, after: Edit) -> None:
        """Two edits made apart: the rule has to let this one win."""
        winners = {
            Owner.PLATFORM: {Side.HUBSPOT},
            Owner.HUBSPOT: {Side.PLATFORM},
            Owner.NEWEST: {Side.PLATFORM, Side.HUBSPOT},
            Owner.IF_EMPTY: {Side.PLATFORM, *([Side.HUBSPOT] if before.value is None else [])},
            Owner.MANUAL: set(),
        }
        if side not in winners[self.owner]:
            raise LostEdit(
                f"{self.name}: {after.value!r} took the place of {before.value!r} on {side}, "
                f"against the rule {self.owner}"
            )

    @property
    def was_shared(self) -> bool:
        """Whether both sides' edits were made upon a value that both had.

        Before that, no value is no edit: it cannot be told from one that never was.
        """
        ours, theirs = (list(self.held[side].line()) for side in Side)
        return any(edit.value is not None and edit in theirs for edit in ours)

    @property
    def agrees(self) -> bool:
        """Whether both sides hold the same value."""
        return self.held[Side.PLATFORM].value == self.held[Side.HUBSPOT].value
