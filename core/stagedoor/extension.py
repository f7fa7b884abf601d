"""The values that plugins and engine hand each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, runtime_checkable

from stagedoor.model import AssociationType

if TYPE_CHECKING:
    from pydantic import BaseModel

Row: TypeAlias = Mapping[str, Any]
Scalar: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Calculator:
    """Gives one calculated value per object, set-based or row by row.

    Either `sql`: a SELECT over the replica's tables giving columns `key` and `value`, one row
    per object that has a value. Or `rows` and `function`: a SELECT giving `key` and whatever
    columns the function wants; the function gets the rows of one key, in the order of the
    SELECT, and returns the value. It is called again only for keys whose rows changed.
    Or `relation`: the relation, with a row per `key`, that has a column of the calculator's name;
    it is computed and joined once for all calculators that share it.

    SQL may refer to the platform streams by name (`orders`), to the relations that object
    types define (`people`), to `exchange_rates` (`currency`, `rate`), `metrics_settings` and
    `people_settings` (one row each) of the mapping document, and to `$now`, the start of the run.
    Where a stream of a tap is called like a relation, `replica.<stream>` means the stream.
    """

    name: str
    object_type: str
    description: str
    sql: str | None = None
    rows: str | None = None
    function: Callable[[Sequence[Row]], Scalar] | None = None
    relation: str | None = None
    version: int = 1
    """Raise it when the meaning changes: every object is calculated again."""
    property: Mapping[str, Any] | None = None
    """A mapping fragment (`label`, `type`, …) that sends the value without editing a mapping."""
    bundle: str | None = None
    """The fragment counts only in mapping documents that `extends` this name."""


@dataclass(frozen=True, slots=True)
class AssociationSource:
    """Where the pairs of one association come from: SELECT `from_key`, `to_key`."""

    type: AssociationType
    sql: str
    from_object_type: str | None = None
    """The mapping's object type that has the keys, where it is not HubSpot's."""
    to_object_type: str | None = None
    on: bool = True
    """Whether it is made unless the mapping document says otherwise."""

    @property
    def from_end(self) -> str:
        """The mapping's object type that `from_key` belongs to."""
        return self.from_object_type or self.type.from_type

    @property
    def to_end(self) -> str:
        """The mapping's object type that `to_key` belongs to."""
        return self.to_object_type or self.type.to_type


@dataclass(frozen=True, slots=True)
class KeptRelations:
    """Relations that are kept from run to run, and brought up to date by what was touched.

    Other SQL names them `kept.<table>`. Whoever reads one finds all of them as they would be had
    they been computed in full at `$now`.
    """

    name: str
    tables: Sequence[str]
    full: Sequence[str]
    """Statements that make all tables, whatever is there. They may read `<stream>:numbered`, where
    each row has a `_number` of its own."""
    refresh: Sequence[str]
    """Statements that change the tables by the rows in `touched` (`stream`, `row_key`). They may
    read `<stream>:touched`, the rows themselves as streams have them now."""


@dataclass(frozen=True, slots=True)
class PlatformRow:
    """Which row of the platform an object is, so that edits in HubSpot can go back to it."""

    stream: str
    prefix: str
    """An object's key is this and the row's key; an object with another key has no row."""
    columns: frozenset[str] | None = None
    """Columns of the object type's SQL that are the row's own, unchanged; without it, all."""
    shared: frozenset[str] = frozenset()
    """Columns that are written to each row of an object, where several make it."""
    members: str | None = None
    """SELECT `key`, `row_key`: all rows of each object, where several may make one."""


@dataclass(frozen=True, slots=True)
class ObjectType:
    """One HubSpot object type that the engine fills.

    `sql` is a SELECT over the replica giving one row per object, with a text column `key` that
    stays the same for the life of the object. `relations` are named SELECTs that this and other
    SQL may use like tables.
    """

    name: str
    """HubSpot's name, as in its paths: `contacts`, or `p_seats` for a custom object."""
    description: str
    sql: str
    relations: Mapping[str, str] = field(default_factory=dict)
    associations: Sequence[AssociationSource] = ()
    mapping: Mapping[str, Any] | None = None
    """A mapping fragment for this type, used unless the mapping document has its own."""
    order: int = 100
    """Object types are written in this order; associations follow when both ends exist."""
    written_to: str | None = None
    """HubSpot's object type, where `name` is another."""
    deleted: str | None = None
    """SELECT of the `key` of objects whose row the platform deleted, for `when_deleted`."""
    anonymised: str | None = None
    """SELECT of the `key` of objects whose person it anonymised, for `when_anonymised`."""
    keys_of: str | None = None
    """Object type that has the same keys, so that its calculators fit."""
    participation: str | None = None
    """For marketing events: SELECT `event_key`, `contact_key`, `registered_at`, `attended_at`,
    `held_since` and `cancelled_at`, one row per person and event. Who holds a ticket has
    `held_since` and no `cancelled_at`."""
    details: Mapping[str, str] = field(default_factory=dict)
    """Named SELECTs of `key` and `value`, a STRUCT or JSON; each is joined only where a mapping
    reads into it by dots, such as `buyer.first_name`."""
    kept: Sequence[KeptRelations] = ()
    """What this and other SQL may read besides `relations`, as it is kept from run to run."""
    row: PlatformRow | None = None
    """The platform's row that takes edits made in HubSpot; without it nothing goes back."""

    @property
    def hubspot_type(self) -> str:
        """HubSpot's name of the object type."""
        return self.written_to or self.name


@dataclass(frozen=True, slots=True)
class RuleParameter:
    """What a list rule asks for."""

    name: str
    description: str
    condition: str
    """SQL on the rule's columns, with `$value` for what the mapping document gives."""
    type: Literal["text", "number", "date"] = "text"
    required: bool = True
    column: str | None = None
    """Column that `for_each` makes one list per value of."""
    labels: str | None = None
    """SELECT `value`, `label`: how such a list is named; without it, by the value."""


@dataclass(frozen=True, slots=True)
class ListRule:
    """Says which records are on a list: a SELECT giving `key`, narrowed by parameters."""

    name: str
    description: str
    sql: str
    parameters: Sequence[RuleParameter] = ()
    object_type: str = "contacts"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A part of a mapping that counts in documents that `extends` it."""

    name: str
    description: str
    mapping: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Codec:
    """Turns a value into HubSpot's canonical text and back.

    `encode` raises `ValueError`, with a sentence for a person, for a value that HubSpot would
    refuse. `encode(decode(encode(value))) == encode(value)` must hold.
    """

    name: str
    description: str
    encode: Callable[[Any], str | None]
    decode: Callable[[str], Any]


class PlatformSource(Protocol):
    """A way of reading a ticketing platform; `source:` in the tap's config names it."""

    name: str
    description: str
    settings: type[BaseModel]
    """Model of the settings object of the same name in the tap's config."""

    def streams(self, tap: Any, settings: Any) -> Sequence[Any]:
        """Return the Singer SDK streams of `tap` (a `singer_sdk.Tap`) for these settings."""


@dataclass(frozen=True, slots=True)
class Caller:
    """One plugin's function for a hook that the engine calls by itself."""

    plugin: str
    function: Callable[[Any], Any]


class NewRecord(dict[str, Any]):
    """A record that the tap did not send: `transform_records` adds it on purpose."""


@dataclass(frozen=True)
class RecordBatch:
    """Some records of one stream, before the replica takes them: what `transform_records` gets.

    How many there are means nothing: the same records may come in other batches next time.
    """

    stream: str
    schema: Mapping[str, Any]
    """The stream's Singer schema; what comes back is checked against it."""
    key_properties: tuple[str, ...]
    read: Callable[[], Sequence[Row]] = field(repr=False)
    """Gives the records; called when somebody asks for them, and not before."""

    @cached_property
    def records(self) -> tuple[Row, ...]:
        """The records, read-only; `{**record, "city": "Iași"}` is a changed one.

        A plugin that looks at `stream` first costs the other streams nothing.
        """
        return tuple(self.read())


Value: TypeAlias = str | int | float | bool | Decimal | None
"""What a field of a platform stream holds: instants are ISO 8601 text in UTC."""


@dataclass(frozen=True, slots=True)
class PlatformChange:
    """Fields of one row of a platform stream, as they should become."""

    stream: str
    key: str
    values: Mapping[str, Value]
    expected: Mapping[str, Value] = field(default_factory=dict)
    """What the fields were when the change was decided; a field that differs now is not written."""


@dataclass(frozen=True, slots=True)
class PlatformOutcome:
    """What became of a change, field by field: each is in exactly one of these."""

    change: PlatformChange
    written: tuple[str, ...] = ()
    """Fields that the platform has now, written or already so."""
    conflicts: Mapping[str, Value] = field(default_factory=dict)
    """Fields that somebody else changed meanwhile, with what they are now; they stay so."""
    invalid: Mapping[str, str] = field(default_factory=dict)
    """Fields that the platform does not take, and why."""


class PlatformWriter(Protocol):
    """Writes changes to a ticketing platform."""

    def write(self, change: PlatformChange) -> PlatformOutcome:
        """Write one row's fields and say what became of each.

        A field that the platform does not know, or does not take, is `invalid`: never dropped.
        Writing the same change again does no harm.

        Raises:
            Unavailable: The platform cannot be reached; the change is still to be made.
        """


@runtime_checkable
class BatchWriter(Protocol):
    """A platform writer that takes many changes at once."""

    def write_batch(self, changes: Sequence[PlatformChange]) -> Sequence[PlatformOutcome]:
        """Write changes of several rows; give each its outcome, in their order.

        Raises:
            Unavailable: The platform cannot be reached; any of them may be still to be made.
        """


@runtime_checkable
class CreatingWriter(Protocol):
    """A platform writer that can make rows."""

    def create(self, change: PlatformChange, unique: str | None = None) -> PlatformOutcome:
        """Make the row `change.key` of a stream with these values.

        A row that is there with this key stays as it is, so that doing it again makes nothing
        twice: fields that hold something else by now are conflicts, with what they are. Where
        another row has the value of the field `unique`, whatever its case, nothing is made, and
        that field is a conflict with its own value. Where the values cannot make a row, all of
        them are `invalid`.

        Raises:
            Unavailable: The platform cannot be reached; the row is still to be made.
        """


class WritablePlatform(Protocol):
    """A platform source that can also be written to."""

    def writer(self, settings: Any) -> PlatformWriter:
        """Return what writes to the platform with these settings."""


@dataclass(frozen=True, slots=True)
class Hint:
    """What a platform's webhook tells: a row that is worth reading again, never what it says."""

    event_key: str
    """What makes it the same call when it comes again."""
    happened: str
    """The platform's own word for it."""
    stream: str
    key: str


class HintingPlatform(Protocol):
    """A platform source whose platform calls when something has changed.

    The service checks who calls, by a secret in the address and by basic auth.
    """

    def hear(self, settings: Any, body: bytes) -> Sequence[Hint]:
        """Return what a call tells to read again; nothing where it is about nothing of ours.

        Raises:
            ValueError: The body is not one of this platform's, saying why.
        """

    def read_again(self, settings: Any, hints: Sequence[Hint]) -> Mapping[str, Sequence[Row]]:
        """Return the rows of what hints name, by stream, whole and as they are now.

        Raises:
            Unavailable: The platform cannot be reached; the hints are followed later.
        """
