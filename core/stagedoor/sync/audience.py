"""Plans what goes on around contacts: participation, behavioural events, lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stagedoor.engine.audience import AudiencePhase
from stagedoor.extension import ObjectType
from stagedoor.hubspot import behavioural_events, lists, marketing_events
from stagedoor.mapping.document import MappingDocument
from stagedoor.plugins import Plugins
from stagedoor.state.database import StateDatabase
from stagedoor.state.desired import DesiredState
from stagedoor.state.happenings import OccurrenceState, ParticipationState
from stagedoor.state.lists import ListState


class AudiencePlanner:
    """Plans over one portal's state, after its objects are planned."""

    def __init__(
        self,
        database: StateDatabase,
        plugins: Plugins,
        document: MappingDocument,
        object_types: Sequence[ObjectType],
    ) -> None:
        """Plan for the object types that the mapping fills."""
        contacts = [o.name for o in object_types if o.hubspot_type == "contacts"]
        self._participation = [
            (ParticipationState(database, o.name, contacts), o.participation)
            for o in object_types
            if o.participation and contacts and document.objects[o.name].participation
        ]
        self._occurrences = [
            OccurrenceState(database, name, entry, contacts)
            for name, entry in document.events.items()
            if contacts
        ]
        self.lists = ListState(database, document, plugins.list_rules)

    def prepare(self, desired: DesiredState) -> None:
        """Compute what is wanted, when the desired objects are computed."""
        for participation, sql in self._participation:
            participation.prepare(desired, sql)
        for occurrences in self._occurrences:
            occurrences.prepare(desired)
        self.lists.prepare(desired)

    def phases(self) -> Iterator[AudiencePhase]:
        """Yield the phases in the order in which they are carried out."""
        for participation, _ in self._participation:
            yield from participation.phases()
        for occurrences in self._occurrences:
            yield from occurrences.phases()
        yield from self.lists.phases()


def needs_of(document: MappingDocument) -> dict[str, tuple[str, ...]]:
    """Return the scopes that a token needs for what goes on around contacts, by what needs them."""
    needs: dict[str, tuple[str, ...]] = {}
    if document.lists:
        needs[f"{len(document.lists)} entries of lists"] = lists.SCOPES
    kinds = [entry.object_type or name for name, entry in document.objects.items()]
    if marketing_events.OBJECT_TYPE in kinds:
        needs["marketing events"] = marketing_events.SCOPES
    if document.events:
        needs[f"{len(document.events)} behavioural events"] = behavioural_events.SCOPES
    return needs
