"""Opens what writes to the platform that the settings name."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from stagedoor.config import PlatformSettings
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
    name, source = settings.source_name, _source(settings, plugins)
    make = getattr(source, "writer", None)
    if make is None:
        raise Misconfigured(
            f"The platform source {name!r} takes no writes. Take `inbound` out of the mapping, or "
            "let the source have a `writer`; docs/platforms/writing-a-source.md says how."
        )
    writer: PlatformWriter = make(_checked(source, settings.of(name)))
    return writer


def open_hints(settings: PlatformSettings, plugins: Plugins) -> tuple[HintingPlatform, Any] | None:
    """Return the platform source with its settings, where its platform calls; else nothing.

    Raises:
        Misconfigured: No plugin registers the source, or its settings are wrong.
    """
    source: Any = _source(settings, plugins)
    if not hasattr(source, "hear"):
        return None
    return source, _checked(source, settings.of(settings.source_name))


def _source(settings: PlatformSettings, plugins: Plugins) -> PlatformSource:
    name = settings.source_name
    source = plugins.platform_sources.get(name)
    if source is None:
        known = ", ".join(sorted(plugins.platform_sources))
        raise Misconfigured(
            f"No plugin registers the platform source {name!r}. Set `source` to one of: {known}."
        )
    return source


def _checked(source: PlatformSource, given: dict[str, Any]) -> Any:
    try:
        return source.settings.model_validate(given)
    except ValidationError as error:
        wrong = "; ".join(
            f"`{source.name}.{'.'.join(map(str, item['loc']))}`: {item['msg']}"
            for item in error.errors()
        )
        raise Misconfigured(f"Settings of the platform are wrong: {wrong}.") from error


class RehearsingWriter:
    """Takes every change and writes none, for a dry run."""

    def write(self, change: PlatformChange) -> PlatformOutcome:
        """Return the outcome as if all of it had been written."""
        return PlatformOutcome(change, tuple(change.values))

    def create(self, change: PlatformChange, unique: str | None = None) -> PlatformOutcome:
        """Return the outcome as if the row had been made, whatever is `unique`."""
        del unique
        return PlatformOutcome(change, tuple(change.values))
