"""Finds plugins, checks them, and lets them register what they have."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType

import pluggy

from stagedoor.errors import Misconfigured
from stagedoor.plugins.registry import CALLED, PROJECT, Plugins, Source


def load_plugins(configured: Sequence[str] = ()) -> Plugins:
    """Return what the entry points of group `stagedoor` and `configured` plugins register.

    `configured` holds module names or paths of single Python files.

    Raises:
        Misconfigured: A plugin cannot be imported, misspells a hook, fails while registering,
            or registers a name that another plugin has registered.
    """
    plugins = Plugins()
    for source, module in _found(configured):
        _register(plugins.manager, source.plugin, module)
        plugins.sources[source.plugin] = source
    _check_hooks(plugins)
    for name in plugins.sources:
        _collect(plugins, name)
    return plugins


def _found(configured: Sequence[str]) -> Iterator[tuple[Source, ModuleType]]:
    """Yield installed plugins by name, then configured ones as they are listed."""
    for point in sorted(importlib.metadata.entry_points(group=PROJECT)):
        module = _import(point.name, point.load)
        dist = point.dist
        yield (
            Source(
                point.name,
                point.value,
                getattr(module, "__file__", None),
                dist.name if dist else None,
                dist.version if dist else None,
            ),
            module,
        )
    for name in configured:
        module = _import(name, partial(_load, name))
        file = getattr(module, "__file__", None)
        yield Source(name, module.__name__, file, setting=name), module


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


def _check_hooks(plugins: Plugins) -> None:
    """Make sure that every hook of every plugin exists, and is one that the engine can call."""
    manager = plugins.manager
    try:
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise Misconfigured(
            f"Plugin {manager.get_name(error.plugin)!r} has a hook that does not exist: {error}. "
            "The hooks are listed in docs/hooks.md; check its spelling."
        ) from error
    for hook in CALLED:
        for impl in getattr(manager.hook, hook).get_hookimpls():
            if impl.wrapper or impl.hookwrapper:
                raise Misconfigured(
                    f"Plugin {impl.plugin_name!r} wraps {hook}, which is called plugin by plugin, "
                    "so that there is nothing to wrap. Take `wrapper` out of its `hookimpl`."
                )


def _collect(plugins: Plugins, name: str) -> None:
    """Let one plugin register what it has."""
    collectors: dict[str, Callable[..., None]] = {
        "register_calculators": plugins.calculator_added,
        "register_object_types": plugins.object_type_added,
        "register_codecs": plugins.codec_added,
        "register_list_rules": plugins.list_rule_added,
        "register_bundles": plugins.bundle_added,
        "register_platform_sources": plugins.platform_source_added,
    }
    for hook, add in collectors.items():
        _call(plugins.manager, hook, name, partial(add, plugin=name))


def _call(
    manager: pluggy.PluginManager, hook: str, name: str, register: Callable[..., None]
) -> None:
    """Call one hook of one plugin only, so that an error names its plugin."""
    plugin = manager.get_plugin(name)
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
