"""Compares what a portal holds with what it must hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from support.pretix.oracle import Expected

KINDS = ("contacts", "companies", "deals")
PLAIN = (3, 341)
"""Association types from deals to contacts and to companies."""


def objects(export: Mapping[str, Any], kind: str) -> dict[str, dict[str, str]]:
    """Return the records of a type by name; what was cleared counts as absent."""
    return {
        record["name"]: {name: value for name, value in record["properties"].items() if value != ""}
        for record in export["objects"][kind]
    }


def pairs(export: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Return which deal belongs to which contact and which company."""
    return {
        (one, other)
        for kind, one, _, other, number in export["associations"]
        if kind == "deals" and number in PLAIN
    }


def differences(export: Mapping[str, Any], expected: Expected) -> list[str]:
    """Return what is missing, too much, or wrong in a portal.

    Who left the platform stays in HubSpot, since Stagedoor deletes nothing by itself.
    """
    found = []
    for kind in KINDS:
        held, wanted = objects(export, kind), getattr(expected, kind)
        for name, properties in wanted.items():
            if name not in held:
                found.append(f"{kind} {name} is missing")
                continue
            for prop, value in properties.items():
                if not same(held[name].get(prop), value):
                    found.append(
                        f"{kind} {name}: {prop} is {held[name].get(prop)!r}, not {value!r}"
                    )
    here = {name for kind in KINDS for name in getattr(expected, kind)}
    linked = {pair for pair in pairs(export) if here.issuperset(pair)}
    found += [f"{pair} are linked" for pair in sorted(linked - expected.pairs)]
    found += [f"{pair} are not linked" for pair in sorted(expected.pairs - linked)]
    return found


def surplus(export: Mapping[str, Any], expected: Expected) -> set[str]:
    """Return what a portal holds that the platform does not."""
    return {
        name for kind in KINDS for name in objects(export, kind).keys() - getattr(expected, kind)
    }


def same(held: str | None, wanted: Any) -> bool:
    """Return whether HubSpot's text says this value."""
    if wanted is None or held is None:
        return held is wanted
    match wanted:
        case bool():
            return held == str(wanted).lower()
        case int() | Decimal():
            return Decimal(held) == wanted
        case datetime():
            return datetime.fromisoformat(held).replace(tzinfo=None) == wanted
        case _:
            return held == str(wanted)
