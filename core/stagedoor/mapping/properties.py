"""How one HubSpot property gets its value, and when it is written."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from string import Formatter
from typing import Literal, TypeAlias

from pydantic import Field, model_validator

from stagedoor.mapping.strict import Strict
from stagedoor.model import Owner

SOURCES = ("from", "calculator", "constant", "template")
"""Entries of a property that say where its value comes from."""

PropertyType: TypeAlias = Literal["string", "number", "date", "datetime", "enumeration", "bool"]


class UpdateMode(StrEnum):
    """When a value is written."""

    OVERWRITE = "overwrite"
    """Whenever it differs from what both sides last agreed on."""
    IF_EMPTY = "if_empty"
    """Only where HubSpot holds no value."""
    IF_NEW = "if_new"
    """Only into objects that HubSpot does not have yet."""
    APPEND = "append"
    """Added to the choices of a multiple-choice property, each choice once."""


class NullPolicy(StrEnum):
    """What "the platform has no value" does."""

    CLEAR = "clear"
    """Clears the property, if it holds a value that we wrote."""
    IGNORE = "ignore"
    """Leaves the property as it is."""


class Option(Strict):
    """One choice of an enumeration property."""

    value: str = Field(description="Internal value, as it is written.")
    label: str = Field(description="What people see in HubSpot.")


class Property(Strict):
    """How one HubSpot property gets its value, and how it is made when HubSpot lacks it."""

    from_: str | None = Field(
        None,
        alias="from",
        description="Column of the source; dots reach into JSON, and into `buyer`, `attendee` "
        "and `answers`.",
    )
    calculator: str | None = Field(None, description="Name of a calculator.")
    constant: str | None = Field(None, description="The same value for every object.")
    template: str | None = Field(None, description="Text with {column} places.")
    codec: str = Field("text", description="How the value becomes HubSpot's canonical text.")
    update_mode: UpdateMode = Field(
        UpdateMode.OVERWRITE,
        description="When it is written: `overwrite`, `if_empty` (HubSpot holds no value), "
        "`if_new` (HubSpot does not have the object yet), or `append` (to the choices of a "
        "multiple-choice property).",
    )
    owner: Owner = Field(
        Owner.PLATFORM,
        description="Whose value stays when both sides changed it: `platform` or `hubspot`; with "
        "`inbound` also `newest`, `if_empty`, `append`, or `manual` (a person decides).",
    )
    inbound: bool = Field(
        default=False, description="Whether an edit in HubSpot is written back to the platform."
    )
    to: str | None = Field(
        None,
        pattern=r"^[^.\s]+\.[^.\s]+$",
        description="Where an edit in HubSpot goes, as `stream.column`; follows from `from`.",
    )
    null: NullPolicy = Field(
        NullPolicy.CLEAR,
        description="What an absent value does: `clear` (empties what was written before) or "
        "`ignore`.",
    )
    values: dict[str, str] | None = Field(
        None, description="Value map; a value that it lacks is reported, or becomes `default`."
    )
    default: str | None = Field(None, description="For values that `values` does not name.")
    label: str | None = Field(None, description="Label; a property with one is made if missing.")
    description: str = Field("", description="Shown in HubSpot beside the property.")
    group: str = Field("stagedoor", description="Property group in HubSpot.")
    type: PropertyType = Field("string", description="HubSpot's type of the property.")
    field_type: str | None = Field(
        None, description="HubSpot's fieldType; follows from `type` and `update_mode`."
    )
    unique: bool = Field(default=False, description="Whether HubSpot enforces unique values.")
    options: tuple[Option, ...] = Field((), description="Choices of an enumeration.")

    @model_validator(mode="after")
    def _has_one_source(self) -> Property:
        sources = [self.from_, self.calculator, self.constant, self.template]
        if sum(source is not None for source in sources) != 1:
            raise ValueError("needs exactly one of `from`, `calculator`, `constant`, `template`")
        return self

    @model_validator(mode="after")
    def _has_places(self) -> Property:
        for _, place, format_, conversion in Formatter().parse(self.template or ""):
            if place is not None and (not place or place.isdigit() or format_ or conversion):
                raise ValueError("a place in `template` is a column's name: {order_number}")
        return self

    @model_validator(mode="after")
    def _goes_back_where_it_can(self) -> Property:
        if not self.inbound:
            if self.owner not in (Owner.PLATFORM, Owner.HUBSPOT):
                raise ValueError(f"`owner: {self.owner}` is for properties with `inbound: true`")
            if self.to is not None:
                raise ValueError("`to` is for properties with `inbound: true`")
            return self
        if self.from_ is None:
            source = next(name for name in SOURCES if getattr(self, name, None) is not None)
            raise ValueError(f"`inbound` needs `from`: a {source} cannot be written back")
        if self.update_mode is not UpdateMode.OVERWRITE:
            raise ValueError(
                f"`update_mode: {self.update_mode}` does not go with `inbound`, where `owner` says "
                "who wins"
            )
        if self.default is not None or len({*(self.values or {}).values()}) < len(
            self.values or {}
        ):
            raise ValueError(
                "`inbound` needs value maps that are one to one, without `default`: otherwise "
                "nobody knows what a value of HubSpot's was on the platform"
            )
        return self

    @property
    def reads_hubspot(self) -> bool:
        """Whether HubSpot's present value decides about writing it."""
        overwrites = self.update_mode is UpdateMode.OVERWRITE
        return self.inbound or not overwrites or self.owner is Owner.HUBSPOT

    def paths(self) -> Iterator[str]:
        """Yield what this property reads of the source: columns, with what dots reach."""
        if self.from_ is not None:
            yield self.from_
        if self.template is not None:
            yield from (name for _, name, _, _ in Formatter().parse(self.template) if name)

    def columns(self) -> Iterator[str]:
        """Yield the source columns that this property reads."""
        yield from (path.partition(".")[0] for path in self.paths())
