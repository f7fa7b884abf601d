"""Which properties HubSpot needs, has, and lacks; pure.

https://developers.hubspot.com/docs/guides/api/crm/properties
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
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


@dataclass(frozen=True, slots=True)
class Conflict:
    """One thing by which HubSpot contradicts a mapping."""

    property: str | None
    """Nothing when it is about the object type."""
    reason: str
    remedy: str
    needs: str = ""
    """The entry of the property's mapping at fault, where it is one."""

    def sentence(self, object_type: str) -> str:
        """Return it in words."""
        subject = f"{object_type}.{self.property}" if self.property else object_type
        return f"{subject} {self.reason}; {self.remedy}"


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
    conflicts = tuple(
        conflict.sentence(object_type)
        for object_type, definitions in required.items()
        for conflict in conflicts_of(definitions, existing[object_type], written[object_type])
    )
    return ProvisionPlan(missing, conflicts)


def conflicts_of(
    required: Sequence[PropertyDefinition],
    there: Mapping[str, PropertyDefinition],
    written: Sequence[str],
) -> Iterator[Conflict]:
    """Yield where the properties of one object type contradict those that must exist."""
    yield from _contradictions(required, there)
    yield from _unwritable(written, there, {definition.name for definition in required})
    yield from _too_many_unique([d for d in required if d.name not in there], there)


def _contradictions(
    definitions: Sequence[PropertyDefinition], there: Mapping[str, PropertyDefinition]
) -> Iterator[Conflict]:
    for wanted in definitions:
        found = there.get(wanted.name)
        if found is None:
            continue
        if found.type != wanted.type:
            yield Conflict(
                wanted.name,
                f"has the type {found.type} in HubSpot and {wanted.type} in the mapping",
                f"write `type: {found.type}` with a codec that fits, or map another name.",
                "type",
            )
        if wanted.has_unique_value and not found.has_unique_value:
            yield Conflict(
                wanted.name,
                "is not unique, and HubSpot cannot change that",
                "map another name.",
                "unique",
            )
        lacking = {o.value for o in wanted.options} - {o.value for o in found.options}
        if lacking and found.type == wanted.type:
            yield Conflict(
                wanted.name,
                f"lacks the options {', '.join(sorted(lacking))}",
                "add them in HubSpot, or take them out of `options`.",
                "options",
            )


def _unwritable(
    names: Sequence[str], there: Mapping[str, PropertyDefinition], made: set[str]
) -> Iterator[Conflict]:
    for name in names:
        if name in there and there[name].read_only:
            yield Conflict(name, "is read-only in HubSpot", "take it out of the mapping.")
        if name not in there and name not in made:
            yield Conflict(
                name,
                "does not exist in HubSpot",
                f"give it a `label` to have it made, or correct its name. {_near(name, there)}",
            )


def _near(name: str, there: Mapping[str, PropertyDefinition]) -> str:
    near = get_close_matches(name, there, n=1)
    return f"Did you mean `{near[0]}`?" if near else ""


def _too_many_unique(
    missing: Sequence[PropertyDefinition], there: Mapping[str, PropertyDefinition]
) -> Iterator[Conflict]:
    unique = sum(d.has_unique_value for d in (*there.values(), *missing))
    if any(d.has_unique_value for d in missing) and unique > MAX_UNIQUE:
        yield Conflict(
            None,
            f"would have {unique} properties with unique values; HubSpot allows {MAX_UNIQUE}",
            "archive one there, or take `unique` out.",
        )
