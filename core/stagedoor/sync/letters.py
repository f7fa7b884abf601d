"""Turns refusals into dead letters; the one place where a run writes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from stagedoor.engine.person import ERASED, Blocked
from stagedoor.model import Change, ObjectRef, Outcome, PairOutcome, Refusal
from stagedoor.store import Store
from stagedoor.store.dead_letters import DeadLetter


@dataclass
class Letters:
    """The dead letters of one run."""

    store: Store
    portal: str
    run_id: str
    muted: bool = False
    """Whether letters are only counted, as in a dry run."""
    screen: Callable[[DeadLetter], DeadLetter] | None = None
    """Takes out what people say who stay away."""
    buried: int = 0

    def bury(self, letters: Iterable[DeadLetter]) -> None:
        """Keep letters in the operational store."""
        batch = list(letters if self.screen is None else map(self.screen, letters))
        self.buried += len(batch)
        if batch and not self.muted:
            self.store.dead_letters.bury(batch, portal=self.portal, run_id=self.run_id)

    def bury_changes(self, refused: Sequence[tuple[Change, Outcome]]) -> None:
        """Keep objects that HubSpot refused, with the properties that were to be written."""
        self.bury(
            _letter("push", change.ref, outcome.refusal, change)
            for change, outcome in refused
            if outcome.refusal is not None
        )

    def bury_refusals(self, stage: str, refusals: Iterable[tuple[ObjectRef, Refusal]]) -> None:
        """Keep objects, or properties of objects, that we refused to send."""
        self.bury(_letter(stage, ref, refusal) for ref, refusal in refusals)

    def bury_pairs(self, name: str, refused: Iterable[PairOutcome]) -> None:
        """Keep associations that HubSpot refused."""
        self.bury(
            _letter(
                "association",
                ObjectRef(name, f"{outcome.pair.from_ref.key} → {outcome.pair.to_ref.key}"),
                outcome.refusal,
            )
            for outcome in refused
            if outcome.refusal is not None
        )

    def resolve(self, object_type: str, keys: Sequence[str]) -> None:
        """Close the letters of objects that have now been written."""
        if keys:
            self.store.dead_letters.resolve(self.portal, object_type, keys, run_id=self.run_id)


def screened(letter: DeadLetter, blocked: Blocked) -> DeadLetter:
    """Return the letter without contents where it is about somebody who stays away."""
    texts = (letter.key, letter.message, letter.record or "")
    if not any(map(blocked.are_mentioned, texts)):
        return letter
    message = "A record of somebody who was erased and blocked could not be taken."
    return replace(letter, key=ERASED, message=message, record=None)


def _letter(
    stage: str, ref: ObjectRef, refusal: Refusal, change: Change | None = None
) -> DeadLetter:
    return DeadLetter(
        stage=stage,
        object_type=ref.object_type,
        key=ref.key,
        code=refusal.code,
        message=refusal.message,
        advice=refusal.advice,
        properties=refusal.properties,
        category=refusal.category,
        correlation_id=refusal.correlation_id,
        record=json.dumps(change.after, ensure_ascii=False) if change else None,
    )
