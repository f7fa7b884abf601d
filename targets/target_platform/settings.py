"""The target's settings as the SDK wants them: the portal's state, and the platform."""

from __future__ import annotations

from typing import Any

from stagedoor.config import HubSpotSettings, PlatformSettings, config_jsonschema

OF_PORTAL = ("portal", "state_dir", "store_url", "mapping", "plugins", "dry_run", "lease_timeout")
"""Settings that it shares with target-hubspot; those that are not given are as they are there."""


def _schema() -> dict[str, Any]:
    of_portal = config_jsonschema(HubSpotSettings)["properties"]
    of_platform = config_jsonschema(PlatformSettings)["properties"]
    given = {**{name: of_portal[name] for name in OF_PORTAL}, **of_platform}
    # Without defaults: the SDK would take them for settings, and nothing would be left open.
    properties = {n: {k: v for k, v in s.items() if k != "default"} for n, s in given.items()}
    return {"type": "object", "properties": properties, "additionalProperties": True}


CONFIG_JSONSCHEMA: dict[str, Any] = _schema()
