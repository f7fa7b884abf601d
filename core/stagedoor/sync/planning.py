"""Makes the plan: what the platform wants, minus what both sides last agreed on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from stagedoor.engine.audience import AudiencePhase
from stagedoor.engine.diff import change_of
from stagedoor.engine.lifecycle import forward_only
from stagedoor.engine.plan import AssociationPhase, LabelPhase, ObjectPhase, Plan, Reasons
from stagedoor.engine.removal import RemovalPhase
from stagedoor.engine.scope import EVERYTHING, Scope
from stagedoor.engine.staging import with_pipeline
from stagedoor.errors import Misconfigured
from stagedoor.extension import AssociationSource, Calculator, ObjectType
from stagedoor.mapping.associations import numbered, sources_of
from stagedoor.mapping.document import MappingDocument
from stagedoor.mapping.facts import PortalFacts
from stagedoor.mapping.fingerprint import Parts, parts_of
from stagedoor.mapping.fitting import fit
from stagedoor.mapping.lifecycle import (
    CALCULATOR,
    DEFAULT_STAGES,
    has_lifecycle,
    stage_calculator,
    with_lifecycle,
)
from stagedoor.mapping.mapper import Mapped, ObjectMapper
from stagedoor.mapping.pipelines import properties_of
from stagedoor.model import Action, Base, Change, Desired, ObjectRef, Refusal
from stagedoor.plugins import Plugins
from stagedoor.state.database import StateDatabase
from stagedoor.state.desired import DesiredState, FailedCalculation
from stagedoor.state.facts import known_facts
from stagedoor.state.labels import PendingLabels, groups_of
from stagedoor.state.ledger import Ledger
from stagedoor.state.narrowing import MOST, Narrowing
from stagedoor.state.pairs import PendingPairs, check_pairs, living_desired
from stagedoor.state.pending import Pending
from stagedoor.state.removals import LeavingObjects
from stagedoor.state.touched import in_both, touched
from stagedoor.sync.audience import AudiencePlanner
from stagedoor.sync.entries import seen_entries, writers_of_the_same
from stagedoor.sync.present import PresentValues
from stagedoor.sync.reasons import SettledMappings, reasons


@dataclass
class Planned:
    """A plan, and what was decided while making it."""

    plan: Plan
    invalid: list[tuple[ObjectRef, str, Refusal]] = field(default_factory=list)
    """Objects that will not be sent, with their source hash, and why."""
    withheld: list[tuple[ObjectRef, Refusal]] = field(default_factory=list)
    """Properties that are left out of objects that will be sent, and why."""
    pairs: dict[str, PendingPairs] = field(default_factory=dict)

    def keys(self, phase: AssociationPhase) -> Iterator[tuple[str, str]]:
        """Yield the keys of the pairs of one phase."""
        return self.pairs[phase.association.name].keys(remove=phase.remove)


class Planner:
    """Plans over one portal's state; `plan` may be called again after a push."""

    def __init__(
        self,
        database: StateDatabase,
        ledger: Ledger,
        plugins: Plugins,
        document: MappingDocument,
        now: datetime,
        present: PresentValues | None = None,
        facts: PortalFacts | None = None,
        *,
        scope: Scope = EVERYTHING,
    ) -> None:
        """Order the mapped object types as they will be written; plan what is in `scope`.

        Without `facts` of the portal, those of the last push count.

        Without `present` values, changes that depend on what HubSpot holds are planned as if it
        held what was last agreed.
        """
        self._database = database
        self._ledger = ledger
        self._plugins = plugins
        self._now = now
        self.present = present or PresentValues(None)
        self._scope = scope
        self._narrowing: Narrowing | None = None
        self._settled = SettledMappings(database)
        mapped = seen_entries(database, document, plugins.object_types)
        self._document = with_lifecycle(document, {o.name: o for o in mapped})
        self.object_types = sorted(mapped, key=lambda o: (o.order, o.name))
        self.audience = AudiencePlanner(database, plugins, self._document, self.object_types)
        self._facts = known_facts(database) if facts is None else facts
        self._stages = self._facts.lifecycle or DEFAULT_STAGES

    def plan(self) -> Planned:
        """Compute desired state, compare it with the ledger, and return the plan.

        Agreements that need no call (a changed source with unchanged properties) are settled
        here, and keys that changed for the same object are renamed.
        """
        if 0 < len(self._scope.ids) <= MOST:
            self._narrowing = Narrowing(self._database, self._scope.ids)
        failed = self.compute()
        pending = Pending(self._database)
        planned = Planned(Plan((), (), {}))
        sizes: dict[str, int] = {}
        for object_type in self._in_scope():
            sizes[object_type.name] = self._difference(object_type, pending, failed, planned)
        planned.plan = Plan(
            objects=tuple(self._object_phases(pending)),
            associations=tuple(self._association_phases(planned)),
            unchanged=sizes,
            removals=tuple(self._removal_phases()),
            audience=tuple(self._audience_phases()),
            labels=tuple(self._label_phases()),
            reasons=dict(self._reasons()),
        )
        self._refuse_two_writers()
        return planned

    def _in_scope(self) -> list[ObjectType]:
        return [o for o in self.object_types if self._scope.has_type(o.hubspot_type)]

    def settle_mapping(self) -> None:
        """Remember the mapping in force as the one that was pushed."""
        for object_type in self._in_scope() if not self._scope.is_partial else ():
            self._settled.remember(object_type.name, self._parts(object_type))

    def _parts(self, object_type: ObjectType) -> Parts:
        mapping = self._document.objects[object_type.name]
        return parts_of(mapping, self._calculators(object_type))

    def _reasons(self) -> Iterator[tuple[str, Reasons]]:
        for object_type in self.object_types:
            name = object_type.name
            found = touched(self._database, name)
            if found:
                yield name, reasons(name, found, self._settled.get(name), self._parts(object_type))

    def _refuse_two_writers(self) -> None:
        """Stop where two entries write one property of one object.

        Raises:
            Misconfigured: Naming the entries, the properties and an object.
        """
        for one, other, shared in writers_of_the_same(self.object_types, self._document.objects):
            if both := in_both(self._database, one, other):
                raise Misconfigured(
                    f"The entries {one} and {other} of the mapping both write "
                    f"{', '.join(shared)} of {len(both):,} HubSpot objects, such as {both[0][0]} "
                    f"and {both[0][1]}. Give each entry a `filter`, so that an object has one "
                    "writer, or take the properties out of one of them."
                )

    def compute(self) -> dict[str, dict[str, list[FailedCalculation]]]:
        """Build all desired tables; return failed calculations by object type and key."""
        desired = self._desired = DesiredState(
            self._database, self._now, self._document.metrics, self._document.people
        )
        for object_type in self._plugins.object_types.values():
            desired.define_relations(object_type)
        failed: dict[str, dict[str, list[FailedCalculation]]] = {}
        for object_type in self.object_types:
            mapping = self._document.objects[object_type.name]
            by_key: dict[str, list[FailedCalculation]] = {}
            calculators, mark = (
                self._calculators(object_type),
                self._facts.mark(object_type.hubspot_type),
            )
            for failure in desired.build(object_type, mapping, calculators, mark, self._narrowing):
                by_key.setdefault(failure.key, []).append(failure)
            failed[object_type.name] = by_key
        for source in self._associations_in_scope():
            desired.provide(source.sql)
            check_pairs(self._database, source)
        if not self._scope.is_partial:
            for object_type in self.object_types:
                desired.provide(f"{object_type.deleted} {object_type.anonymised}")
            self.audience.prepare(desired)
        return failed

    def _calculators(self, object_type: ObjectType) -> dict[str, Calculator]:
        found = {
            name: calculator
            for (object_name, name), calculator in self._plugins.calculators.items()
            if object_name in (object_type.name, object_type.keys_of)
        }
        if self._document.lifecycle is not None and has_lifecycle(object_type):
            found[CALCULATOR] = stage_calculator(self._document.lifecycle, self._stages)
        return found

    def _difference(
        self,
        object_type: ObjectType,
        pending: Pending,
        failed: dict[str, dict[str, list[FailedCalculation]]],
        planned: Planned,
    ) -> int:
        """Spool the changes of one object type; return how many objects need nothing."""
        name = object_type.name
        if name in self._desired.empty:
            return 0
        mapping = self._document.objects[name]
        mapper = ObjectMapper(name, mapping, self._plugins.codecs)
        pending.adopt(name, mapping.properties[mapping.match_key].from_)
        pending.apply_adoption(name, self.associations())
        _, unchanged = pending.find(name)
        match_column = mapping.properties[mapping.match_key].from_ or ""
        for chunk in pending.candidates(name):
            changes: list[Change] = []
            agreed: list[Base] = []
            for row, base in chunk:
                ref = ObjectRef(name, row["key"])
                if not self._scope.takes(ref, row, row.get(match_column), base):
                    continue
                failures = failed[name].get(row["key"], [])
                mapped = mapper.map(row, [f.calculator for f in failures])
                mapped = fit(mapped, object_type.hubspot_type, self._facts)
                if mapped.desired is None:
                    source_hash = row["source_hash"]
                    planned.invalid += [(mapped.ref, source_hash, r) for r in mapped.refusals]
                else:
                    planned.withheld += _withheld(mapped, failures)
                    staged = properties_of(object_type.hubspot_type)
                    self._sort(mapped.desired, base, mapper, staged, changes, agreed)
            left, kept = self.present.settle(object_type.hubspot_type, mapping.properties, changes)
            agreed += kept
            pending.spool(left)
            self._ledger.settle(agreed)
            unchanged += len(agreed)
        return unchanged

    def _sort(
        self,
        desired: Desired,
        base: Base | None,
        mapper: ObjectMapper,
        staged: tuple[str, str],
        changes: list[Change],
        agreed: list[Base],
    ) -> None:
        """Put one object where it belongs: to be sent, or agreed already."""
        if self._document.lifecycle is not None:
            desired = forward_only(desired, base, self._stages)
        change = change_of(base, desired, mapper.match_key, mapper.only_new)
        if change is not None:
            changes.append(with_pipeline(change, desired.properties, staged))
        elif base is not None:
            agreed.append(
                Base(base.ref, base.hubspot_id, base.match_value, {}, desired.source_hash)
            )

    def _object_phases(self, pending: Pending) -> Iterator[ObjectPhase]:
        for object_type in self._in_scope():
            for action in (Action.UPDATE, Action.CREATE):
                count = pending.number(object_type.name, action)
                changes = partial(pending.changes, object_type.name, action)
                yield ObjectPhase(
                    object_type.name, action, count, changes, object_type.hubspot_type
                )

    def associations(self) -> list[AssociationSource]:
        """Return the associations to keep, with the numbers that the portal has for them."""
        sources = sources_of(self.object_types, self._document.associations)
        return numbered(sources, self._facts)

    def _label_phases(self) -> Iterator[LabelPhase]:
        """Yield the labels to take, then those to give."""
        if self._scope.is_partial:
            return
        sources = [s for s in self.associations() if self._has_both_ends(s)]
        plain = [source for source in sources if source.type.default]
        pending = [PendingLabels(self._database, g, plain) for g in groups_of(sources)]
        for remove in (True, False):
            yield from (labels.phase(remove=remove) for labels in pending)

    def _association_phases(self, planned: Planned) -> Iterator[AssociationPhase]:
        for source in (s for s in self._associations_in_scope() if s.type.default):
            if not self._has_both_ends(source):
                continue
            living = self._living if self._narrowing else living_desired
            pairs = PendingPairs(self._database, source, self._scope, self._narrowing, living)
            planned.pairs[source.type.name] = pairs
            missing, surplus = pairs.find()
            yield AssociationPhase(source.type, remove=True, count=surplus, pairs=pairs.surplus)
            yield AssociationPhase(source.type, remove=False, count=missing, pairs=pairs.missing)

    def _associations_in_scope(self) -> list[AssociationSource]:
        """Return the associations that the run is about; labels are about all objects, or none."""
        found = self.associations()
        return [s for s in found if s.type.default] if self._scope.is_partial else found

    def _living(self, name: str) -> str:
        """Return a SELECT of the keys of all objects of a type, for a narrowed run."""
        object_type = next(o for o in self.object_types if o.name == name)
        condition = self._document.objects[name].filter
        self._desired.provide(f"{object_type.sql} {condition or ''}")
        return f"SELECT key FROM ({object_type.sql})" + (f" WHERE {condition}" if condition else "")

    def _has_both_ends(self, source: AssociationSource) -> bool:
        kind = source.type
        return self._scope.has_type(kind.from_type) and self._scope.has_type(kind.to_type)

    def _audience_phases(self) -> Iterator[AudiencePhase]:
        """Yield what goes on around contacts; it is about all of them, or none."""
        if not self._scope.is_partial and self._scope.has_type("contacts"):
            yield from self.audience.phases()

    def _removal_phases(self) -> Iterator[RemovalPhase]:
        """Yield what is removed; first what stands on others, as deals on contacts."""
        leaving = LeavingObjects(self._database, self.object_types)
        for object_type in reversed(self._in_scope() if not self._scope.is_partial else []):
            yield from leaving.find(object_type, self._document.objects[object_type.name])


def _withheld(
    mapped: Mapped, failures: Iterable[FailedCalculation]
) -> list[tuple[ObjectRef, Refusal]]:
    calculations = [
        Refusal(
            code="CALCULATOR_FAILED",
            message=f"Property of calculator {failure.calculator} was not sent: "
            f"the calculator raised {failure.message}.",
            advice="Mend the plugin; the value is calculated again at each run until it succeeds.",
            properties=(failure.calculator,),
        )
        for failure in failures
    ]
    return [(mapped.ref, refusal) for refusal in (*calculations, *mapped.refusals)]
