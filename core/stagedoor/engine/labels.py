"""Decides about labels of associations, pair by pair; pure.

HubSpot replaces the labels of a pair by those that a call names. So each call names all: those
that the pair has, whoever gave them, and ours. A label that was there before us stays somebody
else's: it is never taken away. https://developers.hubspot.com/docs/api-reference/crm-associations-v4
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from stagedoor.model import AssociationType, Pair, Spec

PRIMARY = frozenset(Spec("HUBSPOT_DEFINED", number) for number in (1, 2, 5, 6, 25, 26))
"""The kinds that make a company a record's primary one; each record has one."""

Types: TypeAlias = Mapping[Spec, str | None]
"""The kinds by which one pair is associated, with their labels; the plain one has none."""


class Standing(StrEnum):
    """Whose a label is that the ledger knows."""

    INTENDED = "intended"
    """Ours, if it is there: we were about to give it when we last wrote here."""
    INTENDED_PAIR = "intended_pair"
    """Likewise, and the association with it."""
    MADE = "made"
    """Ours."""
    MADE_PAIR = "made_pair"
    """Ours, and so is the association: the two had none before."""
    KEPT = "kept"
    """Somebody else's setting stands in its place, or it was there before us."""


INTENTION = {
    Standing.MADE: Standing.INTENDED,
    Standing.MADE_PAIR: Standing.INTENDED_PAIR,
}
"""What the ledger says before a label is given."""
_FOUND = {
    Standing.INTENDED: Standing.MADE,
    Standing.INTENDED_PAIR: Standing.MADE_PAIR,
    Standing.MADE: Standing.MADE,
    Standing.MADE_PAIR: Standing.MADE_PAIR,
}
"""What a label that is there already is, by what the ledger says."""


@dataclass(frozen=True, slots=True)
class LabelPair:
    """One pair, with labels to give or to take."""

    pair: Pair
    kinds: tuple[AssociationType, ...]
    wanted: tuple[AssociationType, ...] = ()
    """All labels of ours that the pair shall have."""
    standing: Mapping[str, Standing] = field(default_factory=dict)
    """What the ledger knows of the labels of this pair, by the association's name."""
    is_plain_ours: bool = False
    """Whether we associate the two without a label as well."""


@dataclass(frozen=True, slots=True)
class Step:
    """What is done about one pair."""

    pair: Pair
    put: tuple[Spec, ...] = ()
    """The whole set of kinds to give; none when nothing is to be given."""
    take: tuple[Spec, ...] = ()
    """Labels to take away."""
    take_pair: bool = False
    """Whether the association goes as a whole."""
    standing: Mapping[str, Standing] = field(default_factory=dict)
    """What the ledger shall know afterwards, by the association's name."""

    @property
    def is_call(self) -> bool:
        """Whether HubSpot has to do something."""
        return bool(self.put or self.take or self.take_pair)


def give(item: LabelPair, present: Types, *, has_other_primary: bool) -> Step:
    """Return how the pair gets its labels beside those that it has.

    `has_other_primary` says that another company is the first record's primary one.
    """
    standing: dict[str, Standing] = {}
    added: list[Spec] = []
    made = Standing.MADE if present else Standing.MADE_PAIR
    for kind in item.kinds:
        known = item.standing.get(kind.name)
        if kind.spec in present:
            standing[kind.name] = _FOUND.get(known, Standing.KEPT) if known else Standing.KEPT
        elif kind.spec in PRIMARY and has_other_primary:
            standing[kind.name] = Standing.KEPT
        else:
            standing[kind.name] = made
            added.append(kind.spec)
    if not added:
        return Step(item.pair, standing=standing)
    # Those that we gave a moment ago may not be read yet.
    given = [
        kind.spec
        for kind in item.wanted
        if item.standing.get(kind.name) in (Standing.MADE, Standing.MADE_PAIR)
        and kind.spec not in PRIMARY
    ]
    put = tuple(dict.fromkeys((*present, *given, *added)))
    return Step(item.pair, put=put, standing=standing)


def take(item: LabelPair, present: Types) -> Step:
    """Return how the pair loses those of its labels that we gave.

    The association goes too when we made it, and nobody else has a use for it.
    """
    ours = [k for k in item.kinds if item.standing.get(k.name) is not Standing.KEPT]
    taken = tuple(kind.spec for kind in ours if kind.spec in present)
    if not taken:
        return Step(item.pair)
    of_pairs = (Standing.MADE_PAIR, Standing.INTENDED_PAIR)
    made_pair = any(item.standing.get(k.name) in of_pairs for k in item.kinds)
    rest = {spec: label for spec, label in present.items() if spec not in taken}
    if made_pair and not item.is_plain_ours and not item.wanted and not is_held(rest):
        return Step(item.pair, take_pair=True)
    return Step(item.pair, take=taken)


def is_held(present: Types) -> bool:
    """Whether a pair has a label, so that its association must not be taken away.

    Primary is none that counts: HubSpot gives it by itself.
    """
    return any(label and spec not in PRIMARY for spec, label in present.items())
