"""Makes sure that HubSpot has every property the mapping writes, before the first write."""

from __future__ import annotations

from collections.abc import Iterable

from stagedoor.config import HubSpotSettings
from stagedoor.errors import Misconfigured
from stagedoor.hubspot.marketing_events import FIELDS
from stagedoor.hubspot.marketing_events import OBJECT_TYPE as MARKETING_EVENTS
from stagedoor.hubspot.portal import Portal
from stagedoor.hubspot.schema import PropertyDefinition, PropertyOption, ProvisionPlan
from stagedoor.hubspot.schema import provision_plan as compare
from stagedoor.mapping.document import MappingDocument, Property
from stagedoor.model import Refusal
from stagedoor.sync.session import Session

_FIELD_TYPES = {
    "string": "text",
    "number": "number",
    "date": "date",
    "datetime": "date",
    "enumeration": "select",
    "bool": "booleancheckbox",
}


def required_properties(document: MappingDocument) -> dict[str, list[PropertyDefinition]]:
    """Return the properties that the mapping makes, by HubSpot's object type.

    Where several entries make one property, the first one's definition counts.
    """
    required: dict[str, dict[str, PropertyDefinition]] = {}
    for name, mapping in document.objects.items():
        made = required.setdefault(mapping.object_type or name, {})
        for property_name, entry in mapping.properties.items():
            if entry.label is not None:
                made.setdefault(property_name, _definition(property_name, entry))
    return {hubspot_type: list(made.values()) for hubspot_type, made in required.items()}


def written_properties(document: MappingDocument) -> dict[str, tuple[str, ...]]:
    """Return the names of all properties that the mapping writes, by HubSpot's object type."""
    written: dict[str, dict[str, None]] = {}
    for name, mapping in document.objects.items():
        hubspot_type = mapping.object_type or name
        # What the API of marketing events says itself is no property.
        fields = FIELDS if hubspot_type == MARKETING_EVENTS else frozenset()
        names = (n for n in mapping.properties if n not in fields)
        written.setdefault(hubspot_type, {}).update(dict.fromkeys(names))
    return {hubspot_type: tuple(names) for hubspot_type, names in written.items()}


def _definition(name: str, entry: Property) -> PropertyDefinition:
    return PropertyDefinition(
        name=name,
        label=entry.label or name,
        type=entry.type,
        field_type=entry.field_type or _FIELD_TYPES[entry.type],
        group=entry.group,
        description=entry.description,
        options=tuple(PropertyOption(o.value, o.label) for o in entry.options),
        has_unique_value=entry.unique,
    )


def plan_provision(document: MappingDocument, portal: Portal) -> ProvisionPlan:
    """Return what HubSpot lacks, and where it contradicts the mapping; reads only."""
    written = written_properties(document)
    existing = {name: portal.property_definitions(name) for name in written}
    return compare(required_properties(document), existing, written)


def apply_provision(plan: ProvisionPlan, portal: Portal) -> None:
    """Make the missing groups and properties."""
    for name, definitions in plan.missing.items():
        if definitions:
            portal.create_properties(name, definitions)


def may_provision(settings: HubSpotSettings) -> bool:
    """Whether a run may make in HubSpot what the mapping needs."""
    return settings.provision == "apply" or (settings.provision == "auto" and settings.is_sandbox)


def missing_events(document: MappingDocument, portal: Portal) -> list[str]:
    """Return the behavioural events that HubSpot does not know; reads only."""
    writer = portal.behavioural_events
    return [name for name in document.events if writer.definition(name) is None]


def define_events(document: MappingDocument, portal: Portal, names: Iterable[str]) -> None:
    """Define behavioural events.

    Raises:
        Misconfigured: HubSpot refuses a definition.
    """
    for name in names:
        made = portal.behavioural_events.define(name, document.events[name])
        if isinstance(made, Refusal):
            raise Misconfigured(f"{made.message} {made.advice}")


def ensure_provisioned(session: Session, portal: Portal) -> ProvisionPlan:
    """Make what is missing where that is allowed; otherwise stop before any write.

    Raises:
        Misconfigured: HubSpot contradicts the mapping, or lacks properties and may not be
            changed; the message names them and the command that makes them.
    """
    plan = plan_provision(session.document, portal)
    if plan.conflicts:
        raise Misconfigured(
            "HubSpot's properties contradict the mapping:\n"
            + "\n".join(f"  {conflict}" for conflict in plan.conflicts)
            + "\nChange the mapping, or the property in HubSpot."
        )
    if plan.is_empty or session.dry_run:
        return plan
    if not may_provision(session.settings):
        raise Misconfigured(
            "HubSpot lacks properties that the mapping writes:\n"
            + plan.explain()
            + "\nMake them with `stagedoor provision apply`, or set `provision: apply`. "
            "Nothing was written."
        )
    apply_provision(plan, portal)
    return plan
