"""What every tap of ours is."""

from __future__ import annotations

from typing import Any, ClassVar

from singer_sdk import Tap
from singer_sdk.helpers.capabilities import CapabilitiesEnum, PluginCapabilities, TapCapabilities

from stagedoor.logs import follow_level
from stagedoor.telling import telling_errors


class StagedoorTap(Tap):
    """A Singer tap that ends with the exit code of an error of ours, and its sentence."""

    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.STATE,
        TapCapabilities.DISCOVER,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.BATCH,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    @classmethod
    def invoke(cls, **options: Any) -> None:
        """Run the tap."""
        follow_level(cls.name)
        with telling_errors():
            super().invoke(**options)

    @classmethod
    def cb_discover(cls, *arguments: Any, **options: Any) -> None:
        """Print the catalog."""
        follow_level(cls.name)
        with telling_errors():
            super().cb_discover(*arguments, **options)
