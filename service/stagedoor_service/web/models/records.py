"""Shapes of HubSpot's records."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from stagedoor_service.web.models.common import Taken


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

    filterGroups: list[FilterGroup] = Field(default_factory=list, max_length=5)  # noqa: N815 - HubSpot's name
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
