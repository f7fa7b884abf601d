"""Mends what a run left behind that was cut off between the platform and the ledger."""

from __future__ import annotations

from dataclasses import replace

from stagedoor.engine.inbound import DOUBTED
from stagedoor.model import Base, ObjectRef
from stagedoor.state.ledger import Ledger
from stagedoor.state.writing import Writing


def recover(ledger: Ledger, writing: Writing) -> dict[tuple[ObjectRef, str], str | None]:
    """Agree to writes that have arrived on the platform; return what HubSpot held of each."""
    arrived = writing.arrived()
    bases: dict[ObjectRef, Base] = {}
    for (ref, name), theirs in arrived.items():
        base = bases.get(ref) or ledger.base(ref)
        if base is not None:
            told = {**(base.properties if ref in bases else {}), name: theirs}
            bases[ref] = replace(base, properties=told, source_hash=DOUBTED)
    ledger.settle(list(bases.values()))
    writing.end(list(arrived))
    return arrived
