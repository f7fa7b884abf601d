"""Reads, makes and gives labels of associations in one portal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from stagedoor.engine.batches import chunks
from stagedoor.engine.labels import Step, Types
from stagedoor.hubspot import association_requests as requests
from stagedoor.hubspot.client import HubSpotClient
from stagedoor.hubspot.outcomes import pair_refused, pairs_made
from stagedoor.hubspot.requests import Paths, Request
from stagedoor.hubspot.responses import Verdict, resolve
from stagedoor.mapping.associations import RemoteLabel
from stagedoor.model import AssociationType, PairOutcome, Spec, Status

MAX_READ = 1_000
"""Records whose associations one call reads."""
MAX_TAKEN = 100
"""Pairs of one call that takes labels or associations away."""

Call: TypeAlias = Callable[[Request], dict[str, Any]]
Present: TypeAlias = dict[str, dict[str, dict[Spec, str | None]]]
"""Kinds of association by the id of the first record, then by that of the second."""


class Labels:
    """The labels of one portal's associations."""

    def __init__(self, client: HubSpotClient, call: Call, paths: Paths) -> None:
        """Send through `client`; `call` is for what must succeed."""
        self._client = client
        self._call = call
        self._paths = paths

    def between(self, from_type: str, to_type: str) -> list[RemoteLabel]:
        """Return the kinds of association between two object types."""
        told = self._call(requests.list_labels(self._paths, from_type, to_type))
        return [
            RemoteLabel(str(item.get("category")), int(item["typeId"]), item.get("label"))
            for item in told.get("results") or ()
        ]

    def make(self, kind: AssociationType) -> None:
        """Make a label."""
        self._call(requests.create_label(self._paths, kind))

    def present(self, from_type: str, to_type: str, from_ids: Iterable[str]) -> Present:
        """Return all that these records are associated with, and how."""
        found: Present = defaultdict(dict)
        for chunk in chunks(dict.fromkeys(from_ids), MAX_READ):
            inputs = [{"id": record_id} for record_id in chunk]
            while inputs:
                told = self._call(requests.read_types(self._paths, from_type, to_type, inputs))
                inputs = []
                for result in told.get("results") or ():
                    record_id = str(result["from"]["id"])
                    found[record_id].update(_targets(result))
                    after = ((result.get("paging") or {}).get("next") or {}).get("after")
                    inputs += [{"id": record_id, "after": str(after)}] if after else []
        return found

    def put(self, from_type: str, to_type: str, steps: Sequence[Step]) -> list[PairOutcome]:
        """Give each pair its whole set of kinds, up to 2,000 pairs."""
        if not steps:
            return []
        pairs = [(step.pair.from_id, step.pair.to_id, step.put) for step in steps]
        response = self._client.send(requests.put_types(self._paths, from_type, to_type, pairs))
        if resolve(response).verdict is not Verdict.OK:
            if len(steps) == 1:
                return [pair_refused(steps[0].pair, response)]
            middle = len(steps) // 2
            halves = (steps[:middle], steps[middle:])
            return [outcome for half in halves for outcome in self.put(from_type, to_type, half)]
        payload = response.payload if isinstance(response.payload, dict) else {}
        made = pairs_made(payload)
        return [
            PairOutcome(step.pair, Status.CREATED)
            if not payload.get("errors") or (step.pair.from_id, step.pair.to_id) in made
            else pair_refused(step.pair, response)
            for step in steps
        ]

    def take(self, from_type: str, to_type: str, steps: Sequence[Step]) -> list[PairOutcome]:
        """Take labels, or whole associations, away; what is gone already counts as done."""
        outcomes: list[PairOutcome] = []
        for chunk in chunks((s for s in steps if not s.take_pair), MAX_TAKEN):
            pairs = [(step.pair.from_id, step.pair.to_id, step.take) for step in chunk]
            request = requests.take_types(self._paths, from_type, to_type, pairs)
            outcomes += self._taken(request, chunk)
        for chunk in chunks((s for s in steps if s.take_pair), MAX_TAKEN):
            ends = [(step.pair.from_id, step.pair.to_id) for step in chunk]
            request = requests.take_pairs(self._paths, from_type, to_type, ends)
            outcomes += self._taken(request, chunk)
        return outcomes

    def _taken(self, request: Request, steps: Sequence[Step]) -> list[PairOutcome]:
        response = self._client.send(request)
        done = resolve(response).verdict is Verdict.OK
        return [
            PairOutcome(step.pair, Status.UPDATED) if done else pair_refused(step.pair, response)
            for step in steps
        ]


def _targets(result: dict[str, Any]) -> dict[str, dict[Spec, str | None]]:
    return {
        str(target["toObjectId"]): {
            Spec(str(kind["category"]), int(kind["typeId"])): kind.get("label")
            for kind in target.get("associationTypes") or ()
        }
        for target in result.get("to") or ()
    }


def types_of(present: Present, from_id: str, to_id: str) -> Types:
    """Return the kinds by which one pair is associated."""
    return present.get(from_id, {}).get(to_id, {})
