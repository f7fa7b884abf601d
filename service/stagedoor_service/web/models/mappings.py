"""Shapes of mapping documents."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal

from pydantic import BaseModel, Field, JsonValue

from stagedoor.store.mappings import MappingVersion
from stagedoor_service.web.models.common import LARGEST, Taken


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
        None,
        ge=0,
        le=LARGEST,
        description="Version that it was made from; refused where another is in force.",
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

    version: int = Field(ge=1, le=LARGEST)


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
