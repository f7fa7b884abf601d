"""The tap: the neutral streams of whichever platform source the config names."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any, ClassVar, cast

from pydantic import ValidationError
from singer_sdk import Stream, Tap
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.helpers.capabilities import CapabilitiesEnum, PluginCapabilities, TapCapabilities

from stagedoor.errors import Misconfigured
from stagedoor.extension import PlatformSource
from stagedoor.logs import follow_level
from stagedoor.plugins import load_plugins
from stagedoor.telling import telling_errors
from tap_platform.settings import CONFIG_JSONSCHEMA

MARKER = "stagedoor"
"""Key in STATE that tells the target whether the tap has said everything."""


class TapPlatform(Tap):
    """Singer tap for event-ticketing platforms."""

    name = "tap-platform"
    # A copy: the SDK adds settings of its own.
    config_jsonschema: ClassVar[dict[str, Any]] = deepcopy(CONFIG_JSONSCHEMA)
    message_writer_class = MsgSpecWriter
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.STATE,
        TapCapabilities.DISCOVER,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.BATCH,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    def discover_streams(self) -> Sequence[Stream]:
        """Return the streams of the chosen source.

        Raises:
            Misconfigured: No plugin registers the source, or its settings are wrong.
        """
        sources = load_plugins(self.config.get("plugins") or ()).platform_sources
        name = self.config.get("source") or ("sql" if self.config.get("database_url") else "sample")
        source = sources.get(name)
        if source is None:
            known = ", ".join(sorted(sources))
            raise Misconfigured(
                f"No plugin registers the platform source {name!r}. "
                f"Set `source` to one of: {known}."
            )
        return list(source.streams(self, self._settings(source)))

    def _settings(self, source: PlatformSource) -> Any:
        given = dict(self.config.get(source.name) or {})
        if source.name == "sql" and self.config.get("database_url"):
            given.setdefault("url", self.config["database_url"])
        try:
            return source.settings.model_validate(given)
        except ValidationError as error:
            wrong = "; ".join(
                f"`{source.name}.{'.'.join(map(str, item['loc']))}`: {item['msg']}"
                for item in error.errors()
            )
            raise Misconfigured(f"Settings of tap-platform are wrong: {wrong}.") from error

    # The SDK marks it final; there is no other place before the first and after the last stream.
    def sync_all(self) -> None:  # type: ignore[misc]
        """Emit all streams, between a STATE that says "more to come" and one that says "all"."""
        state = cast("dict[str, Any]", self.state)
        state[MARKER] = {"complete": False}
        self.state_writer.write_state(self.state)
        super().sync_all()
        state[MARKER] = {"complete": True, "full": self._read_in_full()}
        self.state_writer.write_state(self.state)

    def _read_in_full(self) -> list[str]:
        """Return the streams of which nothing can have been left out.

        Stream maps may filter: what they leave out is not gone.
        """
        if self.config.get("stream_maps"):
            return []
        read = (s for s in self.streams.values() if s.selected)
        return sorted(s.name for s in read if getattr(s, "read_in_full", False))

    @classmethod
    def invoke(cls, **options: Any) -> None:
        """Run the tap; end with the exit code of the error, and its sentence."""
        follow_level(cls.name)
        with telling_errors():
            super().invoke(**options)

    @classmethod
    def cb_discover(cls, *arguments: Any, **options: Any) -> None:
        """Print the catalog."""
        follow_level(cls.name)
        with telling_errors():
            super().cb_discover(*arguments, **options)
