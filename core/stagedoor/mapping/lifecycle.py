"""The life cycle of contacts: which stage the rules of the mapping document want; pure.

Stages stand in an order, which is the portal's; stages of the portal's owner are among them.
https://developers.hubspot.com/docs/api-reference/crm-contacts-v3/guide
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from stagedoor.extension import Calculator, ObjectType
from stagedoor.mapping.document import MappingDocument
from stagedoor.mapping.facts import Choice, same
from stagedoor.mapping.properties import NullPolicy, Property
from stagedoor.mapping.sections import Lifecycle

PROPERTY = "lifecyclestage"
CALCULATOR = "lifecycle_stage"
PEOPLE = "contacts"
"""Object type whose keys the metrics have."""
METRICS = "person_metrics"
"""Relation whose columns the conditions name."""

DEFAULT_STAGES = tuple(
    Choice(name, name)
    for name in (
        "subscriber",
        "lead",
        "marketingqualifiedlead",
        "salesqualifiedlead",
        "opportunity",
        "customer",
        "evangelist",
        "other",
    )
)
"""HubSpot's own stages, for a plan before the portal was read."""


def has_lifecycle(object_type: ObjectType) -> bool:
    """Whether the rules are about the objects of this type."""
    return PEOPLE in (object_type.name, object_type.keys_of)


def with_lifecycle(
    document: MappingDocument, object_types: Mapping[str, ObjectType]
) -> MappingDocument:
    """Return the document with the life cycle stage among the properties of contacts."""
    if document.lifecycle is None:
        return document
    entry = Property(calculator=CALCULATOR, null=NullPolicy.IGNORE)
    objects = {
        name: mapping.model_copy(update={"properties": {**mapping.properties, PROPERTY: entry}})
        if has_lifecycle(object_types[name])
        else mapping
        for name, mapping in document.objects.items()
    }
    return document.model_copy(update={"objects": objects})


def rules_in_order(lifecycle: Lifecycle, order: Sequence[Choice]) -> list[tuple[str, str]]:
    """Return the id of each stage with its condition, the furthest stage first.

    A stage that the portal does not have is left out.
    """
    rules: list[tuple[int, str, str]] = []
    for name, condition in lifecycle.stages.items():
        place = _place(name, order)
        if place is not None and condition is not False:
            sql = "true" if condition is True else str(condition)
            rules.append((place, order[place].id, sql))
    return [(stage, sql) for _, stage, sql in sorted(rules, reverse=True)]


def stage_calculator(lifecycle: Lifecycle, order: Sequence[Choice]) -> Calculator:
    """Return the calculator that gives each person the furthest stage whose condition holds."""
    cases = " ".join(
        f"WHEN ({sql}) THEN '{stage.replace(chr(39), chr(39) * 2)}'"
        for stage, sql in rules_in_order(lifecycle, order)
    )
    return Calculator(
        name=CALCULATOR,
        object_type=PEOPLE,
        description="Stage of the life cycle that the rules of the mapping document want.",
        sql=f"SELECT key, CASE {cases or 'WHEN false THEN NULL'} END AS value FROM {METRICS}",
    )


def lifecycle_conflicts(
    lifecycle: Lifecycle | None, order: Sequence[Choice]
) -> Iterator[tuple[str, str]]:
    """Yield the stage of each rule whose stage the portal does not have, and what is wrong."""
    for name in lifecycle.stages if lifecycle else ():
        if _place(name, order) is None:
            listed = ", ".join(choice.id for choice in order)
            yield name, f"lifecycle names the stage {name!r}; {PEOPLE}.{PROPERTY} has {listed}."


def _place(name: str, order: Sequence[Choice]) -> int | None:
    ids = [choice.id for choice in order]
    if name in ids:
        return ids.index(name)
    labels = [place for place, choice in enumerate(order) if same(choice.label, name)]
    return labels[0] if labels else None


def is_further(order: Sequence[Choice], before: str, after: str) -> bool:
    """Whether `after` comes later than `before`; what the portal does not know is never passed."""
    ids = [choice.id for choice in order]
    return before in ids and after in ids and ids.index(after) > ids.index(before)
