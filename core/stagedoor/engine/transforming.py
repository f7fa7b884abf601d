"""Lets plugins transform records before the replica takes them.

One plugin after another gets the records as the one before left them. What a plugin changed or
added is checked at once, so that a bad record names its plugin; what it left alone is not checked
again, and a batch that no plugin asks for is not even read.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, TypeAlias

from stagedoor.engine.calling import PLUGIN_ERRORS, told
from stagedoor.engine.records import RecordCheck
from stagedoor.errors import Misconfigured
from stagedoor.extension import Caller, NewRecord, RecordBatch, Row

Key: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """One record on its way to the replica."""

    record: Row
    original: Row | None
    """As the tap sent it; absent for a record that a plugin added."""
    plugins: tuple[str, ...] = ()
    """Who changed it, in order."""


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that a plugin made, and that the stream cannot take."""

    plugin: str
    key: str
    field: str
    problem: str
    record: Row
    original: Row | None

    def told(self, stream: str) -> str:
        """Return what is wrong, in a sentence."""
        return (
            f"Plugin {self.plugin!r} made a {stream} record that cannot be taken in: "
            f"field {self.field} {self.problem}."
        )


@dataclass(frozen=True)
class Transformed:
    """What became of one batch."""

    taken: Sequence[Taken]
    bad: Sequence[BadRecord]


@dataclass
class Transforms:
    """The functions of all plugins that transform records, and what they did in this run."""

    callers: Sequence[Caller] = ()
    stops: bool = False
    """Whether a record that a plugin spoils ends the run."""
    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """By plugin, stream and `changed`, `added` or `left out`."""

    def lines(self) -> Iterator[str]:
        """Yield what each plugin did to each stream."""
        for plugin, stream in dict.fromkeys((p, s) for p, s, _ in self.counts):
            did = (f"{self.counts[plugin, stream, verb]:,} {verb}" for verb in _VERBS)
            yield f"plugin {plugin} transformed {stream}: {', '.join(did)}"


_VERBS = ("changed", "added", "left out")


class StreamTransforms:
    """Applies transforms to the batches of one stream."""

    def __init__(
        self, transforms: Transforms, stream: str, schema: Mapping[str, Any], keys: Sequence[str]
    ) -> None:
        """Check what plugins give by `schema`, and tell records apart by `keys`."""
        self._transforms = transforms
        self._stream = stream
        self._schema = schema
        self._keys = tuple(keys)
        self._check = RecordCheck(stream, schema)

    def apply(self, read: Callable[[], Iterable[Row]]) -> Transformed | None:
        """Return what the replica takes; nothing when every plugin left the batch alone.

        `read` gives the batch's records, and is called when a plugin asks for them.

        Raises:
            Misconfigured: A plugin raised, or gave something that is no list of records, or
                spoilt a record where that ends the run.
        """
        step = _Step(read)
        bad: list[BadRecord] = []
        for caller in self._transforms.callers:
            batch = RecordBatch(self._stream, self._schema, self._keys, step.shown)
            answer = self._call(caller, batch)
            if answer is not None:
                step = _Step.of(self._sorted(caller.plugin, answer, step, bad))
            if bad and self._transforms.stops:
                raise Misconfigured(
                    f"{bad[0].told(self._stream)} Mend its transform_records, or let such records "
                    "become dead letters with `bad_records` = bury."
                )
        return Transformed(step.taken, bad) if step.is_changed else None

    def _call(self, caller: Caller, batch: RecordBatch) -> list[Row] | None:
        where = f"transform_records of the stream {self._stream}"
        try:
            answer = caller.function(batch)
            records = None if answer is None else list(answer)
        except PLUGIN_ERRORS as error:
            raise Misconfigured(
                f"Plugin {caller.plugin!r} failed in {where}: {told(error, caller.function)}. None "
                "of the batch was taken in and nothing was pushed; the next run reads it again. "
                "Mend the plugin, or take it out."
            ) from error
        if records is not None and not all(isinstance(r, Mapping) for r in records):
            raise Misconfigured(
                f"Plugin {caller.plugin!r} gave something that is no record in {where}. Let it "
                "return a list of records, or nothing to leave the batch alone."
            )
        return records

    def _sorted(
        self, plugin: str, answer: list[Row], step: _Step, bad: list[BadRecord]
    ) -> Iterator[Taken]:
        """Yield what `plugin` leaves of `step`, and put what cannot be taken into `bad`."""
        same = {id(shown): taken for shown, taken in zip(step.shown(), step.taken, strict=True)}
        known = {self._key(t.record): t for t in step.taken} if self._keys else {}
        counts: Counter[str] = Counter()
        returned: set[Any] = set()
        for record in answer:
            before = same.get(id(record)) or known.get(self._key(record))
            returned.add(id(before))
            if before is not None and before.record == record:
                yield before
                continue
            made = {name: _plain(value) for name, value in record.items()}
            original = before.original if before else None
            problem = self._problem(record, made, before)
            if problem is not None:
                bad.append(BadRecord(plugin, self._named(made), *problem, made, original))
                continue
            counts["changed" if before else "added"] += 1
            yield Taken(made, original, (*(before.plugins if before else ()), plugin))
        counts["left out"] = sum(id(taken) not in returned for taken in known.values())
        self._count(plugin, counts)

    def _problem(
        self, record: Row, made: dict[str, Any], before: Taken | None
    ) -> tuple[str, str] | None:
        """Return the field of a record that cannot be taken, and what is wrong with it."""
        for key in self._keys:
            if made.get(key) is None:
                return key, "is a key of the stream, and is missing"
        if self._keys and before is None and not isinstance(record, NewRecord):
            return self._keys[0], (
                "is a key of the stream, and no record of the batch has this one; keys may not be "
                "changed, and a record that is added on purpose must be a NewRecord"
            )
        for name in made.keys() - self._schema["properties"].keys():
            if before is None or name not in before.record:
                return name, "is not in the stream's schema"
        return self._check.problem(made)

    def _key(self, record: Row) -> Key:
        return tuple(str(record.get(name)) for name in self._keys)

    def _named(self, record: Row) -> str:
        return " ".join(str(record.get(name, "")) for name in self._keys)

    def _count(self, plugin: str, counts: Counter[str]) -> None:
        for verb, number in counts.items():
            if number:
                self._transforms.counts[plugin, self._stream, verb] += number


class _Step:
    """The records between two plugins: ours, and read-only ones to show."""

    def __init__(self, read: Callable[[], Iterable[Row]]) -> None:
        self._read = read
        self._taken: list[Taken] | None = None
        self._shown: tuple[Row, ...] = ()
        self.is_changed = False

    @classmethod
    def of(cls, taken: Iterable[Taken]) -> _Step:
        step = cls(tuple)
        step._taken = list(taken)
        step._show()
        step.is_changed = True
        return step

    @property
    def taken(self) -> list[Taken]:
        if self._taken is None:
            self._taken = [Taken(record, record) for record in self._read()]
            self._show()
        return self._taken

    def shown(self) -> tuple[Row, ...]:
        return self._shown if self.taken else ()

    def _show(self) -> None:
        self._shown = tuple(_guarded(taken.record) for taken in self._taken or ())


def _guarded(record: Row) -> Row:
    """Return a read-only record whose nested values are copies."""
    return MappingProxyType(
        {
            name: copy.deepcopy(value) if isinstance(value, (dict, list)) else value
            for name, value in record.items()
        }
    )


def _plain(value: Any) -> Any:
    """Return a value as JSON holds it: a day or an instant becomes text."""
    return value.isoformat() if isinstance(value, date) else value
