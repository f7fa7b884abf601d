"""Rows of the neutral streams, complete and in the streams' types."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from stagedoor.streams import StreamSpec
from stagedoor_plugins.platform_sources.conform import Conform, conformer

Row = dict[str, Any]


def complete(spec: StreamSpec, **fields: Any) -> Row:
    """Return a row with every field of the stream; those not given are null."""
    conform = _conformers(spec)
    return {name: to(fields.get(name)) for name, to in conform.items()}


@cache
def _conformers(spec: StreamSpec) -> Mapping[str, Conform]:
    return {field.name: conformer(spec, field.name) for field in spec.fields}
