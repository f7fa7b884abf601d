"""What HubSpot lacks of the mapping's properties, pipelines, labels and events."""

from __future__ import annotations

from dataclasses import dataclass

from stagedoor.hubspot.schema import PropertyDefinition
from stagedoor.mapping.document import MappingDocument
from stagedoor.plugins import load_plugins
from stagedoor.sync.provision import (
    Provision,
    apply_provision,
    define_events,
    missing_events,
    plan_provision,
)
from stagedoor.sync.session import load_document
from stagedoor_service.application.office import Office
from stagedoor_service.application.problem import Problem


@dataclass(frozen=True, slots=True)
class SchemaPlan:
    """What would be made in HubSpot, and what stands in the way."""

    properties: dict[str, tuple[PropertyDefinition, ...]]
    """By object type."""
    around: tuple[str, ...]
    """Pipelines, stages and labels, in words."""
    events: tuple[str, ...]
    """Behavioural events."""
    conflicts: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether HubSpot has all it needs."""
        return not (any(self.properties.values()) or self.around or self.events)


def schema_plan(office: Office, portal: str) -> SchemaPlan:
    """Return what HubSpot lacks; reads only.

    Raises:
        Problem: The portal is not connected.
        Misconfigured: The mapping is wrong.
    """
    _, made, events = _planned(office, portal)
    missing = {name: found for name, found in made.properties.missing.items() if found}
    around = tuple(line.strip() for line in made.surroundings.lines())
    return SchemaPlan(missing, around, events, made.conflicts)


def apply_schema(office: Office, portal: str) -> None:
    """Make what HubSpot lacks; never changes what exists.

    Raises:
        Problem: HubSpot contradicts the mapping.
    """
    document, made, events = _planned(office, portal)
    if made.conflicts:
        raise Problem("MISCONFIGURED", "HubSpot contradicts the mapping; nothing was made.")
    there = office.open(portal)
    apply_provision(made, there)
    define_events(document, there, events)


def _planned(office: Office, portal: str) -> tuple[MappingDocument, Provision, tuple[str, ...]]:
    settings, there = office.portal_settings(portal), office.open(portal)
    plugins = load_plugins(settings.plugins)
    document = load_document(settings, plugins)
    made = plan_provision(document, plugins, there)
    return document, made, tuple(missing_events(document, there))
