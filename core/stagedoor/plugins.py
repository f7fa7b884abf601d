"""Finds plugins, checks them, and collects what they register into one value."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pluggy

from stagedoor import hookspecs
from stagedoor.errors import Misconfigured
from stagedoor.extension import Calculator, Codec, ObjectType, PlatformSource

if TYPE_CHECKING:
    import click

ENTRY_POINT_GROUP = "stagedoor"


@dataclass(frozen=True)
class Plugins:
    """Everything that the installed and configured plugins registered, by name."""

    calculators: dict[tuple[str, str], Calculator] = field(default_factory=dict)
    """By object type and name."""
    object_types: dict[str, ObjectType] = field(default_factory=dict)
    codecs: dict[str, Codec] = field(default_factory=dict)
    platform_sources: dict[str, PlatformSource] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    """Which plugin registered what, as `calculator contacts.total_spent` → plugin name."""
    manager: pluggy.PluginManager = field(
        default_factory=lambda: pluggy.PluginManager(ENTRY_POINT_GROUP), repr=False
    )

    def add_commands(self, cli: click.Group) -> None:
        """Let every plugin add its commands to `cli`."""
        self.manager.hook.register_commands(cli=cli)


def load_plugins(configured: Sequence[str] = ()) -> Plugins:
    """Return what the entry points of group `stagedoor` and `configured` plugins register.

    `configured` holds module names or paths of single Python files.

    Raises:
        Misconfigured: A plugin cannot be imported, misspells a hook, fails while registering,
            or registers a name that another plugin has registered.
    """
    manager = pluggy.PluginManager(ENTRY_POINT_GROUP)
    manager.add_hookspecs(hookspecs)
    for name, module in _modules(configured):
        _register(manager, name, module)
    try:
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise Misconfigured(
            f"Plugin {manager.get_name(error.plugin)!r} has a hook that does not exist: {error}. "
            "The hooks are listed in docs/hooks.md; check its spelling."
        ) from error
    return _collect(manager)


def _modules(configured: Sequence[str]) -> list[tuple[str, ModuleType]]:
    found = importlib.metadata.entry_points(group=ENTRY_POINT_GROUP)
    modules = [(point.name, _import(point.name, point.load)) for point in sorted(found)]
    modules += [(name, _import(name, partial(_load, name))) for name in configured]
    return modules


def _import(name: str, load: Callable[[], ModuleType]) -> ModuleType:
    try:
        return load()
    except Exception as error:
        raise Misconfigured(
            f"Plugin {name!r} cannot be imported: {type(error).__name__}: {error}. "
            "Mend or uninstall it, or take it out of the setting `plugins`."
        ) from error


def _load(reference: str) -> ModuleType:
    if not reference.endswith(".py"):
        return importlib.import_module(reference)
    path = Path(reference).resolve()
    name = f"stagedoor_local_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise FileNotFoundError(f"no file {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _register(manager: pluggy.PluginManager, name: str, module: ModuleType) -> None:
    try:
        manager.register(module, name=name)
    except (pluggy.PluginValidationError, ValueError) as error:
        raise Misconfigured(
            f"Plugin {name!r} cannot be registered: {error}. Compare it with docs/hooks.md."
        ) from error


def _collect(manager: pluggy.PluginManager) -> Plugins:
    plugins = Plugins(manager=manager)
    for name, plugin in manager.list_name_plugin():
        if plugin is None:
            continue
        collectors: dict[str, Callable[..., None]] = {
            "register_calculators": lambda c, who=name: _add(
                plugins,
                plugins.calculators,
                (c.object_type, c.name),
                f"calculator {c.object_type}.{c.name}",
                c,
                who,
            ),
            "register_object_types": lambda o, who=name: _add(
                plugins, plugins.object_types, o.name, f"object type {o.name}", o, who
            ),
            "register_codecs": lambda c, who=name: _add(
                plugins, plugins.codecs, c.name, f"codec {c.name}", c, who
            ),
            "register_platform_sources": lambda s, who=name: _add(
                plugins, plugins.platform_sources, s.name, f"platform source {s.name}", s, who
            ),
        }
        for hook, register in collectors.items():
            _call(manager, hook, plugin, name, register)
    return plugins


def _call(
    manager: pluggy.PluginManager,
    hook: str,
    plugin: object,
    name: str,
    register: Callable[..., None],
) -> None:
    """Call one hook of one plugin only, so that an error names its plugin."""
    others = [other for other in manager.get_plugins() if other is not plugin]
    try:
        manager.subset_hook_caller(hook, others)(register=register)
    except Misconfigured:
        raise
    except Exception as error:
        raise Misconfigured(
            f"Plugin {name!r} failed in {hook}: {type(error).__name__}: {error}. "
            "Mend it, or take it out of the setting `plugins`."
        ) from error


def _add(
    plugins: Plugins,
    registry: dict[Any, Any],
    key: object,
    what: str,
    value: object,
    plugin: str,
) -> None:
    if key in registry:
        raise Misconfigured(
            f"Plugins {plugins.origins[what]!r} and {plugin!r} both register {what}. "
            "Rename one of them, or uninstall one plugin."
        )
    registry[key] = value
    plugins.origins[what] = plugin
