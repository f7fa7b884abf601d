"""Stagedoor connects an event-ticketing platform with HubSpot, both ways."""

from stagedoor.extension import AssociationSource, Calculator, Codec, ObjectType, PlatformSource
from stagedoor.hookspecs import hookimpl
from stagedoor.model import AssociationType

__all__ = [
    "AssociationSource",
    "AssociationType",
    "Calculator",
    "Codec",
    "ObjectType",
    "PlatformSource",
    "hookimpl",
]
