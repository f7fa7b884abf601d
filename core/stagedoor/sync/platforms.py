"""Opens what writes to the platform that the settings name."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from stagedoor.config import PlatformSettings, checked
from stagedoor.errors import Misconfigured
from stagedoor.extension import (
    HintingPlatform,
    PlatformChange,
    PlatformOutcome,
    PlatformSource,
    PlatformWriter,
)
from stagedoor.plugins import Plugins


def open_writer(settings: PlatformSettings, plugins: Plugins) -> PlatformWriter:
    """Return what writes to the platform.

    Raises:
        Misconfigured: No plugin registers the source, it takes no writes, or its settings are
            wrong.
    """
    name, source = settings.source_name, plugins.platform_source(settings.source_name)
    make = getattr(source, "writer", None)
    if make is None:
        raise Misconfigured(
            f"The platform source {name!r} takes no writes. Take `inbound` out of the mapping, or "
            "let the source have a `writer`; docs/platforms/writing-a-source.md says how."
        )
    writer: PlatformWriter = make(_checked(source, settings))
    return writer


def open_hints(settings: PlatformSettings, plugins: Plugins) -> tuple[HintingPlatform, Any] | None:
    """Return the platform source with its settings, where its platform calls; else nothing.

    Raises:
        Misconfigured: No plugin registers the source, or its settings are wrong.
    """
    source: Any = plugins.platform_source(settings.source_name)
    if not hasattr(source, "hear"):
        return None
    return source, _checked(source, settings)


def _checked(source: PlatformSource, settings: PlatformSettings) -> BaseModel:
    return checked(source.settings, "the platform", settings.of(source.name), source.name)


class RehearsingWriter:
    """Takes every change and writes none, for a dry run."""

    def write(self, change: PlatformChange) -> PlatformOutcome:
        """Return the outcome as if all of it had been written."""
        return PlatformOutcome(change, tuple(change.values))

    def create(self, change: PlatformChange, unique: str | None = None) -> PlatformOutcome:
        """Return the outcome as if the row had been made, whatever is `unique`."""
        del unique
        return PlatformOutcome(change, tuple(change.values))
