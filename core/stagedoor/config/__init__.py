"""Settings, as pydantic models: they validate, document themselves, and refuse strangers."""

from stagedoor.config.checking import checked
from stagedoor.config.platform import PlatformSettings, load_platform
from stagedoor.config.portal import (
    SANDBOX_TOKEN,
    HubSpotSettings,
    MappedSettings,
    PortalSettings,
    load_settings,
    most_changes,
)
from stagedoor.config.schema import config_jsonschema

__all__ = [
    "SANDBOX_TOKEN",
    "HubSpotSettings",
    "MappedSettings",
    "PlatformSettings",
    "PortalSettings",
    "checked",
    "config_jsonschema",
    "load_platform",
    "load_settings",
    "most_changes",
]
