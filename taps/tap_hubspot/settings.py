"""The tap's settings: those of the portal, as `target-hubspot` has them, and its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

from pydantic import Field, field_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    SettingsConfigDict,
)

from stagedoor.config import MappedSettings, checked, config_jsonschema

Mode: TypeAlias = Literal["poll", "webhook", "journal"]

OBJECT_TYPES = ("contacts", "companies", "deals", "tickets")
PAIRS = (
    *("contacts:companies", "contacts:deals", "contacts:tickets"),
    *("companies:deals", "companies:tickets", "deals:tickets"),
)


class TapSettings(MappedSettings):
    """Settings of `tap-hubspot`.

    Where the environment has no `TAP_HUBSPOT_…` of a setting of the portal, its
    `TARGET_HUBSPOT_…` counts, so that both ends of a portal are connected by one set of variables.
    """

    model_config = SettingsConfigDict(env_prefix="TAP_HUBSPOT_")

    modes: list[Mode] = Field(
        ["poll"],
        min_length=1,
        description="How changes are found, one or several: `poll` asks for what was modified, "
        "`webhook` follows the inbox that the receiver fills, `journal` follows HubSpot's "
        "Webhooks Journal.",
    )
    object_types: list[str] = Field(
        list(OBJECT_TYPES),
        description="Object types that have a stream, as HubSpot's paths call them; custom ones "
        "are found by themselves.",
    )
    properties: dict[str, list[str]] = Field(
        default_factory=dict,
        description="Properties to read, by object type. Without an entry those that the catalog "
        "selects.",
    )
    two_way: bool = Field(
        False,
        description="Whether only what the mapping takes both ways is read: its object types, and "
        "of each the properties with `inbound: true` and the match key.",
    )
    property_times: bool = Field(
        False,
        description="Whether records tell when each value was set, as `property_times`; they are "
        "then read by 50 instead of 100.",
    )
    associations: list[str] = Field(
        list(PAIRS),
        description="Pairs of object types whose associations are read, as `contacts:companies`.",
    )
    archived: bool = Field(
        False,
        description="Whether object streams also give what lies in the bin, with `archived: true`. "
        "The stream `deletions` tells of it in any case.",
    )
    look_back: float = Field(
        120.0,
        ge=0,
        description="Seconds that each poll reaches back before the last one, for what HubSpot's "
        "search index learned late.",
    )
    start_date: datetime | None = Field(
        None, description="Objects that were modified earlier are left out of the first poll."
    )

    @field_validator("start_date")
    @classmethod
    def _is_utc(cls, value: datetime | None) -> datetime | None:
        """Take a time without a zone as UTC."""
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value

    @field_validator("associations")
    @classmethod
    def _are_pairs(cls, value: list[str]) -> list[str]:
        for pair in value:
            if not all(pair.partition(":")):
                raise ValueError(f"{pair!r} is no pair of object types such as contacts:companies")
        return value

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *args: Any, **sources: Any
    ) -> tuple[Any, ...]:
        """Look for the tap's own variables first, then for the target's, then for the app's."""
        *own, app, app_in_file = super().settings_customise_sources(settings_cls, *args, **sources)
        theirs = EnvSettingsSource(settings_cls, env_prefix="TARGET_HUBSPOT_")
        theirs_in_file = DotEnvSettingsSource(settings_cls, env_prefix="TARGET_HUBSPOT_")
        return (*own, theirs, theirs_in_file, app, app_in_file)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The pairs of object types whose associations are read."""
        return [
            (one, other) for one, _, other in (pair.partition(":") for pair in self.associations)
        ]


CONFIG_JSONSCHEMA: dict[str, Any] = config_jsonschema(TapSettings)


def load_tap_settings(config: Mapping[str, Any]) -> TapSettings:
    """Return the settings from a tap's config over the environment.

    Raises:
        Misconfigured: Naming each wrong setting and what it should be.
    """
    known = {name: value for name, value in config.items() if name in TapSettings.model_fields}
    return checked(TapSettings, "tap-hubspot", known)
