"""The built-in plugins, registered through the same door as anybody else's."""

from __future__ import annotations

from collections.abc import Callable

from stagedoor.extension import Calculator, Codec, ObjectType
from stagedoor.hookspecs import hookimpl
from stagedoor.mapping import codecs

from stagedoor_plugins import calculators, object_types


@hookimpl
def register_calculators(register: Callable[[Calculator], None]) -> None:
    """Register the built-in calculators."""
    for calculator in calculators.BUILT_IN:
        register(calculator)


@hookimpl
def register_object_types(register: Callable[[ObjectType], None]) -> None:
    """Register contacts, companies, deals and tickets."""
    for object_type in object_types.built_in():
        register(object_type)


@hookimpl
def register_codecs(register: Callable[[Codec], None]) -> None:
    """Register the built-in codecs."""
    for codec in codecs.BUILT_IN:
        register(codec)
