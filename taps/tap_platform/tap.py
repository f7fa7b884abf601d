"""The tap: the neutral streams of whichever platform source the config names."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any, ClassVar, cast

from pydantic import BaseModel
from singer_sdk import Stream
from singer_sdk.contrib.msgspec import MsgSpecWriter

from stagedoor.config import checked
from stagedoor.extension import PlatformSource
from stagedoor.plugins import load_plugins
from stagedoor.singer.tap import StagedoorTap
from tap_platform.settings import CONFIG_JSONSCHEMA

MARKER = "stagedoor"
"""Key in STATE that tells the target whether the tap has said everything."""


class TapPlatform(StagedoorTap):
    """Singer tap for event-ticketing platforms."""

    name = "tap-platform"
    # A copy: the SDK adds settings of its own.
    config_jsonschema: ClassVar[dict[str, Any]] = deepcopy(CONFIG_JSONSCHEMA)
    message_writer_class = MsgSpecWriter

    def discover_streams(self) -> Sequence[Stream]:
        """Return the streams of the chosen source.

        Raises:
            Misconfigured: No plugin registers the source, or its settings are wrong.
        """
        name = self.config.get("source") or ("sql" if self.config.get("database_url") else "sample")
        source = load_plugins(self.config.get("plugins") or ()).platform_source(name)
        return list(source.streams(self, self._settings(source)))

    def _settings(self, source: PlatformSource) -> BaseModel:
        given = dict(self.config.get(source.name) or {})
        if source.name == "sql" and self.config.get("database_url"):
            given.setdefault("url", self.config["database_url"])
        return checked(source.settings, self.name, given, source.name)

    # There is no other place before the first and after the last stream.
    def sync_all(self) -> None:  # type: ignore[misc] # the SDK marks it final
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
