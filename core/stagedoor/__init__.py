"""Stagedoor connects an event-ticketing platform with HubSpot, both ways."""

from stagedoor.extension import (
    AssociationSource,
    Calculator,
    Codec,
    NewRecord,
    ObjectType,
    PlatformChange,
    PlatformOutcome,
    PlatformSource,
    PlatformWriter,
    RecordBatch,
)
from stagedoor.hookspecs import hookimpl
from stagedoor.model import AssociationType, Conflict, Outcome, Resolution

__all__ = [
    "AssociationSource",
    "AssociationType",
    "Calculator",
    "Codec",
    "Conflict",
    "NewRecord",
    "ObjectType",
    "Outcome",
    "PlatformChange",
    "PlatformOutcome",
    "PlatformSource",
    "PlatformWriter",
    "RecordBatch",
    "Resolution",
    "hookimpl",
]
