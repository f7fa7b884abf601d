"""The mapping document: one YAML file that says which HubSpot property gets which value.

YAML names things; SQL and Python compute them. `docs/mapping.md` explains it to its authors.
"""

from __future__ import annotations

import re
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Field, field_validator, model_validator

from stagedoor.mapping.lists import EventMapping, ListMapping
from stagedoor.mapping.properties import SOURCES, Property
from stagedoor.mapping.sections import Association, Lifecycle, Pipelines, check_pipelines
from stagedoor.mapping.strict import Strict

Limits: TypeAlias = tuple[int, int, int, int]
"""Four limits between five scores."""


class WhenDeleted(StrEnum):
    """What happens to an object whose row the platform deleted."""

    NONE = "none"
    CLEAR = "clear"
    """The properties that we wrote are emptied."""
    ARCHIVE = "archive"
    """It goes to HubSpot's bin, from where it can be restored for 90 days."""


class WhenAnonymised(StrEnum):
    """What happens to an object whose person the platform anonymised."""

    NONE = "none"
    CLEAR = "clear"
    """The properties that we wrote are emptied, the match key too."""
    GDPR_DELETE = "gdpr_delete"
    """HubSpot deletes it for good."""


class ObjectMapping(Strict):
    """How the objects of one type are filled."""

    object_type: str | None = Field(
        None, description="HubSpot's object type, when the entry has another name."
    )
    source: str | None = Field(
        None, description="Registered object type whose rows, calculators and associations it has."
    )
    stream: str | None = Field(None, description="Stream of any tap; a row makes an object.")
    key: str | tuple[str, ...] | None = Field(
        None, description="Columns that tell the rows of `stream` apart."
    )
    sql: str | None = Field(None, description="SELECT over the streams, with a column `key`.")
    order: int | None = Field(None, description="Lower numbers are written first.")
    match_key: str = Field(description="Property by which HubSpot finds the object.")
    filter: str | None = Field(None, description="SQL condition on the source's columns.")
    when_deleted: WhenDeleted = Field(
        WhenDeleted.NONE, description="What happens to objects whose row the platform deleted."
    )
    when_anonymised: WhenAnonymised = Field(
        WhenAnonymised.NONE, description="What happens to contacts of anonymised people."
    )
    deleted: str | None = Field(
        None, description="SELECT of the `key` of what the platform deleted, where `sql` is given."
    )
    participation: bool = Field(
        default=True, description="Whether a marketing event is told who takes part."
    )
    creates: bool = Field(
        default=False,
        description="Whether a record that somebody makes in HubSpot makes a row on the platform.",
    )
    properties: dict[str, Property] = Field(description="HubSpot's properties, by their names.")

    @property
    def two_way(self) -> dict[str, Property]:
        """The properties whose edits in HubSpot go back to the platform, by name."""
        return {name: entry for name, entry in self.properties.items() if entry.inbound}

    @model_validator(mode="after")
    def _has_one_source(self) -> ObjectMapping:
        given = [name for name in ("source", "stream", "sql") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"has {' and '.join(f'`{name}`' for name in given)}: give one")
        return self

    @model_validator(mode="after")
    def _maps_the_match_key(self) -> ObjectMapping:
        if self.match_key not in self.properties:
            raise ValueError(f"`match_key` names {self.match_key!r}, which `properties` lacks")
        return self


class Metrics(Strict):
    """What the metrics are measured by; docs/metrics.md says what each is for."""

    base_currency: str = Field(
        "EUR", pattern="^[A-Z]{3}$", description="Currency that sums over currencies are given in."
    )
    exchange_rates: dict[str, Decimal] = Field(
        default_factory=dict, description="What one unit of a currency is worth in the base one."
    )
    new_months: int = Field(12, ge=1, description="Months after the first purchase of a New one.")
    lapsed_months: int = Field(24, ge=1, description="Months without a purchase until Lapsed.")
    vip_spend: Decimal = Field(Decimal(1_000), ge=0, description="Lifetime value of a VIP.")
    vip_orders: int = Field(20, ge=1, description="Orders of a VIP.")
    recency_months: Limits = Field((3, 6, 12, 24), description="Each that has passed costs one.")
    frequency_orders: Limits = Field((2, 3, 5, 10), description="Each that is reached adds one.")
    monetary_spend: Limits = Field((50, 150, 400, 1_000), description="Likewise, lifetime value.")

    @field_validator("exchange_rates")
    @classmethod
    def _are_rates(cls, rates: dict[str, Decimal]) -> dict[str, Decimal]:
        for currency, rate in rates.items():
            if not re.fullmatch("[A-Z]{3}", currency) or rate <= 0:
                raise ValueError(f"{currency}: needs an ISO 4217 code and a rate above zero")
        return rates


class People(Strict):
    """Which people of the platform become contacts."""

    attendees: bool = Field(
        default=False,
        description="Whether attendees with an e-mail address of their own, on a ticket or a "
        "registration, become contacts as buyers do.",
    )


class MappingDocument(Strict):
    """A whole mapping, after `extends` and plugin fragments were merged in."""

    version: Literal[1] = Field(1, description="Version of the document's format.")
    people: People = Field(default_factory=People, description="Who becomes a contact.")
    metrics: Metrics = Field(default_factory=Metrics, description="What metrics are measured by.")
    objects: dict[str, ObjectMapping] = Field(
        description="Entries by name: HubSpot's object type, or a name of your own."
    )
    lists: dict[str, ListMapping] = Field(default_factory=dict, description="Lists to keep.")
    events: dict[Annotated[str, Field(pattern="^[a-z][a-z0-9_-]{0,49}$")], EventMapping] = Field(
        default_factory=dict, description="Behavioural events to tell."
    )
    pipelines: Annotated[Pipelines, AfterValidator(check_pipelines)] = Field(
        default_factory=dict, description="Pipelines to make, by HubSpot's object type and name."
    )
    associations: dict[str, bool | Association] = Field(
        default_factory=dict, description="Associations switched on or off, and further ones."
    )
    lifecycle: Lifecycle | None = Field(
        None, description="Rules for the life cycle of contacts; none without this section."
    )


def merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Return `base` with `over` laid on top, key by key; a null in `over` removes a key.

    A source of a value, such as `from`, takes the place of another, such as `template`, with the
    value map that went with it.
    """
    given = {name: over[name] for name in SOURCES if isinstance(over.get(name), str)}
    is_other = any(base.get(name) != value for name, value in given.items())
    replaced = (*SOURCES, "values", "default", "to") if given and is_other else ()
    merged = {key: value for key, value in base.items() if key not in replaced}
    for key, value in over.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = merge(merged[key], value)
        else:
            merged[key] = value
    return merged
