"""The names that the specification of the service gives to the app's settings."""

from __future__ import annotations

from typing import Any

from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource

_APP = ("client_id", "client_secret")


class SpecificationsNames(EnvSettingsSource):
    """HUBSPOT_CLIENT_ID and HUBSPOT_CLIENT_SECRET, as the app's own settings are often called."""

    def __call__(self) -> dict[str, Any]:
        """Return these two, where they are set."""
        return {name: value for name, value in super().__call__().items() if name in _APP}


class SpecificationsNamesInFile(DotEnvSettingsSource):
    """The same in a `.env` file."""

    def __call__(self) -> dict[str, Any]:
        """Return these two, where they are set."""
        return {name: value for name, value in super().__call__().items() if name in _APP}
