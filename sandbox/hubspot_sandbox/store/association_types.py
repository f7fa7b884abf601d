"""The kinds of association that a portal knows: HubSpot's own, and labels of its owner.

https://developers.hubspot.com/docs/api-reference/crm-associations-v4/guide
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

HUBSPOT, USER = "HUBSPOT_DEFINED", "USER_DEFINED"
FIRST_NUMBER = 1_001
"""Where the numbers of a portal's own association types begin."""

_DEFAULTS = {
    ("contacts", "companies"): (279, 280),
    ("deals", "contacts"): (3, 4),
    ("deals", "companies"): (341, 342),
    ("contacts", "tickets"): (15, 16),
    ("tickets", "companies"): (339, 340),
    ("deals", "tickets"): (27, 28),
    ("deals", "line_items"): (19, 20),
    ("companies", "companies"): (450, 450),
    ("contacts", "contacts"): (449, 449),
    ("deals", "deals"): (451, 451),
    ("tickets", "tickets"): (452, 452),
}
_LABELLED = (
    ("contacts", "companies", 1, 2, "Primary", "Primary"),
    ("deals", "companies", 5, 6, "Primary", "Primary"),
    ("companies", "tickets", 25, 26, "Primary", "Primary"),
    ("companies", "companies", 13, 14, "Child Company", "Parent Company"),
    ("contacts", "companies", 931, 930, "Billing contact", "Billing contact"),
)
_PRIMARIES = {1, 2, 5, 6, 25, 26}


@dataclass(frozen=True, slots=True)
class AssociationType:
    """One kind of association, seen from one end."""

    category: str
    number: int
    from_type: str
    to_type: str
    label: str | None
    name: str | None
    inverse: int

    def as_json(self) -> dict[str, object]:
        """Return it as the list of labels shows it."""
        return {"category": self.category, "typeId": self.number, "label": self.label}


class AssociationTypes:
    """All kinds of association of a portal; the caller opens the transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Read the kinds; a new portal gets HubSpot's own."""
        self._connection = connection
        self._all: dict[tuple[str, int], AssociationType] = {}
        self._defaults: dict[tuple[str, str], int] = {}
        rows = connection.execute("SELECT * FROM association_types").fetchall()
        for row in rows:
            self._know(
                AssociationType(
                    row["category"],
                    row["type_id"],
                    row["from_type"],
                    row["to_type"],
                    row["label"],
                    row["name"],
                    row["inverse"],
                )
            )
        if not rows:
            self._fill()

    def _fill(self) -> None:
        for (one, other), numbers in _DEFAULTS.items():
            self._add_both(HUBSPOT, one, other, numbers, (None, None))
        for one, other, there, back, label, inverse in _LABELLED:
            self._add_both(HUBSPOT, one, other, (there, back), (label, inverse))

    def _know(self, kind: AssociationType) -> None:
        self._all[kind.category, kind.number] = kind
        if kind.category == HUBSPOT and kind.label is None:
            self._defaults[kind.from_type, kind.to_type] = kind.number

    def _add_both(
        self,
        category: str,
        one: str,
        other: str,
        numbers: tuple[int, int],
        labels: tuple[str | None, str | None],
        name: str | None = None,
    ) -> list[AssociationType]:
        there, back = numbers
        made = [AssociationType(category, there, one, other, labels[0], name, back)]
        if there != back:
            made.append(AssociationType(category, back, other, one, labels[1], name, there))
        for kind in made:
            self._know(kind)
            self._connection.execute(
                "INSERT OR REPLACE INTO association_types VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    kind.number,
                    kind.category,
                    kind.from_type,
                    kind.to_type,
                    kind.label,
                    kind.name,
                    kind.inverse,
                ],
            )
        return made

    def _next(self) -> int:
        return max((k.number for k in self._all.values() if k.number >= FIRST_NUMBER), default=0)

    def add_label(
        self, one: str, other: str, label: str, inverse: str | None, name: str
    ) -> list[AssociationType]:
        """Make a label of the portal's owner; with another word for the way back, two."""
        first = max(self._next() + 1, FIRST_NUMBER)
        same = inverse in (None, label) and one == other
        numbers = (first, first) if same else (first, first + 1)
        return self._add_both(USER, one, other, numbers, (label, inverse or label), name)

    def add_default(self, one: str, other: str, name: str) -> AssociationType:
        """Let records of two types be associated."""
        known = self._defaults.get((one, other))
        if known is not None:
            return self._all[HUBSPOT, known]
        first = max(self._next() + 1, FIRST_NUMBER)
        numbers = (first, first) if one == other else (first, first + 1)
        return self._add_both(HUBSPOT, one, other, numbers, (None, None), name)[0]

    def relabel(self, kind: AssociationType, label: str) -> None:
        """Change the word of a label."""
        changed = AssociationType(
            kind.category,
            kind.number,
            kind.from_type,
            kind.to_type,
            label,
            kind.name,
            kind.inverse,
        )
        self._know(changed)
        self._connection.execute(
            "UPDATE association_types SET label = ? WHERE type_id = ? AND category = ?",
            [label, kind.number, kind.category],
        )

    def remove(self, kind: AssociationType) -> None:
        """Remove a label, from both sides, and from all pairs."""
        for number in {kind.number, kind.inverse}:
            self._all.pop((kind.category, number), None)
            for table in ("association_types", "associations"):
                self._connection.execute(
                    f"DELETE FROM {table} WHERE type_id = ? AND category = ?",
                    [number, kind.category],
                )

    def get(self, category: str, number: int) -> AssociationType | None:
        """Return one kind."""
        return self._all.get((category, number))

    def between(self, one: str, other: str) -> list[AssociationType]:
        """Return the kinds that lead from records of one type to those of another."""
        found = [k for k in self._all.values() if (k.from_type, k.to_type) == (one, other)]
        return sorted(found, key=lambda kind: kind.number)

    def default(self, one: str, other: str) -> int | None:
        """Return the number of the plain association of two types."""
        return self._defaults.get((one, other))

    def inverse(self, spec: tuple[str, int]) -> tuple[str, int]:
        """Return the same association, seen from the other side."""
        return spec[0], self._all[spec].inverse

    def label(self, spec: tuple[str, int]) -> str | None:
        """Return the word for an association."""
        kind = self._all.get(spec)
        return kind.label if kind else None

    def is_primary(self, spec: tuple[str, int]) -> bool:
        """Whether it makes a company the primary one."""
        return spec[0] == HUBSPOT and spec[1] in _PRIMARIES
