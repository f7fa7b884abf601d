"""Which properties HubSpot needs, has, and lacks; pure.

https://developers.hubspot.com/docs/guides/api/crm/properties
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MAX_UNIQUE = 10
"""Properties with unique values that an object type may have."""

GROUP_LABEL = "Stagedoor"


@dataclass(frozen=True, slots=True)
class PropertyOption:
    """One choice of an enumeration."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class PropertyDefinition:
    """A HubSpot property."""

    name: str
    label: str
    type: str
    field_type: str
    group: str
    description: str = ""
    options: tuple[PropertyOption, ...] = ()
    has_unique_value: bool = False
    read_only: bool = False

    def as_input(self) -> dict[str, Any]:
        """Return the body that makes it."""
        return {
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.field_type,
            "groupName": self.group,
            "description": self.description,
            "hasUniqueValue": self.has_unique_value,
            "options": [
                {"value": o.value, "label": o.label, "displayOrder": n, "hidden": False}
                for n, o in enumerate(self.options)
            ]
            or (_YES_NO if self.type == "bool" else []),
        }


_YES_NO = [
    {"value": "true", "label": "Yes", "displayOrder": 0, "hidden": False},
    {"value": "false", "label": "No", "displayOrder": 1, "hidden": False},
]


def from_payload(payload: Mapping[str, Any]) -> PropertyDefinition:
    """Return the definition that HubSpot tells."""
    modification = payload.get("modificationMetadata") or {}
    return PropertyDefinition(
        name=str(payload["name"]),
        label=str(payload.get("label", "")),
        type=str(payload.get("type", "string")),
        field_type=str(payload.get("fieldType", "")),
        group=str(payload.get("groupName", "")),
        description=str(payload.get("description") or ""),
        options=tuple(
            PropertyOption(str(o["value"]), str(o.get("label", "")))
            for o in _ordered(payload.get("options") or ())
        ),
        has_unique_value=bool(payload.get("hasUniqueValue")),
        read_only=bool(payload.get("calculated") or modification.get("readOnlyValue")),
    )


def _ordered(options: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return options as people see them; those with -1 for their place come last."""

    def place(option: Mapping[str, Any]) -> float:
        order = option.get("displayOrder")
        return float("inf") if order is None or int(order) < 0 else float(order)

    return sorted(options, key=place)


@dataclass(frozen=True, slots=True)
class ProvisionPlan:
    """What to make in HubSpot, and what stands in the way."""

    missing: dict[str, tuple[PropertyDefinition, ...]]
    """Properties to make, by object type."""
    conflicts: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether HubSpot has all it needs."""
        return not any(self.missing.values())

    def explain(self) -> str:
        """Return the plan in words, one line per property."""
        lines = list(self.conflicts)
        for object_type, definitions in self.missing.items():
            lines += [
                f"  make {object_type}.{d.name} ({d.type}{', unique' * d.has_unique_value})"
                f" in group {d.group}"
                for d in definitions
            ]
        return "\n".join(lines) or "HubSpot has every property that the mapping writes."


Definitions = Mapping[str, Mapping[str, PropertyDefinition]]


def provision_plan(
    required: Mapping[str, Sequence[PropertyDefinition]],
    existing: Definitions,
    written: Mapping[str, Sequence[str]],
) -> ProvisionPlan:
    """Compare the properties that must exist with those that do.

    `written` names all properties that the mapping writes, by object type.
    """
    missing = {
        object_type: tuple(d for d in definitions if d.name not in existing[object_type])
        for object_type, definitions in required.items()
    }
    conflicts: list[str] = []
    for object_type, definitions in required.items():
        there = existing[object_type]
        made = {definition.name for definition in definitions}
        conflicts += _contradictions(object_type, definitions, there)
        conflicts += _unwritable(object_type, written[object_type], there, made)
        conflicts += _too_many_unique(object_type, missing[object_type], there)
    return ProvisionPlan(missing, tuple(conflicts))


def _contradictions(
    object_type: str,
    definitions: Sequence[PropertyDefinition],
    there: Mapping[str, PropertyDefinition],
) -> Iterator[str]:
    for wanted in definitions:
        found = there.get(wanted.name)
        if found is None:
            continue
        where = f"{object_type}.{wanted.name}"
        if found.type != wanted.type:
            yield f"{where} has the type {found.type}; the mapping wants {wanted.type}."
        if wanted.has_unique_value and not found.has_unique_value:
            yield f"{where} is not unique; HubSpot cannot change that: map another name."
        lacking = {o.value for o in wanted.options} - {o.value for o in found.options}
        if lacking:
            yield f"{where} lacks the options {', '.join(sorted(lacking))}."


def _unwritable(
    object_type: str,
    names: Sequence[str],
    there: Mapping[str, PropertyDefinition],
    made: set[str],
) -> Iterator[str]:
    for name in names:
        if name in there and there[name].read_only:
            yield f"{object_type}.{name} is read-only in HubSpot; take it out of the mapping."
        if name not in there and name not in made:
            yield f"{object_type}.{name} does not exist; give it a `label` to have it made."


def _too_many_unique(
    object_type: str,
    missing: Sequence[PropertyDefinition],
    there: Mapping[str, PropertyDefinition],
) -> Iterator[str]:
    unique = sum(d.has_unique_value for d in (*there.values(), *missing))
    if any(d.has_unique_value for d in missing) and unique > MAX_UNIQUE:
        yield (
            f"{object_type} would have {unique} properties with unique values; HubSpot allows "
            f"{MAX_UNIQUE}. Archive one there."
        )
