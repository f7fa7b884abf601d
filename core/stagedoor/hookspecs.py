"""The hooks. A plugin registers values or functions once, at start-up; the engine calls them.

`docs/hooks.md` has a heading, a signature and an example for each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import pluggy

from stagedoor.extension import (
    Bundle,
    Calculator,
    Codec,
    ListRule,
    ObjectType,
    PlatformSource,
    RecordBatch,
    Row,
)
from stagedoor.model import Conflict, Outcome, Resolution

if TYPE_CHECKING:
    import click

hookspec = pluggy.HookspecMarker("stagedoor")
hookimpl = pluggy.HookimplMarker("stagedoor")


@hookspec
def register_calculators(register: Callable[[Calculator], None]) -> None:
    """Register calculators of properties; all plugins' calculators are used."""


@hookspec
def register_object_types(register: Callable[[ObjectType], None]) -> None:
    """Register HubSpot object types to fill; all plugins' object types are used."""


@hookspec
def register_codecs(register: Callable[[Codec], None]) -> None:
    """Register codecs that a mapping may name; all plugins' codecs are available."""


@hookspec
def register_list_rules(register: Callable[[ListRule], None]) -> None:
    """Register rules that lists of a mapping may name; all plugins' rules are available."""


@hookspec
def register_bundles(register: Callable[[Bundle], None]) -> None:
    """Register parts of a mapping that a document may extend."""


@hookspec
def register_platform_sources(register: Callable[[PlatformSource], None]) -> None:
    """Register platform sources; the tap's setting `source` chooses one."""


@hookspec
def transform_records(batch: RecordBatch) -> Iterable[Row] | None:
    """Return the records that the replica takes instead; each plugin gets the one before's."""


@hookspec(firstresult=True)
def resolve_conflict(conflict: Conflict) -> Resolution | None:
    """Return the value that both sides get; the first plugin with an answer decides."""


@hookspec
def after_settle(outcomes: Sequence[Outcome]) -> None:
    """Learn what became of objects that were sent; every plugin is told."""


@hookspec
def register_commands(cli: click.Group) -> None:
    """Add commands to `stagedoor`."""
