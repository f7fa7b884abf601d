"""The sections `lists` and `events` of a mapping document."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from pydantic import Field, field_validator, model_validator

from stagedoor.mapping.list_filters import filter_branch
from stagedoor.mapping.strict import Strict

Value: TypeAlias = date | int | Decimal | str
MAX_EVENT_PROPERTIES = 50


class ListMapping(Strict):
    """One list of HubSpot, or several of a kind, and what decides who is on it."""

    name: str = Field(min_length=1, description="Name in HubSpot; unique in the portal.")
    objects: str = Field("contacts", description="Entry of `objects` whose records it holds.")
    rule: str | None = Field(None, description="Ready-made rule.")
    with_: dict[str, Value] = Field(
        default_factory=dict, alias="with", description="What the rule asks for."
    )
    for_each: str | None = Field(
        None, description="Parameter of the rule: one list for each of its values."
    )
    sql: str | None = Field(None, description="SELECT giving the `key` of each member.")
    where: str | None = Field(
        None, description="SQL condition on what the mapping reads and calculates."
    )
    filters: tuple[dict[str, Any], ...] | None = Field(
        None, description="Alternatives of a dynamic list; HubSpot finds its members."
    )
    filter_branch: dict[str, Any] | None = Field(None, description="The same as HubSpot writes it.")
    take_over: bool = Field(
        default=False, description="Use a list of this name that Stagedoor did not make."
    )

    @field_validator("filters")
    @classmethod
    def _are_filters(
        cls, filters: tuple[dict[str, Any], ...] | None
    ) -> tuple[dict[str, Any], ...] | None:
        if filters is not None:
            filter_branch(filters)
        return filters

    @model_validator(mode="after")
    def _has_one_source(self) -> ListMapping:
        names = ("rule", "sql", "where", "filters", "filter_branch")
        if sum(getattr(self, name) is not None for name in names) != 1:
            raise ValueError(f"needs exactly one of {', '.join(f'`{name}`' for name in names)}")
        if (self.with_ or self.for_each) and self.rule is None:
            raise ValueError("`with` and `for_each` belong to a `rule`")
        if self.for_each and f"{{{self.for_each}}}" not in self.name:
            raise ValueError(f"`name` must contain {{{self.for_each}}}, to tell the lists apart")
        return self

    @property
    def is_dynamic(self) -> bool:
        """Whether HubSpot finds the members."""
        return self.filters is not None or self.filter_branch is not None


class EventProperty(Strict):
    """One property of a behavioural event."""

    from_: str = Field(alias="from", description="Column of the event's SQL.")
    label: str | None = Field(None, description="Label in HubSpot; else the name.")
    type: Literal["string", "number", "datetime"] = Field("string", description="Its type.")


class EventMapping(Strict):
    """Something that happens to contacts: a behavioural event of HubSpot."""

    label: str = Field(description="Label in HubSpot.")
    description: str = Field("", description="Shown in HubSpot beside it.")
    sql: str = Field(
        description="SELECT giving `key` (one per event, for ever), `contact` (key of a contact), "
        "`occurred_at` (UTC) and the columns of `properties`."
    )
    since: date | None = Field(None, description="Leaves out what happened before this day.")
    properties: dict[str, EventProperty] = Field(
        default_factory=dict, description="What is told of each event, by name."
    )

    @field_validator("properties")
    @classmethod
    def _are_few(cls, properties: dict[str, EventProperty]) -> dict[str, EventProperty]:
        if len(properties) > MAX_EVENT_PROPERTIES:
            raise ValueError(f"HubSpot allows {MAX_EVENT_PROPERTIES} properties an event")
        return properties
