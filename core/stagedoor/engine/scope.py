"""Which objects a run is about: all, some object types, some ids, or those that fit conditions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, TypeAlias

from stagedoor.errors import Misconfigured
from stagedoor.extension import Row
from stagedoor.model import Base, ObjectRef

Word: TypeAlias = Literal[
    "is",
    "is_not",
    "any_of",
    "none_of",
    "contains",
    "starts_with",
    "ends_with",
    "more_than",
    "at_least",
    "less_than",
    "at_most",
    "after",
    "before",
    "known",
]


@dataclass(frozen=True, slots=True)
class Condition:
    """What a column of an object's source must be; the words are those of filters of lists."""

    column: str
    word: Word
    value: Any

    def holds(self, row: Row) -> bool:
        """Return whether a source row fits.

        Raises:
            Misconfigured: The row has no such column.
        """
        if self.column not in row:
            known = ", ".join(sorted(name for name in row if not name.startswith("_")))
            raise Misconfigured(
                f"A condition names the column {self.column!r}; the source has: {known}."
            )
        return _TESTS[self.word](row[self.column], self.value)


@dataclass(frozen=True)
class Scope:
    """What a run may write; what is outside stays pending."""

    only: frozenset[str] = frozenset()
    """HubSpot's object types that it is about; none means all."""
    ids: frozenset[str] = frozenset()
    """Keys (`customer:17`), what follows in them (`17`), match values, or HubSpot ids."""
    conditions: tuple[Condition, ...] = ()
    chosen: set[ObjectRef] = field(default_factory=set, compare=False)
    """What was found to be inside, while planning."""

    @property
    def is_partial(self) -> bool:
        """Whether it leaves out objects of a type that it is about."""
        return bool(self.ids or self.conditions)

    def has_type(self, hubspot_type: str) -> bool:
        """Return whether objects of a type may be inside."""
        return not self.only or hubspot_type in self.only

    def takes(self, ref: ObjectRef, row: Row, match_value: Any, base: Base | None) -> bool:
        """Return whether an object of such a type is inside, and remember it."""
        if self.ids and not self._names(ref.key, match_value, base):
            return False
        if not all(condition.holds(row) for condition in self.conditions):
            return False
        if self.is_partial:
            self.chosen.add(ref)
        return True

    def _names(self, key: str, match_value: Any, base: Base | None) -> bool:
        words = {*_words(key), str(match_value or "").strip().lower()}
        if base is not None:
            words |= {base.hubspot_id, base.match_value}
        return bool(words & self.ids)

    def has_pair(self, one: ObjectRef, other: ObjectRef) -> bool:
        """Return whether an association may be made or taken away: one end is inside."""
        if not self.is_partial:
            return True
        return any(ref in self.chosen or bool(_words(ref.key) & self.ids) for ref in (one, other))


EVERYTHING = Scope()


def _words(key: str) -> set[str]:
    return {key, key.partition(":")[2] or key}


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _instant(value: Any) -> datetime | None:
    try:
        text = value.isoformat() if isinstance(value, date) else str(value)
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip().lower()


def _texts(values: Any) -> set[str]:
    listed = values if isinstance(values, Sequence) and not isinstance(values, str) else [values]
    return {_text(value) for value in listed}


def _compared(
    read: Callable[[Any], Any], test: Callable[[Any, Any], bool]
) -> Callable[[Any, Any], bool]:
    """Return a test of two values that can be read; whatever cannot does not fit."""

    def fits(held: Any, given: Any) -> bool:
        one, other = read(held), read(given)
        return one is not None and other is not None and test(one, other)

    return fits


def _known(test: Callable[[str, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda held, given: held is not None and test(_text(held), given)


_TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "is": _known(lambda held, given: held == _text(given)),
    "is_not": lambda held, given: held is None or _text(held) != _text(given),
    "any_of": _known(lambda held, given: held in _texts(given)),
    "none_of": lambda held, given: held is None or _text(held) not in _texts(given),
    "contains": _known(lambda held, given: _text(given) in held),
    "starts_with": _known(lambda held, given: held.startswith(_text(given))),
    "ends_with": _known(lambda held, given: held.endswith(_text(given))),
    "more_than": _compared(_number, lambda held, given: held > given),
    "at_least": _compared(_number, lambda held, given: held >= given),
    "less_than": _compared(_number, lambda held, given: held < given),
    "at_most": _compared(_number, lambda held, given: held <= given),
    "after": _compared(_instant, lambda held, given: held > given),
    "before": _compared(_instant, lambda held, given: held < given),
    "known": lambda held, given: (held is not None) is bool(given),
}
