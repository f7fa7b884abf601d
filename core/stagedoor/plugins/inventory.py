"""Who registered what: the plugins as `stagedoor plugins` tells of them."""

from __future__ import annotations

import importlib.metadata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from stagedoor.errors import Misconfigured
from stagedoor.plugins.registry import CALLED, Plugins, Source

Distribution: TypeAlias = tuple[str, str]
"""Name and version of an installed package."""


@dataclass(frozen=True, slots=True)
class Description:
    """One plugin: where it is from, and what it registers."""

    plugin: str
    found_by: str
    """`entry point` or `setting`."""
    module: str
    file: str | None
    package: str | None
    version: str | None
    environment: str
    """Folder of the Python environment that it runs in."""
    hooks: tuple[str, ...]
    registers: tuple[str, ...]

    @property
    def origin(self) -> str:
        """Where it is from, in one word or two."""
        return f"{self.package} {self.version}" if self.package else self.file or self.module

    @property
    def summary(self) -> str:
        """What it registers, counted by kind, and its hooks that the engine calls."""
        kinds = Counter(what.rpartition(" ")[0] for what in self.registers)
        counted = [f"{n} {kind}{'s' if n > 1 else ''}" for kind, n in kinds.items()]
        others = [hook for hook in self.hooks if hook in CALLED or hook == "register_commands"]
        return ", ".join((*counted, *others)) or "nothing"


def distribution_of(module: str) -> Distribution | None:
    """Return the installed package that a module belongs to, if any does."""
    names = importlib.metadata.packages_distributions().get(module.partition(".")[0])
    return (names[0], importlib.metadata.version(names[0])) if names else None


def describe(
    plugins: Plugins,
    environment: str,
    distribution: Callable[[str], Distribution | None] = distribution_of,
) -> Iterator[Description]:
    """Yield the plugins in the order in which they are called."""
    for name, source in plugins.sources.items():
        package, version = _package(source, distribution)
        yield Description(
            plugin=name,
            found_by="setting" if source.setting else "entry point",
            module=source.module,
            file=source.file,
            package=package,
            version=version,
            environment=environment,
            hooks=tuple(plugins.hooks_of(name)),
            registers=tuple(what for what, who in plugins.origins.items() if who == name),
        )


def choose(described: list[Description], name: str) -> Description:
    """Return the plugin of this name; for a single file, its name without folder will do.

    Raises:
        Misconfigured: There is none, or several.
    """
    exact = [d for d in described if d.plugin == name]
    found = exact or [d for d in described if Path(d.plugin).stem == Path(name).stem]
    if len(found) == 1:
        return found[0]
    known = ", ".join(d.plugin for d in described)
    raise Misconfigured(f"There is no plugin {name!r}, or more than one. There are: {known}.")


def _package(
    source: Source, distribution: Callable[[str], Distribution | None]
) -> tuple[str | None, str | None]:
    if source.distribution or source.setting is None or source.setting.endswith(".py"):
        return source.distribution, source.version
    return distribution(source.module) or (None, None)
