"""The target's settings as the SDK wants them."""

from __future__ import annotations

from typing import Any

from stagedoor.config import HubSpotSettings, config_jsonschema

CONFIG_JSONSCHEMA: dict[str, Any] = config_jsonschema(HubSpotSettings)
