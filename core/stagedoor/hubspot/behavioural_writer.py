"""Defines and tells behavioural events, so that one refusal costs one occurrence."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from stagedoor.engine.audience import Occurrence, OccurrenceBatch
from stagedoor.errors import Reject
from stagedoor.hubspot import behavioural_events as requests
from stagedoor.hubspot.client import HubSpotClient
from stagedoor.hubspot.requests import Paths
from stagedoor.hubspot.responses import Response, Verdict, resolve
from stagedoor.mapping.lists import EventMapping
from stagedoor.model import Refusal


@dataclass(frozen=True, slots=True)
class Definition:
    """A behavioural event as HubSpot knows it."""

    prefix: str
    """Where the API lives in this portal."""
    full_name: str
    properties: frozenset[str]


@dataclass
class Told:
    """What became of a batch of occurrences."""

    done: list[Occurrence] = field(default_factory=list)
    refused: list[tuple[Occurrence, Refusal]] = field(default_factory=list)


class BehaviouralEventWriter:
    """The behavioural events of one portal."""

    def __init__(self, client: HubSpotClient, paths: Paths) -> None:
        """Send through `client`."""
        self._client = client
        self._paths = paths
        self._prefix: str | None = None

    def definition(self, name: str) -> Definition | None:
        """Return an event's definition, if there is one.

        Raises:
            Forbidden: The portal has no behavioural events, or the token may not see them.
            Reject: HubSpot knows neither place of the API.
        """
        prefix, payload = self._definitions(name)
        found = requests.definition_of(payload, name)
        return Definition(prefix, *found) if found else None

    def define(self, name: str, mapping: EventMapping) -> Definition | Refusal:
        """Define an event, unless it is defined already."""
        prefix, _ = self._definitions(name)
        response = self._client.send(requests.define(prefix, name, mapping))
        if (found := self.definition(name)) is not None:
            return found
        return _refusal(response, f"The event {name} was not defined")

    def _definitions(self, name: str) -> tuple[str, dict[str, Any]]:
        places = (self._prefix,) if self._prefix else requests.prefixes(self._paths)
        for prefix in places:
            response = self._client.send(requests.find_definition(prefix, name))
            if resolve(response).verdict is Verdict.OK:
                self._prefix = prefix
                return prefix, dict(response.payload)
        raise Reject(
            f"HubSpot has no behavioural events at {' or '.join(places)}: {response.message}",
            status=response.status,
        )

    def tell(self, definition: Definition, batch: OccurrenceBatch) -> Told:
        """Tell occurrences; a call that is refused is halved, down to the one at fault."""
        request = requests.send(
            definition.prefix, definition.full_name, batch, definition.properties
        )
        response = self._client.send(request)
        if resolve(response).verdict is Verdict.OK:
            return Told(done=list(batch.occurrences))
        if len(batch.occurrences) == 1:
            why = _refusal(response, "HubSpot did not take it")
            return Told(refused=[(batch.occurrences[0], why)])
        told, middle = Told(), len(batch.occurrences) // 2
        for half in (batch.occurrences[:middle], batch.occurrences[middle:]):
            part = self.tell(definition, replace(batch, occurrences=half))
            told.done += part.done
            told.refused += part.refused
        return told


def _refusal(response: Response, what: str) -> Refusal:
    return Refusal(
        code=response.category or "EVENT_REFUSED",
        message=f"{what}: {response.message}",
        advice="Correct what HubSpot names, then replay the letter.",
        category=response.category,
        correlation_id=response.correlation_id,
    )
