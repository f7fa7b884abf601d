"""Makes sure that HubSpot has all that the mapping writes, before the first write."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from stagedoor.config import HubSpotSettings
from stagedoor.errors import Misconfigured
from stagedoor.hubspot.marketing_events import FIELDS
from stagedoor.hubspot.marketing_events import OBJECT_TYPE as MARKETING_EVENTS
from stagedoor.hubspot.portal import Portal
from stagedoor.hubspot.schema import PropertyDefinition, PropertyOption, ProvisionPlan
from stagedoor.hubspot.schema import provision_plan as compare
from stagedoor.mapping.associations import sources_of
from stagedoor.mapping.document import MappingDocument, ObjectMapping
from stagedoor.mapping.facts import NOTHING_KNOWN, Choice, PortalFacts
from stagedoor.mapping.lifecycle import PROPERTY
from stagedoor.mapping.object_types import object_types_of
from stagedoor.mapping.properties import Property, UpdateMode
from stagedoor.model import Refusal
from stagedoor.plugins import Plugins
from stagedoor.state.facts import keep_facts, known_facts
from stagedoor.sync.session import Session
from stagedoor.sync.surroundings import Surroundings, look_around, make_surroundings

_FIELD_TYPES = {
    "string": "text",
    "number": "number",
    "date": "date",
    "datetime": "date",
    "enumeration": "select",
    "bool": "booleancheckbox",
}


def made_by(mapping: ObjectMapping) -> list[PropertyDefinition]:
    """Return the properties that one entry makes: those with a label."""
    return [
        _definition(name, entry)
        for name, entry in mapping.properties.items()
        if entry.label is not None
    ]


def required_properties(document: MappingDocument) -> dict[str, list[PropertyDefinition]]:
    """Return the properties that the mapping makes, by HubSpot's object type.

    Where several entries make one property, the first one's definition counts.
    """
    required: dict[str, dict[str, PropertyDefinition]] = {}
    for name, mapping in document.objects.items():
        made = required.setdefault(mapping.object_type or name, {})
        for definition in made_by(mapping):
            made.setdefault(definition.name, definition)
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
    several = entry.type == "enumeration" and entry.update_mode is UpdateMode.APPEND
    field_type = "checkbox" if several else _FIELD_TYPES[entry.type]
    return PropertyDefinition(
        name=name,
        label=entry.label or name,
        type=entry.type,
        field_type=entry.field_type or field_type,
        group=entry.group,
        description=entry.description,
        options=tuple(PropertyOption(o.value, o.label) for o in entry.options),
        has_unique_value=entry.unique,
    )


@dataclass(frozen=True, slots=True)
class Provision:
    """Everything that HubSpot lacks, and where it contradicts the mapping."""

    properties: ProvisionPlan
    surroundings: Surroundings

    @property
    def conflicts(self) -> tuple[str, ...]:
        """What stands in the way; a person must decide."""
        return (*self.properties.conflicts, *self.surroundings.conflicts)

    @property
    def is_empty(self) -> bool:
        """Whether HubSpot has all it needs."""
        return self.properties.is_empty and self.surroundings.is_empty

    def explain(self) -> str:
        """Return the plan in words, one line per thing to make."""
        around = [*self.surroundings.conflicts, *self.surroundings.lines()]
        if not around:
            return self.properties.explain()
        alone = self.properties.is_empty and not self.properties.conflicts
        return "\n".join(around if alone else [self.properties.explain(), *around])


def plan_provision(
    document: MappingDocument,
    plugins: Plugins,
    portal: Portal,
    known: PortalFacts = NOTHING_KNOWN,
) -> Provision:
    """Return what HubSpot lacks, and where it contradicts the mapping; reads only."""
    written = written_properties(document)
    existing = {name: portal.property_definitions(name) for name in written}
    properties = compare(required_properties(document), existing, written)
    object_types = object_types_of(document.objects, plugins.object_types).values()
    sources = sources_of(object_types, document.associations)
    stages = existing.get("contacts", {}).get(PROPERTY)
    choices = tuple(Choice(o.value, o.label) for o in stages.options) if stages else ()
    return Provision(properties, look_around(document, sources, portal, known, choices))


def fitting_provision(session: Session, portal: Portal) -> Provision:
    """Return what HubSpot lacks; reads only.

    Raises:
        Misconfigured: HubSpot contradicts the mapping; the message says where.
    """
    known = known_facts(session.database)
    plan = plan_provision(session.document, session.plugins, portal, known)
    if plan.conflicts:
        raise Misconfigured(
            "HubSpot contradicts the mapping:\n"
            + "\n".join(f"  {conflict}" for conflict in plan.conflicts)
            + "\nChange the mapping, or what it names in HubSpot."
        )
    return plan


def apply_provision(plan: Provision, portal: Portal) -> None:
    """Make the missing groups, properties, pipelines, stages and labels."""
    for name, definitions in plan.properties.missing.items():
        if definitions:
            portal.create_properties(name, definitions)
    make_surroundings(plan.surroundings, portal)


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


def ensure_provisioned(session: Session, portal: Portal) -> None:
    """Make what is missing where that is allowed; otherwise stop before any write.

    What HubSpot has then is kept with the state, ids that it chose included.

    Raises:
        Misconfigured: HubSpot contradicts the mapping, or lacks something and may not be
            changed; the message names it and the command that makes it.
    """
    plan = fitting_provision(session, portal)
    if session.dry_run:
        return
    if not plan.is_empty:
        _require_leave(session, plan)
    make_provision(session, portal, plan)


def make_provision(session: Session, portal: Portal, plan: Provision) -> PortalFacts:
    """Make what is missing; keep with the state, and return, what is known of the portal then."""
    apply_provision(plan, portal)
    facts = plan.surroundings.facts
    if not plan.surroundings.is_empty:
        made = plan_provision(session.document, session.plugins, portal, facts)
        facts = made.surroundings.facts
    keep_facts(session.database, facts)
    return facts


def _require_leave(session: Session, plan: Provision) -> None:
    if not may_provision(session.settings):
        raise Misconfigured(
            "HubSpot lacks what the mapping writes:\n"
            + plan.explain()
            + "\nMake it with `stagedoor provision apply`, or set `provision: apply`. "
            "Nothing was written."
        )
