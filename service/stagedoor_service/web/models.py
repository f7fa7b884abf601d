"""What routes take and answer, as pydantic models: they validate, and make the OpenAPI document."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from stagedoor.engine.scope import Condition, Word
from stagedoor.store.dead_letters import KeptLetter
from stagedoor.store.inbox import Entry
from stagedoor.store.mappings import MappingVersion
from stagedoor.store.runs import RunRecord


class Taken(BaseModel):
    """What a call sends; strangers are refused."""

    model_config = ConfigDict(extra="forbid")


class ProblemDetails(BaseModel):
    """RFC 9457."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[dict[str, JsonValue]] | None = None


class AuthorizationUrl(BaseModel):
    """Where a person connects the portal."""

    authorization_url: str


class ConnectionAnswer(BaseModel):
    """How a portal is connected."""

    connected: bool
    portal: str
    portal_id: int | None
    hub_domain: str | None
    last_sync: str | None
    kind: Literal["oauth", "token", "none"]
    scopes: list[str]
    missing_scopes: list[str]
    token: Literal["valid", "expired", "revoked", "none"]
    token_expires_at: float | None
    reason: str | None
    daily_calls: int | None
    daily_calls_left: int | None


class ConnectedAnswer(BaseModel):
    """Who has just been connected."""

    connected: bool = True
    portal: str
    portal_id: int | None


class ConditionGiven(Taken):
    """What a column of the object's source must be."""

    column: str = Field(max_length=128)
    word: Word = "is"
    value: JsonValue = None

    def condition(self) -> Condition:
        """Return it as the engine has it."""
        return Condition(self.column, self.word, self.value)


Ids = list[str]


class SyncAsked(Taken):
    """What a run is to be about; nothing of it means the whole object type."""

    ids: Ids = Field(
        default_factory=list,
        max_length=10_000,
        description="Keys (`customer:17`), the platform's ids (`17`), addresses, or HubSpot ids.",
    )
    filters: list[ConditionGiven] = Field(default_factory=list, max_length=20)
    read: bool = Field(default=True, description="Whether the platform is read first.")
    full: bool = Field(
        default=False, description="Whether it is read from the start, not only what changed."
    )
    allow_any_size: bool = Field(
        default=False, description="Whether `max_changes` and `max_removals` do not count."
    )


class PlanAsked(SyncAsked):
    """What a dry run is to be about."""

    read: bool = Field(default=False, description="Whether the platform is read first.")
    object_types: list[Literal["contacts", "companies", "deals", "tickets"]] = Field(
        default_factory=list
    )


class RunAnswer(BaseModel):
    """One run."""

    run_id: str
    portal: str
    purpose: str
    status: Literal["queued", "running", "done", "failed", "interrupted"]
    started_at: str
    ended_at: str | None
    exit_code: int | None
    error: str | None
    counts: dict[str, JsonValue]
    asked_by: str | None
    attempts: int
    request: dict[str, JsonValue] | None
    progress: dict[str, JsonValue] | None = Field(
        description="Phases in order, each with its steps and how many are done."
    )
    result: JsonValue = Field(None, description="What it found, such as a plan.")

    @classmethod
    def of(cls, run: RunRecord) -> RunAnswer:
        """Return a run as an answer."""
        return cls.model_validate(asdict(run))


class RunsAnswer(BaseModel):
    """Runs, newest first."""

    runs: list[RunAnswer]
    next: str | None = Field(description="Value of `before` for the next page.")


class LetterAnswer(BaseModel):
    """One dead letter."""

    id: int
    run_id: str
    stage: str
    object_type: str
    key: str
    code: str
    message: str
    advice: str
    properties: list[str]
    category: str | None
    correlation_id: str | None
    times: int
    first_at: str
    last_at: str
    closed_at: str | None
    closed_as: str | None
    record: str | None = Field(None, description="JSON of what was refused; only for one letter.")

    @classmethod
    def of(cls, kept: KeptLetter) -> LetterAnswer:
        """Return a letter as an answer."""
        told: dict[str, Any] = asdict(kept)
        return cls.model_validate({**told, **told.pop("letter")})


class LettersAnswer(BaseModel):
    """Dead letters, oldest first."""

    dead_letters: list[LetterAnswer]
    next: int | None = Field(description="Value of `after` for the next page.")


class ReplayAsked(Taken):
    """Which open letters are to be sent again; nothing of it means all."""

    ids: list[int] = Field(default_factory=list, max_length=10_000)
    code: str | None = Field(None, max_length=64)
    object_type: str | None = Field(None, max_length=128)


class MappingAnswer(BaseModel):
    """The mapping in force."""

    owner: Literal["file", "store", "shipped"]
    version: int
    text: str
    document: dict[str, JsonValue]


class MappingGiven(Taken):
    """A mapping document to save."""

    text: str = Field(max_length=1_000_000, description="The document, as YAML.")
    note: str = Field("", max_length=1_000)
    replaces: int | None = Field(
        None, ge=0, description="Version that it was made from; refused where another is in force."
    )


class VersionAnswer(BaseModel):
    """A version of a mapping."""

    version: int
    text: str
    note: str
    saved_by: str
    saved_at: str

    @classmethod
    def of(cls, kept: MappingVersion) -> VersionAnswer:
        """Return a version as an answer."""
        return cls.model_validate(asdict(kept))


class VersionsAnswer(BaseModel):
    """Versions, newest first."""

    versions: list[VersionAnswer]


class RollbackAsked(Taken):
    """Which version is to be in force again."""

    version: int = Field(ge=1)


class PreviewAsked(Taken):
    """Whom to show, and by which document."""

    email: str | None = Field(None, max_length=320)
    key: str | None = Field(None, max_length=512)
    object_type: str | None = Field(None, max_length=128)
    text: str | None = Field(
        None, max_length=1_000_000, description="A document to try; without it, the one in force."
    )


class PropertyShown(BaseModel):
    """One property of a previewed object."""

    name: str
    source: JsonValue
    result: str | None
    held: str | None
    action: str


class ObjectShown(BaseModel):
    """One object as the next push would treat it."""

    object_type: str
    key: str
    hubspot_id: str | None
    action: str
    properties: list[PropertyShown]


class PreviewAnswer(BaseModel):
    """What a mapping makes of somebody."""

    objects: list[ObjectShown]


class AssociationGiven(Taken):
    """A record to associate with."""

    object_type: Literal["contacts", "companies", "deals", "tickets"]
    id: str = Field(pattern=r"^[0-9]{1,20}$")


class RecordGiven(Taken):
    """A record to make or change."""

    properties: dict[str, str | int | float | bool | None] = Field(min_length=1)
    found_by: str | None = Field(
        None,
        max_length=100,
        pattern=r"^[a-z][a-z0-9_]*$",
        description="Property by whose value a record is looked for before one is made.",
    )
    associations: list[AssociationGiven] = Field(default_factory=list, max_length=100)

    def texts(self) -> dict[str, str]:
        """Return the properties as HubSpot takes them; nothing clears."""
        return {name: _text(value) for name, value in self.properties.items()}


def _text(value: str | float | bool | None) -> str:  # noqa: FBT001 - one value of JSON
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


class RecordAnswer(BaseModel):
    """A record as HubSpot answers it."""

    model_config = ConfigDict(extra="allow")

    id: str
    properties: dict[str, str | None]


class FilterGiven(BaseModel):
    """A filter, as HubSpot takes it."""

    model_config = ConfigDict(extra="allow")

    propertyName: str = Field(max_length=100)  # noqa: N815 - HubSpot's own name
    operator: str = Field(max_length=40)


class FilterGroup(Taken):
    """Filters that hold together."""

    filters: list[FilterGiven] = Field(max_length=18)


class SearchAsked(Taken):
    """A search, as HubSpot takes it."""

    filterGroups: list[FilterGroup] = Field(default_factory=list, max_length=5)  # noqa: N815
    query: str | None = Field(None, max_length=3_000)
    sorts: list[dict[str, str] | str] = Field(default_factory=list, max_length=1)
    properties: list[str] = Field(default_factory=list, max_length=500)
    limit: int = Field(10, ge=1, le=200)
    after: str | None = Field(None, pattern=r"^[0-9]{1,10}$")


class SearchAnswer(BaseModel):
    """A page of records."""

    model_config = ConfigDict(extra="allow")

    total: int
    results: list[RecordAnswer]
    paging: dict[str, JsonValue] | None = None


class ReceivedAnswer(BaseModel):
    """What became of a delivery."""

    received: int = Field(description="Events that are on the disk now.")
    left_out: int = Field(description="Events of HubSpot accounts that are not connected.")


class EventAnswer(BaseModel):
    """One event that came in."""

    id: int
    source: str
    kind: str
    object_type: str
    object_id: str
    occurred_at: str
    received_at: str
    status: Literal["waiting", "taken", "done"]
    attempts: int
    done_at: str | None
    outcome: str | None
    payload: JsonValue = None

    @classmethod
    def of(cls, entry: Entry, *, payload: bool) -> EventAnswer:
        """Return an entry of the inbox as an answer."""
        told: dict[str, Any] = asdict(entry)
        arrival = told.pop("arrival")
        text = arrival.pop("payload")
        return cls.model_validate(
            {**told, **arrival, "payload": json.loads(text) if payload else None}
        )


class EventsAnswer(BaseModel):
    """Events, newest first."""

    events: list[EventAnswer]
    next: int | None = Field(description="Value of `before` for the next page.")


class HealthAnswer(BaseModel):
    """Whether the process lives."""

    status: Literal["ok"] = "ok"


class ReadinessAnswer(BaseModel):
    """Whether calls should be sent here."""

    ready: bool
    store: str


class ExplanationAnswer(BaseModel):
    """What a code means."""

    code: str
    what: str
    why: str
    remedy: str
    status: int | None
