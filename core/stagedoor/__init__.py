"""Stagedoor connects an event-ticketing platform with HubSpot, both ways."""

from stagedoor.extension import (
    AssociationSource,
    Bundle,
    Calculator,
    Codec,
    Hint,
    HintingPlatform,
    KeptRelations,
    ListRule,
    NewRecord,
    ObjectType,
    PlatformChange,
    PlatformOutcome,
    PlatformSource,
    PlatformWriter,
    RecordBatch,
    RuleParameter,
)
from stagedoor.hookspecs import hookimpl
from stagedoor.model import AssociationType, Conflict, Outcome, Resolution

__all__ = [
    "AssociationSource",
    "AssociationType",
    "Bundle",
    "Calculator",
    "Codec",
    "Conflict",
    "Hint",
    "HintingPlatform",
    "KeptRelations",
    "ListRule",
    "NewRecord",
    "ObjectType",
    "Outcome",
    "PlatformChange",
    "PlatformOutcome",
    "PlatformSource",
    "PlatformWriter",
    "RecordBatch",
    "Resolution",
    "RuleParameter",
    "hookimpl",
]
