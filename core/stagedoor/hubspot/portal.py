"""One portal, in the engine's words: what the sync needs, and nothing of HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from importlib.metadata import version
from typing import Any

import httpx
from pydantic import SecretStr

from stagedoor.config import SANDBOX_TOKEN, PortalSettings
from stagedoor.engine.batches import chunks
from stagedoor.errors import Misconfigured, Reject
from stagedoor.hubspot import marketing_events, removals, requests
from stagedoor.hubspot.behavioural_writer import BehaviouralEventWriter
from stagedoor.hubspot.calls import CallMetrics, Observer, log_call
from stagedoor.hubspot.client import HubSpotClient
from stagedoor.hubspot.clockwork import Clockwork
from stagedoor.hubspot.labels import Labels
from stagedoor.hubspot.limiter import InFile, Limiter, OnShelf, Shelf
from stagedoor.hubspot.limits import Priority, Rules
from stagedoor.hubspot.list_writer import ListWriter
from stagedoor.hubspot.marketing_writer import MarketingEventWriter
from stagedoor.hubspot.outcomes import instant, normal
from stagedoor.hubspot.pipelines import Pipelines
from stagedoor.hubspot.reading import Reading
from stagedoor.hubspot.responses import Response, Verdict, resolve
from stagedoor.hubspot.schema import GROUP_LABEL, PropertyDefinition, from_payload
from stagedoor.hubspot.single_records import SingleRecords
from stagedoor.hubspot.tokens import StaticToken, TokenProvider
from stagedoor.hubspot.writer import Writer
from stagedoor.model import AssociationBatch, ObjectBatch, Outcome, PairOutcome, RemoteObject

MAX_READ = 100
NO_LIMIT = Rules(1_000_000, associations=1_000_000, searches=1_000_000)


@dataclass(frozen=True, slots=True)
class Account:
    """The HubSpot account that a token opens."""

    portal_id: int
    currencies: tuple[str, ...]
    time_zone: str
    ui_domain: str


class Portal:
    """Reads and writes one portal; safe for several threads."""

    def __init__(self, client: HubSpotClient, api_version: str) -> None:
        """Send through `client`, with the paths of `api_version`."""
        self._client = client
        self._paths = requests.Paths(api_version)
        self.pipelines = Pipelines(self._read, self._paths)
        self.labels = Labels(client, self._read, self._paths)
        self.records = SingleRecords(self._read, self._paths)
        self._writer = Writer(client, self._paths, self.labels)
        self.reading = Reading(self._read, self._paths)
        self.lists = ListWriter(client, self._paths)
        self.marketing_events = MarketingEventWriter(client, self._paths)
        self.behavioural_events = BehaviouralEventWriter(client, self._paths)

    @property
    def calls(self) -> Mapping[str, int]:
        """Calls made so far, by kind."""
        return dict(self._client.calls)

    @property
    def metrics(self) -> CallMetrics:
        """Calls made so far, by method, route and result."""
        return self._client.metrics

    def push(self, batch: ObjectBatch) -> list[Outcome]:
        """Write up to 100 objects; each change gets exactly one outcome."""
        if batch.hubspot_type == marketing_events.OBJECT_TYPE:
            return self.marketing_events.push(batch)
        return self._writer.push(batch)

    def associate(self, batch: AssociationBatch) -> list[PairOutcome]:
        """Make up to 2,000 associations."""
        return self._writer.associate(batch)

    def dissociate(self, batch: AssociationBatch) -> list[PairOutcome]:
        """Take associations away."""
        return self._writer.dissociate(batch)

    def archive(self, object_type: str, hubspot_ids: Sequence[str]) -> None:
        """Put up to 100 objects into HubSpot's bin.

        Raises:
            Reject: HubSpot refused it.
        """
        self._read(removals.archive_objects(self._paths, object_type, hubspot_ids))

    def erase_contact(self, value: str, id_property: str | None = None) -> None:
        """Delete a contact for good; one that is gone already counts as done.

        Raises:
            Reject: HubSpot refused it.
        """
        try:
            self._read(removals.erase_contact(self._paths, value, id_property))
        except Reject as error:
            if error.status != 404:
                raise

    def time(self) -> datetime:
        """Return HubSpot's own time, to the second, as the answer to a small call tells it.

        Ours may be another, and what is modified by HubSpot's is searched for.
        """
        request = requests.account(self._paths)
        response = self._client.send(request)
        if resolve(response).verdict is not Verdict.OK:
            raise _rejected(request, response)
        told = response.headers.get("date")
        return parsedate_to_datetime(told) if told else datetime.now(UTC)

    def account(self) -> Account:
        """Return which account the token opens."""
        return self._account

    @cached_property
    def _account(self) -> Account:
        told = self._read(requests.account(self._paths))
        home = [str(told["companyCurrency"])] if told.get("companyCurrency") else []
        return Account(
            portal_id=int(told["portalId"]),
            currencies=(*home, *map(str, told.get("additionalCurrencies") or ())),
            time_zone=str(told.get("timeZone", "")),
            ui_domain=str(told.get("uiDomain", "")),
        )

    def property_definitions(self, object_type: str) -> dict[str, PropertyDefinition]:
        """Return the properties of an object type, by name."""
        told = self._read(requests.list_properties(self._paths, object_type))
        definitions = (from_payload(item) for item in told.get("results") or ())
        return {definition.name: definition for definition in definitions}

    def groups(self, object_type: str) -> set[str]:
        """Return the names of an object type's property groups."""
        told = self._read(requests.list_groups(self._paths, object_type))
        return {str(group["name"]) for group in told.get("results") or ()}

    def create_properties(
        self, object_type: str, definitions: Sequence[PropertyDefinition]
    ) -> None:
        """Make properties, and the groups that they stand in."""
        for group in sorted({d.group for d in definitions} - self.groups(object_type)):
            label = GROUP_LABEL if group == GROUP_LABEL.lower() else group
            self._read(requests.create_group(self._paths, object_type, group, label))
        bodies = [definition.as_input() for definition in definitions]
        for chunk in chunks(bodies, MAX_READ):
            self._read(requests.create_properties(self._paths, object_type, chunk))

    def read_by(
        self,
        object_type: str,
        id_property: str | None,
        values: Sequence[str],
        properties: Sequence[str],
    ) -> dict[str, RemoteObject]:
        """Return the objects that have these values of a unique property, by value.

        Without `id_property` the values are HubSpot ids. Values that HubSpot does not know are
        left out.
        """
        if object_type == marketing_events.OBJECT_TYPE:
            return {}  # an upsert by our own id finds them
        wanted = sorted({*properties, *([id_property] if id_property else [])})
        found: dict[str, RemoteObject] = {}
        for chunk in chunks(values, MAX_READ):
            told = self._read(
                requests.read_objects(self._paths, object_type, id_property, chunk, wanted)
            )
            by_value = {normal(value): value for value in chunk}
            for item in told.get("results") or ():
                remote = _remote(item)
                key = remote.properties.get(id_property) if id_property else remote.hubspot_id
                value = by_value.get(normal(key or ""))
                if value is not None:
                    found[value] = remote
        return found

    def _read(self, request: requests.Request) -> dict[str, Any]:
        return send(self._client, request)


def send(client: HubSpotClient, request: requests.Request) -> dict[str, Any]:
    """Return what a request that must succeed answered.

    Raises:
        Reject: HubSpot refused it.
    """
    response = client.send(request)
    if resolve(response).verdict is not Verdict.OK:
        raise _rejected(request, response)
    return response.payload if isinstance(response.payload, dict) else {}


def _rejected(request: requests.Request, response: Response) -> Reject:
    return Reject(
        f"HubSpot refused {request.method} {request.route}: {response.message}",
        status=response.status,
        category=response.category,
        correlation_id=response.correlation_id,
    )


def _remote(item: Mapping[str, Any]) -> RemoteObject:
    properties = {
        name: None if value is None else str(value)
        for name, value in (item.get("properties") or {}).items()
    }
    return RemoteObject(str(item["id"]), properties, instant(item.get("updatedAt")))


@contextmanager
def connect(
    settings: PortalSettings,
    url: str,
    clockwork: Clockwork | None = None,
    *,
    tokens: TokenProvider | None = None,
    priority: Priority = "batch",
    shelf: Shelf | None = None,
    observers: Sequence[Observer] = (),
) -> Iterator[Portal]:
    """Give the portal at `url`; its connections are closed afterwards.

    Its limits are kept on `shelf`, for all machines, or else in the portal's folder. Its calls
    are logged, and told to `observers`.

    Raises:
        Misconfigured: A portal other than the sandbox needs `access_token` or a connection.
    """
    tokens = tokens or static_token(settings)
    clockwork = clockwork or Clockwork()
    client = HubSpotClient(
        http_client(settings, url),
        tokens,
        _limiter(settings, clockwork, shelf),
        clockwork=clockwork,
        priority=priority,
        observers=(log_call, *observers),
    )
    try:
        yield Portal(client, settings.api_version)
    finally:
        client.close()


def static_token(settings: PortalSettings) -> StaticToken:
    """Return the token that the settings name; the sandbox's is known.

    Raises:
        Misconfigured: They name none.
    """
    token = settings.access_token
    if token is None and settings.is_sandbox:
        token = SecretStr(SANDBOX_TOKEN)
    if token is None:
        raise Misconfigured(
            f"Portal {settings.portal!r} needs a token: set `access_token` "
            "(TARGET_HUBSPOT_ACCESS_TOKEN) to a service key or private-app token, or connect it by "
            "OAuth."
        )
    return StaticToken(token)


def http_client(settings: PortalSettings, url: str) -> httpx.Client:
    """Return the connections to the portal at `url`."""
    return httpx.Client(
        base_url=url,
        timeout=httpx.Timeout(60.0, connect=10.0),
        headers={"User-Agent": f"stagedoor/{version('stagedoor')}"},
        trust_env=settings.portal_url is not None,
    )


def _limiter(settings: PortalSettings, clockwork: Clockwork, shelf: Shelf | None) -> Limiter:
    """Return the limiter of a portal, shared by all its processes; the sandbox has no limits."""
    if settings.is_sandbox:
        return Limiter(NO_LIMIT, clockwork.now, clockwork.sleep)
    rules = Rules(settings.calls_per_10_seconds, daily_reserve=settings.daily_reserve)
    if shelf is not None:
        return Limiter(rules, shelf.clock, clockwork.sleep, OnShelf(shelf))
    return Limiter(rules, clockwork.wall, clockwork.sleep, InFile(settings.portal_dir))
