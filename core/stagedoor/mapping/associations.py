"""Which associations a mapping document makes: the shipped ones that are on, and its own; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from stagedoor.extension import AssociationSource, ObjectType
from stagedoor.mapping.facts import PortalFacts, same
from stagedoor.mapping.sections import Association
from stagedoor.model import AssociationType

HUBSPOT, USER = "HUBSPOT_DEFINED", "USER_DEFINED"
MAX_LABELS = 50
"""Labels that HubSpot keeps between two object types."""


def sources_of(
    objects: Iterable[ObjectType], settings: Mapping[str, bool | Association]
) -> list[AssociationSource]:
    """Return the associations to keep, of which both ends are mapped.

    Raises:
        LookupError: A setting names none that there is; the first argument is its name, the
            second says what is wrong.
    """
    ordered = list(objects)
    names = {object_type.name: object_type for object_type in ordered}
    shipped = [source for object_type in ordered for source in object_type.associations]
    known = {source.type.name for source in shipped}
    for name, setting in settings.items():
        if name not in known and (isinstance(setting, bool) or setting.sql is None):
            listed = ", ".join(sorted(known))
            raise LookupError(
                name,
                f"no association is called {name!r}; there are {listed}. One of your own needs "
                "`from`, `to` and `sql`.",
            )
    chosen = [*_chosen(shipped, settings), *_own(names, known, settings)]
    return [source for source in chosen if {source.from_end, source.to_end} <= names.keys()]


def _chosen(
    shipped: Iterable[AssociationSource], settings: Mapping[str, bool | Association]
) -> Iterator[AssociationSource]:
    for source in shipped:
        setting = settings.get(source.type.name, source.on)
        if isinstance(setting, Association):
            if setting.sql is not None:
                raise LookupError(
                    source.type.name,
                    f"{source.type.name!r} is a shipped association; give yours another name, or "
                    "give only a `label`.",
                )
            yield replace(source, type=_relabelled(source.type, setting))
        elif setting:
            yield source


def _relabelled(kind: AssociationType, setting: Association) -> AssociationType:
    if kind.category != USER:
        raise LookupError(kind.name, f"{kind.name!r} has no label that could be another.")
    return replace(
        kind,
        label=setting.label or kind.label,
        inverse_label=setting.inverse_label or kind.inverse_label,
    )


def _own(
    names: Mapping[str, ObjectType], known: set[str], settings: Mapping[str, bool | Association]
) -> Iterator[AssociationSource]:
    for name, setting in settings.items():
        if name in known or isinstance(setting, bool):
            continue
        from_end, to_end = setting.from_ or "", setting.to or ""
        for end in (from_end, to_end):
            if end not in names:
                raise LookupError(
                    name, f"leads from or to {end!r}, which is no entry of `objects`."
                )
        kind = AssociationType(
            name=name,
            from_type=names[from_end].hubspot_type,
            to_type=names[to_end].hubspot_type,
            type_id=0,
            category=HUBSPOT if setting.label is None else USER,
            default=setting.label is None,
            label=setting.label,
            inverse_label=setting.inverse_label,
        )
        yield AssociationSource(kind, setting.sql or "", from_end, to_end)


def numbered(sources: Iterable[AssociationSource], facts: PortalFacts) -> list[AssociationSource]:
    """Return the sources with the numbers that the portal has given to our labels."""
    return [
        replace(source, type=replace(source.type, type_id=facts.labels[source.type.name]))
        if source.type.name in facts.labels
        else source
        for source in sources
    ]


@dataclass(frozen=True, slots=True)
class RemoteLabel:
    """One kind of association between two object types, as HubSpot lists it."""

    category: str
    number: int
    label: str | None


@dataclass(frozen=True, slots=True)
class MatchedLabels:
    """Our labels between two object types, beside the portal's."""

    numbers: dict[str, int]
    """Number of each label that is there, by the association's name."""
    missing: tuple[AssociationType, ...]
    conflicts: tuple[str, ...] = ()


def labels_needed(
    sources: Iterable[AssociationSource],
) -> dict[tuple[str, str], list[AssociationType]]:
    """Return our labels by the object types that they join."""
    needed: dict[tuple[str, str], list[AssociationType]] = {}
    for source in sources:
        if source.type.category == USER:
            ends = (source.type.from_type, source.type.to_type)
            needed.setdefault(ends, []).append(source.type)
    return needed


def match_labels(
    kinds: Sequence[AssociationType], there: Sequence[RemoteLabel], known: Mapping[str, int]
) -> MatchedLabels:
    """Find our labels among the portal's: by the number known before, else by their words."""
    numbers: dict[str, int] = {}
    missing: list[AssociationType] = []
    user = [label for label in there if label.category == USER]
    for kind in kinds:
        by_number = (t.number for t in user if t.number == known.get(kind.name))
        by_words = (t.number for t in user if same(t.label or "", kind.label or ""))
        number = next(by_number, None) or next(by_words, None)
        if number is not None:
            numbers[kind.name] = number
        elif not any(same(other.label or "", kind.label or "") for other in missing):
            missing.append(kind)
    conflicts: tuple[str, ...] = ()
    if len(user) + len(missing) > MAX_LABELS:
        ends = f"{kinds[0].from_type} and {kinds[0].to_type}"
        conflicts = (f"HubSpot keeps {MAX_LABELS} labels between {ends}; delete one there.",)
    return MatchedLabels(numbers, tuple(missing), conflicts)
