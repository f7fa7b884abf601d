"""Settings of the source `pretix`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator


class PretixSettings(BaseModel):
    """Which pretix, which organizer, and how its facts are read."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field("https://pretix.eu", description="Address of pretix, without `/api/v1`.")
    token: SecretStr = Field(description="API token of one of the organizer's teams.")
    organizer: str = Field(pattern=r"^[A-Za-z0-9_.-]+$", description="Short form of the organizer.")
    events: list[str] = Field(
        default_factory=list,
        description="Short forms of the events to read; all that the team may see by default.",
    )
    language: str = Field("en", description="Language of names that are given in several.")
    category_property: str = Field(
        "category", description="Event meta property that holds the kind of event."
    )
    city_property: str = Field("city", description="Event meta property that holds the city.")
    country_property: str = Field(
        "country", description="Event meta property that holds the country."
    )
    mailbox_domains: list[str] = Field(
        default_factory=list,
        description="Further domains, beside the well-known ones, at which anybody has a mailbox.",
    )
    overlap_seconds: int = Field(
        300, ge=0, description="How far a run reads back behind the end of the one before."
    )

    @field_validator("url")
    @classmethod
    def _is_the_root(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/").removesuffix("/api/v1")
