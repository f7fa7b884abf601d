"""Writes marketing events and who takes part, so that one refusal costs one event or person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from stagedoor.engine.audience import Participation, ParticipationBatch
from stagedoor.hubspot import marketing_events as requests
from stagedoor.hubspot.client import HubSpotClient
from stagedoor.hubspot.outcomes import deferred, gone, refused
from stagedoor.hubspot.requests import Paths
from stagedoor.hubspot.responses import Response, Verdict, resolve
from stagedoor.model import Action, Change, ObjectBatch, Outcome, Refusal, Status


@dataclass
class Attended:
    """What became of a batch of people."""

    done: list[Participation] = field(default_factory=list)
    refused: list[tuple[Participation, Refusal]] = field(default_factory=list)
    event_gone: bool = False

    def __iadd__(self, other: Attended) -> Self:
        """Add what became of another part."""
        self.done += other.done
        self.refused += other.refused
        self.event_gone = self.event_gone or other.event_gone
        return self


class MarketingEventWriter:
    """The marketing events of one portal."""

    def __init__(self, client: HubSpotClient, paths: Paths) -> None:
        """Send through `client`."""
        self._client = client
        self._paths = paths

    def push(self, batch: ObjectBatch) -> list[Outcome]:
        """Write a batch; give each change exactly one outcome, in the order of the changes."""
        if batch.action is Action.CREATE:
            request = requests.upsert_events(self._paths, batch)
        elif len(batch.changes) == 1:
            request = requests.update_event(self._paths, batch.changes[0])
        else:
            request = requests.update_events(self._paths, batch)
        response = self._client.send(request)
        if resolve(response).verdict is not Verdict.OK:
            return self._refused(batch, response)
        told = dict(_told(batch, response.payload))
        return [self._outcome(batch, change, told.get(change.ref.key)) for change in batch.changes]

    def _refused(self, batch: ObjectBatch, response: Response) -> list[Outcome]:
        if len(batch.changes) > 1:
            middle = len(batch.changes) // 2
            halves = (batch.changes[:middle], batch.changes[middle:])
            return [out for half in halves for out in self.push(replace(batch, changes=half))]
        (change,) = batch.changes
        if batch.action is Action.UPDATE and response.status == 404:
            return [gone(change)]
        return [refused(change, response)]

    def _outcome(
        self, batch: ObjectBatch, change: Change, told: Mapping[str, Any] | None
    ) -> Outcome:
        if told is None and batch.action is Action.UPDATE and len(batch.changes) > 1:
            # A batch update leaves out the ids that it does not know: ask about this one alone.
            return self.push(replace(batch, changes=(change,)))[0]
        if told is None and batch.action is Action.CREATE:
            response = self._client.send(requests.read_event(self._paths, change.match_value))
            told = response.payload if resolve(response).verdict is Verdict.OK else None
        if told is None:
            return deferred(change, "HubSpot's answer did not mention it.")
        if batch.action is Action.UPDATE:
            return self._completed(change, told)
        return Outcome(change.ref, Status.CREATED, str(told["objectId"]))

    def _completed(self, change: Change, told: Mapping[str, Any]) -> Outcome:
        """Complete an event that is over now. What was sent is kept: nobody reads events back."""
        if change.after.get(requests.COMPLETED) == "true":
            done = requests.complete_event(self._paths, change.match_value, told)
            response = self._client.send(done)
            if resolve(response).verdict is not Verdict.OK:
                return refused(replace(change, hubspot_id=None), response)
        return Outcome(change.ref, Status.UPDATED, change.hubspot_id)

    def attend(self, batch: ParticipationBatch) -> Attended:
        """Tell what people did; a call that is refused is halved, down to the person at fault."""
        response = self._client.send(requests.attend(self._paths, batch))
        if resolve(response).verdict is Verdict.OK:
            return _accounted(batch, response)
        if response.status == 404 and self._is_gone(batch.event_id):
            return Attended(event_gone=True)
        return self._attend_halves(batch, response)

    def _attend_halves(self, batch: ParticipationBatch, response: Response) -> Attended:
        if len(batch.people) == 1:
            return Attended(refused=[(batch.people[0], _refusal(batch, response))])
        attended, middle = Attended(), len(batch.people) // 2
        for half in (batch.people[:middle], batch.people[middle:]):
            part = replace(batch, people=half)
            answer = self._client.send(requests.attend(self._paths, part))
            if resolve(answer).verdict is Verdict.OK:
                attended += _accounted(part, answer)
            else:
                attended += self._attend_halves(part, answer)
        return attended

    def _is_gone(self, event_id: str) -> bool:
        response = self._client.send(requests.read_event_by_id(self._paths, event_id))
        return response.status == 404


def _told(batch: ObjectBatch, payload: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the key of each change with HubSpot's word on it, matched by id."""
    alone = isinstance(payload, dict) and "results" not in payload
    results = [payload] if alone else payload.get("results") or []
    by_id = {c.hubspot_id or c.match_value: c.ref.key for c in batch.changes}
    name = "objectId" if batch.action is Action.UPDATE else requests.EXTERNAL_ID
    if len(batch.changes) == len(results) == 1:
        yield batch.changes[0].ref.key, results[0]
        return
    for result in results:
        if (key := by_id.get(str(result.get(name)))) is not None:
            yield key, result


def _accounted(batch: ParticipationBatch, response: Response) -> Attended:
    """Take every person for told when HubSpot accounts for as many; else those that it names."""
    payload = response.payload if isinstance(response.payload, dict) else {}
    results = payload.get("results") or []
    if len(results) >= len(batch.people):
        return Attended(done=list(batch.people))
    named = {str(one.get("vid")) for one in results}
    return Attended(done=[p for p in batch.people if p.contact_id in named])


def _refusal(batch: ParticipationBatch, response: Response) -> Refusal:
    return Refusal(
        code=response.category or "PARTICIPATION_REFUSED",
        message=f"HubSpot was not told who {batch.attendance.value.lower()}: {response.message}",
        advice="Look whether the contact still exists in HubSpot, then replay the letter.",
        category=response.category,
        correlation_id=response.correlation_id,
    )
