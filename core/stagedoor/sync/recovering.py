"""Mends what a run left behind that was cut off between the platform and the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stagedoor.engine.inbound import DOUBTED
from stagedoor.model import Base, ObjectRef
from stagedoor.state.ledger import Ledger
from stagedoor.state.writing import Arrived, Writing


def recover(ledger: Ledger, writing: Writing) -> dict[tuple[ObjectRef, str], str | None]:
    """Agree to writes that have arrived on the platform; return what HubSpot held of each."""
    arrived = writing.arrived()
    told: dict[ObjectRef, dict[str, str | None]] = {}
    for (ref, name), item in arrived.items():
        told.setdefault(ref, {})[name] = item.theirs
    bases: list[Base] = []
    for ref, properties in told.items():
        base = ledger.base(ref) or _made(ref, [arrived[ref, name] for name in properties])
        if base is not None:
            bases.append(replace(base, properties=properties, source_hash=DOUBTED))
    with ledger.transaction():
        ledger.settle(bases)
        writing.end(list(arrived))
    return {place: item.theirs for place, item in arrived.items()}


def _made(ref: ObjectRef, arrived: Sequence[Arrived]) -> Base | None:
    """Return the link of a row that was made of a record, and of which nobody wrote it down."""
    for item in arrived:
        if item.made_of is not None:
            return Base(ref, item.made_of, item.match_value, {}, DOUBTED)
    return None
