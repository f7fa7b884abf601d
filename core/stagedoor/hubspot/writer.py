"""Writes batches so that one bad object costs that object: every change gets one outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stagedoor.engine.batches import chunks
from stagedoor.engine.labels import is_held
from stagedoor.hubspot import requests
from stagedoor.hubspot.client import HubSpotClient
from stagedoor.hubspot.labels import Labels, types_of
from stagedoor.hubspot.outcomes import (
    deferred,
    outcomes_of,
    pair_refused,
    pairs_made,
    refused,
    taken,
)
from stagedoor.hubspot.responses import Response, Verdict, existing_id, resolve
from stagedoor.model import (
    Action,
    AssociationBatch,
    Change,
    ObjectBatch,
    Outcome,
    Pair,
    PairOutcome,
    Status,
)

MAX_ARCHIVED = 100
"""Different `from` objects of one call that takes associations away."""


class Writer:
    """Writes objects and associations of one portal."""

    def __init__(self, client: HubSpotClient, paths: requests.Paths, labels: Labels) -> None:
        """Send through `client`; `labels` tells which pairs somebody has labelled."""
        self._client = client
        self._labels = labels
        self._paths = paths

    def push(self, batch: ObjectBatch) -> list[Outcome]:
        """Write a batch; give each change exactly one outcome, in the order of the changes."""
        response = self._client.send(requests.write_objects(self._paths, batch))
        if resolve(response).verdict is not Verdict.OK:
            return self._refused_whole(batch, response)
        return self._accounted(batch, response)

    def _accounted(self, batch: ObjectBatch, response: Response) -> list[Outcome]:
        payload = response.payload if isinstance(response.payload, dict) else {}
        found = outcomes_of(batch, payload)
        missing = [n for n in range(len(batch.changes)) if n not in found]
        results = payload.get("results") or []
        if missing and len(batch.changes) == 1 and len(results) == 1:
            # Found by a secondary address: the answer names the primary one.
            alone = {**results[0], "objectWriteTraceId": "0"}
            found = outcomes_of(batch, {"results": [alone]})
            missing = []
        if missing and len(batch.changes) > 1:
            # A batch update leaves out the ids that it does not know: ask about them alone.
            singly = self._singly([batch.changes[n] for n in missing], batch)
            found |= dict(zip(missing, singly, strict=True))
            missing = []
        for n in missing:
            why = "HubSpot's answer did not mention it."
            found[n] = deferred(batch.changes[n], why)
        return [found[n] for n in range(len(batch.changes))]

    def _singly(self, changes: list[Change], batch: ObjectBatch) -> list[Outcome]:
        return [self.push(replace(batch, changes=(change,)))[0] for change in changes]

    def _refused_whole(self, batch: ObjectBatch, response: Response) -> list[Outcome]:
        """Mend a batch that was refused as a whole: follow an existing id, or halve it."""
        if len(batch.changes) == 1:
            return [self._alone(batch, response)]
        middle = len(batch.changes) // 2
        first, second = batch.changes[:middle], batch.changes[middle:]
        return [
            *self.push(replace(batch, changes=first)),
            *self.push(replace(batch, changes=second)),
        ]

    def _alone(self, batch: ObjectBatch, response: Response) -> Outcome:
        change = batch.changes[0]
        existing = existing_id(response.message)
        if batch.action is Action.CREATE and existing is not None:
            known = replace(change, action=Action.UPDATE, hubspot_id=existing)
            update = replace(batch, action=Action.UPDATE, changes=(known,))
            return self.push(update)[0]
        moves = batch.action is Action.UPDATE and batch.match_property in change.after
        if moves and resolve(response).verdict is Verdict.CONFLICT:
            return taken(change, response)
        return refused(change, response)

    def associate(self, batch: AssociationBatch) -> list[PairOutcome]:
        """Make associations; give each pair one outcome."""
        response = self._client.send(requests.associate(self._paths, batch))
        if resolve(response).verdict is not Verdict.OK:
            return self._halved(batch, response)
        payload = response.payload if isinstance(response.payload, dict) else {}
        if not payload.get("errors"):
            return [PairOutcome(pair, Status.CREATED) for pair in batch.pairs]
        made = pairs_made(payload)
        return [
            PairOutcome(pair, Status.CREATED)
            if (pair.from_id, pair.to_id) in made
            else pair_refused(pair, response)
            for pair in batch.pairs
        ]

    def _halved(self, batch: AssociationBatch, response: Response) -> list[PairOutcome]:
        if len(batch.pairs) == 1:
            return [pair_refused(batch.pairs[0], response)]
        middle = len(batch.pairs) // 2
        return [
            *self.associate(replace(batch, pairs=batch.pairs[:middle])),
            *self.associate(replace(batch, pairs=batch.pairs[middle:])),
        ]

    def dissociate(self, batch: AssociationBatch) -> list[PairOutcome]:
        """Take associations away; what is gone already counts as done.

        A pair with a label stays as it is: HubSpot would take the label away too.
        """
        outcomes: list[PairOutcome] = []
        for chunk in chunks(batch.pairs, MAX_ARCHIVED):
            held = self._held(batch, chunk)
            outcomes += [PairOutcome(pair, Status.UNCHANGED) for pair in held]
            pairs = tuple(pair for pair in chunk if pair not in held)
            if not pairs:
                continue
            request = requests.dissociate(self._paths, replace(batch, pairs=pairs))
            response = self._client.send(request)
            done = resolve(response).verdict is Verdict.OK
            outcomes += [
                PairOutcome(pair, Status.UPDATED) if done else pair_refused(pair, response)
                for pair in pairs
            ]
        return outcomes

    def _held(self, batch: AssociationBatch, pairs: Sequence[Pair]) -> list[Pair]:
        kind = batch.association
        ids = [pair.from_id for pair in pairs]
        present = self._labels.present(kind.from_type, kind.to_type, ids)
        return [pair for pair in pairs if is_held(types_of(present, pair.from_id, pair.to_id))]
