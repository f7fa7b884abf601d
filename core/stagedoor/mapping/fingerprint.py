"""What of a mapping decides about values; and in which words a change of it is told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from stagedoor.extension import Calculator
from stagedoor.mapping.document import ObjectMapping

Parts: TypeAlias = dict[str, Any]
"""The parts of one entry that decide about values; as JSON."""

_NOT_ITS_VALUE = {
    *("label", "description", "group", "type", "field_type", "unique", "options"),
    *("inbound", "to"),
}
"""Entries of a property that say how it is made in HubSpot, or how it goes back."""

PLATFORM = "platform rows changed"


def parts_of(mapping: ObjectMapping, calculators: Mapping[str, Calculator]) -> Parts:
    """Return the parts of a mapping, and the versions of the calculators that it uses."""
    used = {entry.calculator for entry in mapping.properties.values() if entry.calculator}
    return {
        "match_key": mapping.match_key,
        "properties": {
            name: entry.model_dump(
                mode="json", by_alias=True, exclude=_NOT_ITS_VALUE, exclude_defaults=True
            )
            for name, entry in mapping.properties.items()
        },
        "calculators": {
            name: [calculators[name].version, _digest(calculators[name].sql or "")]
            for name in sorted(used)
        },
    }


def fingerprint(mapping: ObjectMapping, calculators: Mapping[str, Calculator]) -> str:
    """Return a hash that changes when the mapping or a calculator it uses does."""
    return _digest(json.dumps(parts_of(mapping, calculators), sort_keys=True))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def why(name: str, before: Parts | None, after: Parts) -> str:
    """Return why the property `name` of an object would be written."""
    if before is None:
        return PLATFORM
    was, now = before["properties"].get(name), after["properties"].get(name, {})
    if was is None:
        return "mapping changed: new"
    if was != now:
        return f"mapping changed: {', '.join(_edited(was, now))}"
    return _calculator(str(now.get("calculator")), before, after) or PLATFORM


def edits(before: Parts | None, after: Parts) -> Iterator[str]:
    """Yield each edit of a mapping in few words: `+loyalty_note`, `-phone`, `dealstage values`."""
    was, now = (before or after)["properties"], after["properties"]
    yield from (f"+{name}" for name in now if name not in was)
    yield from (f"-{name}" for name in was if name not in now)
    for name in now:
        if name in was and was[name] != now[name]:
            yield f"{name} {', '.join(_edited(was[name], now[name]))}"


def recalculated(before: Parts | None, after: Parts) -> Iterator[str]:
    """Yield each calculator that computes otherwise than before."""
    if before is not None:
        for name in after["calculators"]:
            if told := _calculator(name, before, after):
                yield told


def _calculator(name: str, before: Parts, after: Parts) -> str | None:
    was, now = before["calculators"].get(name), after["calculators"].get(name)
    if was is None or was == now:
        return None
    return f"calculator {name} version {now[0]}" if was[0] != now[0] else f"calculator {name} SQL"


def _edited(was: Parts, now: Parts) -> list[str]:
    return [key for key in dict.fromkeys((*was, *now)) if was.get(key) != now.get(key)]
