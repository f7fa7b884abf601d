"""What plugins register, collected by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pluggy

from stagedoor import hookspecs
from stagedoor.errors import Misconfigured
from stagedoor.extension import (
    Bundle,
    Calculator,
    Caller,
    Codec,
    ListRule,
    ObjectType,
    PlatformSource,
)

if TYPE_CHECKING:
    import click

PROJECT = "stagedoor"
"""The name of hooks and of the entry-point group."""

CALLED = ("transform_records", "resolve_conflict", "after_settle")
"""Hooks whose functions the engine calls during a run, one plugin at a time."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a plugin was found."""

    plugin: str
    module: str
    file: str | None
    distribution: str | None = None
    """Name and version of the installed package that it belongs to."""
    version: str | None = None
    setting: str | None = None
    """How the setting `plugins` names it; absent for an installed package's entry point."""


def new_manager() -> pluggy.PluginManager:
    """Return a manager that knows the hooks, and no plugin."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    return manager


@dataclass(frozen=True)
class Plugins:
    """Everything that the installed and configured plugins registered, by name."""

    calculators: dict[tuple[str, str], Calculator] = field(default_factory=dict)
    """By object type and name."""
    object_types: dict[str, ObjectType] = field(default_factory=dict)
    codecs: dict[str, Codec] = field(default_factory=dict)
    platform_sources: dict[str, PlatformSource] = field(default_factory=dict)
    list_rules: dict[str, ListRule] = field(default_factory=dict)
    bundles: dict[str, Bundle] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    """Which plugin registered what, as `calculator contacts.total_spent` → plugin name."""
    sources: dict[str, Source] = field(default_factory=dict)
    """Where each plugin was found, in the order in which plugins are called."""
    manager: pluggy.PluginManager = field(default_factory=new_manager, repr=False)

    def add_commands(self, cli: click.Group) -> None:
        """Let every plugin add its commands to `cli`."""
        self.manager.hook.register_commands(cli=cli)

    def platform_source(self, name: str) -> PlatformSource:
        """Return the platform source of that name.

        Raises:
            Misconfigured: No plugin registers it.
        """
        source = self.platform_sources.get(name)
        if source is None:
            known = ", ".join(sorted(self.platform_sources))
            raise Misconfigured(
                f"No plugin registers the platform source {name!r}. "
                f"Set `source` to one of: {known}."
            )
        return source

    def callers(self, hook: str) -> tuple[Caller, ...]:
        """Return the plugins' functions for a hook that the engine calls, first to last.

        That is the order of `sources`, with `tryfirst` before and `trylast` after the others.
        """
        impls = getattr(self.manager.hook, hook).get_hookimpls()
        places = {name: place for place, name in enumerate(self.sources)}
        impls.sort(key=lambda i: (not i.tryfirst, i.trylast, places.get(i.plugin_name, 0)))
        return tuple(Caller(i.plugin_name, _taking_one(i.function, i.argnames)) for i in impls)

    def hooks_of(self, plugin: str) -> list[str]:
        """Return the names of the hooks that `plugin` has."""
        module = self.manager.get_plugin(plugin)
        return sorted(c.name for c in self.manager.get_hookcallers(module) or ())

    def calculator_added(self, calculator: Calculator, plugin: str) -> None:
        """Keep a calculator of `plugin`."""
        key = (calculator.object_type, calculator.name)
        what = f"calculator {calculator.object_type}.{calculator.name}"
        self._add(self.calculators, key, what, calculator, plugin)

    def object_type_added(self, object_type: ObjectType, plugin: str) -> None:
        """Keep an object type of `plugin`, with the relations that it defines."""
        name = object_type.name
        self._add(self.object_types, name, f"object type {name}", object_type, plugin)
        for relation in object_type.relations:
            self._claim(f"relation {relation}", plugin)

    def codec_added(self, codec: Codec, plugin: str) -> None:
        """Keep a codec of `plugin`."""
        self._add(self.codecs, codec.name, f"codec {codec.name}", codec, plugin)

    def list_rule_added(self, rule: ListRule, plugin: str) -> None:
        """Keep a list rule of `plugin`."""
        self._add(self.list_rules, rule.name, f"list rule {rule.name}", rule, plugin)

    def bundle_added(self, bundle: Bundle, plugin: str) -> None:
        """Keep a bundle of `plugin`."""
        self._add(self.bundles, bundle.name, f"bundle {bundle.name}", bundle, plugin)

    def platform_source_added(self, source: PlatformSource, plugin: str) -> None:
        """Keep a platform source of `plugin`."""
        what = f"platform source {source.name}"
        self._add(self.platform_sources, source.name, what, source, plugin)

    def _add(
        self, registry: dict[Any, Any], key: object, what: str, value: object, plugin: str
    ) -> None:
        self._claim(what, plugin)
        registry[key] = value

    def _claim(self, what: str, plugin: str) -> None:
        """Write down that `plugin` registers `what`; nobody else may."""
        if what in self.origins:
            raise Misconfigured(
                f"Plugins {self.origins[what]!r} and {plugin!r} both register {what}. "
                "Rename one of them, or uninstall one plugin."
            )
        self.origins[what] = plugin


def _taking_one(
    function: Callable[..., Any], argument_names: tuple[str, ...]
) -> Callable[[Any], Any]:
    """Return `function` as one of a single argument; a plugin may leave the hook's out."""
    if argument_names:
        return function
    return lambda _value: function()
