"""The built-in plugins, registered through the same door as anybody else's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from stagedoor.extension import Bundle, Calculator, Codec, ListRule, ObjectType, PlatformSource
from stagedoor.hookspecs import hookimpl
from stagedoor.mapping import codecs
from stagedoor_plugins import bundles, calculators, list_rules, object_types

if TYPE_CHECKING:
    import click


@hookimpl
def register_calculators(register: Callable[[Calculator], None]) -> None:
    """Register the built-in calculators."""
    for calculator in calculators.BUILT_IN:
        register(calculator)


@hookimpl
def register_object_types(register: Callable[[ObjectType], None]) -> None:
    """Register contacts, companies, deals, tickets and marketing events."""
    for object_type in object_types.built_in():
        register(object_type)


@hookimpl
def register_codecs(register: Callable[[Codec], None]) -> None:
    """Register the built-in codecs."""
    for codec in codecs.BUILT_IN:
        register(codec)


@hookimpl
def register_list_rules(register: Callable[[ListRule], None]) -> None:
    """Register the ready-made list rules."""
    for rule in list_rules.BUILT_IN:
        register(rule)


@hookimpl
def register_bundles(register: Callable[[Bundle], None]) -> None:
    """Register the parts of a mapping that are not part of the default one."""
    for bundle in bundles.built_in():
        register(bundle)


@hookimpl
def register_platform_sources(register: Callable[[PlatformSource], None]) -> None:
    """Register the sample platform, SQL databases and pretix."""
    # Imported here since only a tap reads platforms; a target starts without SQLAlchemy streams.
    from stagedoor_plugins.platform_sources import pretix, sample, sql  # noqa: PLC0415 - taps alone

    register(sample.SampleSource())
    register(sql.SqlSource())
    register(pretix.PretixSource())


@hookimpl
def register_commands(cli: click.Group) -> None:
    """Add `stagedoor sample`."""
    from stagedoor_plugins.sample_platform.commands import sample  # noqa: PLC0415 - only for commands

    cli.add_command(sample)
