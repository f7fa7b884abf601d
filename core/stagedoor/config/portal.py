"""Settings of the portal, of who goes by a mapping, and of `target-hubspot`."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from stagedoor.config.checking import checked
from stagedoor.config.specification import SpecificationsNames, SpecificationsNamesInFile

SANDBOX_TOKEN = "pat-sandbox"  # noqa: S105 - the published token of the local portal


def _text(value: object) -> object:
    """Return a number as text: settings come typed or as text."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class PortalSettings(BaseSettings):
    """Settings of everything that talks to a portal: where it is, and what opens it.

    Each model that builds on them reads the environment with a prefix of its own.
    """

    model_config = SettingsConfigDict(
        env_prefix="TARGET_HUBSPOT_", env_file=".env", extra="ignore", frozen=True
    )

    portal: str = Field(
        "sandbox",
        pattern=r"^[a-z0-9][a-z0-9_-]*$",
        description="Name of the portal; its state lives in `<state_dir>/<portal>/`.",
    )
    portal_url: str | None = Field(
        None,
        description="Base URL of HubSpot's API, `https://api.hubapi.com` for the real one. "
        "Without it an embedded sandbox portal is started.",
    )
    access_token: SecretStr | None = Field(
        None, description="Service key or private-app token. The sandbox needs none."
    )
    client_id: str | None = Field(
        None,
        description="Client id of the OAuth app; used when `access_token` is unset. "
        "HUBSPOT_CLIENT_ID is understood too.",
    )
    client_secret: SecretStr | None = Field(
        None, description="Client secret of the OAuth app, or HUBSPOT_CLIENT_SECRET."
    )
    api_version: str = Field(
        "2026-09",
        pattern=r"^(20\d\d-(03|09)|v3)$",
        description="HubSpot API version, such as `2026-09`; `v3` for the older paths.",
    )
    state_dir: Path = Field(
        Path(".stagedoor"), description="Folder of all local state; keep it private."
    )
    store_url: str | None = Field(
        None,
        description="SQLAlchemy URL of the operational store (runs, dead letters, inbox). "
        "Without it, SQLite in `state_dir`.",
    )
    calls_per_10_seconds: int = Field(
        100, ge=10, le=250, description="Calls allowed in any ten seconds: 100 free, 190 pro."
    )
    daily_reserve: float = Field(
        0.1,
        ge=0,
        lt=1,
        description="Share of the day's calls that runs leave to real-time work; they stop there.",
    )

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *args: Any, **sources: Any
    ) -> tuple[Any, ...]:
        """Understand the app's settings without our prefix, too, where ours are not set."""
        usual = super().settings_customise_sources(settings_cls, *args, **sources)
        return (
            *usual,
            SpecificationsNames(settings_cls, env_prefix="HUBSPOT_"),
            SpecificationsNamesInFile(settings_cls, env_prefix="HUBSPOT_"),
        )

    @field_validator("portal_url")
    @classmethod
    def _is_http(cls, value: str | None) -> str | None:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/") if value else None

    @property
    def is_sandbox(self) -> bool:
        """Whether the embedded sandbox portal is used."""
        return self.portal_url is None

    @property
    def root(self) -> Path:
        """Folder of local state, absolute, below the Meltano project when there is one."""
        base = Path(os.environ.get("MELTANO_PROJECT_ROOT", "."))
        return (base / self.state_dir).resolve()

    @property
    def portal_dir(self) -> Path:
        """Folder of this portal's state."""
        return self.root / self.portal


class MappedSettings(PortalSettings):
    """Settings of everything that goes by a mapping."""

    mapping: Path | None = Field(
        None, description="Mapping document. Without it, the shipped default mapping."
    )
    plugins: list[str] = Field(
        default_factory=list, description="Further plugins: module names or paths of files."
    )
    sync: dict[str, bool] = Field(
        default_factory=dict,
        description="Object types that are written: `{deals: false}` leaves HubSpot's deals alone; "
        "what is not named is written.",
    )

    @property
    def switched_off(self) -> frozenset[str]:
        """HubSpot's object types that are not written."""
        return frozenset(name for name, on in self.sync.items() if not on)


class HubSpotSettings(MappedSettings):
    """Settings of `target-hubspot` and of the `stagedoor` commands that act on a portal.

    In Meltano they are the target's settings; everywhere else they come from environment
    variables with the prefix `TARGET_HUBSPOT_`, or from a `.env` file.
    """

    provision: Literal["auto", "apply", "check"] = Field(
        "auto",
        description="Whether missing properties are made in HubSpot before the first write: "
        "`apply` makes them, `check` stops the run, `auto` applies on the sandbox only.",
    )
    dry_run: bool = Field(False, description="Print the plan and change nothing.")
    push: bool = Field(
        True,
        description="Whether to push at the end of the input; `false` only takes the records in, "
        "for `stagedoor push` later.",
    )
    bad_records: Literal["bury", "stop"] = Field(
        "bury",
        description="What a record that cannot be taken in does: `bury` keeps it as a dead letter "
        "and goes on, `stop` ends the run.",
    )
    max_changes: Annotated[str, BeforeValidator(_text)] | None = Field(
        None,
        pattern=r"^(\d+|\d{1,2}(\.\d+)?%)$",
        description="Stop when a run would change more of what is there than this: a number, or "
        "a share such as `20%`. Objects updated or removed, associations and labels taken away, "
        "and memberships of lists are compared one by one; what is new does not count.",
    )
    unmapped_streams: Literal["warn", "error"] = Field(
        "warn",
        description="What a stream does that nothing in the mapping reads: `warn` names it once "
        "and leaves it alone, `error` ends the run.",
    )
    max_removals: float = Field(
        0.05,
        ge=0,
        le=1,
        description="Stop when more than this share of an object type or stream would be taken "
        "away in one run; ten objects are allowed where they are at most half.",
    )
    max_in_flight: int = Field(4, ge=1, le=16, description="Calls to HubSpot at the same time.")
    lease_timeout: float = Field(
        60.0, ge=0, description="Seconds to wait for another run of the same portal to end."
    )


def most_changes(setting: str, linked: int) -> int:
    """Return how many changes `max_changes` allows, of so many things that are there."""
    if setting.endswith("%"):
        return int(Decimal(setting.removesuffix("%")) * linked / 100)
    return int(setting)


def load_settings(values: dict[str, object] | None = None) -> HubSpotSettings:
    """Return the settings of `target-hubspot` from `values` over the environment.

    Raises:
        Misconfigured: Naming each wrong setting and what it should be.
    """
    return checked(HubSpotSettings, "target-hubspot", values or {})
