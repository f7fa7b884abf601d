"""Where the decisions and conflicts of a run are kept: in the operational store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from stagedoor.model import ObjectRef, Refusal
from stagedoor.store import Store
from stagedoor.store.decisions import Decided
from stagedoor.sync.letters import Letters


class Diary(Protocol):
    """Where decisions and conflicts are kept."""

    def waiting(self) -> Mapping[ObjectRef, frozenset[str]]:
        """Return the properties with an open conflict, by object."""

    def log(self, made: Sequence[Decided]) -> Sequence[int]:
        """Keep decisions before they are carried out; return their ids."""

    def drop(self, ids: Iterable[int]) -> None:
        """Forget decisions that could not be carried out."""

    def open(self, conflicts: Sequence[Decided]) -> None:
        """Keep conflicts that wait for a person."""

    def close(self, properties: Sequence[tuple[ObjectRef, str]]) -> None:
        """Close conflicts: both sides say the same by now."""

    def bury(self, refusals: Sequence[tuple[ObjectRef, Refusal]]) -> None:
        """Keep what could not be taken over as dead letters."""


@dataclass
class StoreDiary:
    """The decisions and conflicts of one run."""

    store: Store
    portal: str
    run_id: str
    letters: Letters

    def waiting(self) -> Mapping[ObjectRef, frozenset[str]]:
        """Return the properties with an open conflict, by object."""
        return self.store.conflicts.waiting(self.portal)

    def log(self, made: Sequence[Decided]) -> list[int]:
        """Keep decisions before they are carried out; return their ids."""
        return self.store.decisions.log(self.portal, self.run_id, made) if made else []

    def drop(self, ids: Iterable[int]) -> None:
        """Forget decisions that could not be carried out."""
        self.store.decisions.drop(ids)

    def open(self, conflicts: Sequence[Decided]) -> None:
        """Keep conflicts that wait for a person."""
        if conflicts:
            self.store.conflicts.open(self.portal, self.run_id, conflicts)

    def close(self, properties: Sequence[tuple[ObjectRef, str]]) -> None:
        """Close conflicts: both sides say the same by now."""
        if properties:
            self.store.conflicts.close(self.portal, properties, "agreed")

    def bury(self, refusals: Sequence[tuple[ObjectRef, Refusal]]) -> None:
        """Keep what could not be taken over as dead letters."""
        if refusals:
            self.letters.bury_refusals("inbound", refusals)


@dataclass
class Rehearsal(StoreDiary):
    """Notes what a dry run would decide, and keeps nothing."""

    made: list[Decided] = field(default_factory=list)
    opened: list[Decided] = field(default_factory=list)

    def log(self, made: Sequence[Decided]) -> list[int]:
        """Note decisions."""
        self.made += made
        return [0] * len(made)

    def drop(self, ids: Iterable[int]) -> None:
        """Nothing was kept."""

    def open(self, conflicts: Sequence[Decided]) -> None:
        """Note conflicts."""
        self.opened += conflicts

    def close(self, properties: Sequence[tuple[ObjectRef, str]]) -> None:
        """Leave them open."""
