"""Settings of the platform."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from stagedoor.config.checking import checked


class PlatformSettings(BaseSettings):
    """Where the platform is, for whoever writes to it.

    In Meltano they are the settings of `target-platform`; otherwise, and where one is not given,
    they are those of `tap-platform`, from variables with the prefix `TAP_PLATFORM_`.
    """

    model_config = SettingsConfigDict(
        env_prefix="TAP_PLATFORM_", env_file=".env", extra="ignore", frozen=True
    )

    source: str | None = Field(
        None, description="Platform source: `sample` (default), `sql`, `pretix`, or a plugin's."
    )
    database_url: SecretStr | None = Field(
        None, description="SQLAlchemy URL of the platform's database; implies `source: sql`."
    )
    sample: dict[str, Any] | None = Field(None, description="Settings of the source `sample`.")
    sql: dict[str, Any] | None = Field(
        None,
        description="Settings of the source `sql`; `writable` names the fields by stream that may "
        "be written.",
    )
    pretix: dict[str, Any] | None = Field(None, description="Settings of the source `pretix`.")
    sources: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="Settings of plugins' sources, by their names."
    )

    @property
    def source_name(self) -> str:
        """The name of the platform source."""
        return self.source or ("sql" if self.database_url else "sample")

    def of(self, source: str) -> dict[str, Any]:
        """Return the settings object of a source."""
        given = getattr(self, source) if source in _SOURCES else self.sources.get(source)
        found = dict(given or {})
        if source == "sql" and self.database_url is not None:
            found.setdefault("url", self.database_url)
        return found


_SOURCES = ("sample", "sql", "pretix")


def load_platform(values: Mapping[str, object] | None = None) -> PlatformSettings:
    """Return the platform's settings from `values` over the environment.

    Raises:
        Misconfigured: Naming each wrong setting and what it should be.
    """
    return checked(PlatformSettings, "target-platform", values or {})
