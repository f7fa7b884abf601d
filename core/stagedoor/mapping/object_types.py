"""Which object types a mapping fills: those that plugins register, and those it makes itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from stagedoor.extension import AssociationSource, ObjectType, PlatformRow
from stagedoor.mapping.document import ObjectMapping, WhenAnonymised, WhenDeleted
from stagedoor.streams import STREAMS


def object_types_of(
    objects: Mapping[str, ObjectMapping], registered: Mapping[str, ObjectType]
) -> dict[str, ObjectType]:
    """Return the object type that each entry of `objects` fills, by the entry's name.

    Raises:
        LookupError: An entry names no source that there is; the text says which.
    """
    return {name: object_type_of(name, entry, registered) for name, entry in objects.items()}


def object_type_of(
    name: str, entry: ObjectMapping, registered: Mapping[str, ObjectType]
) -> ObjectType:
    """Return the object type that one entry fills.

    Raises:
        LookupError: It names no source that there is; the text says which.
    """
    if entry.sql is not None:
        return _own(name, entry, entry.sql, entry.deleted)
    if entry.stream is not None:
        key = key_of(entry)
        deleted = entry.deleted or _deleted_of(name, entry.stream, key)
        return _own(name, entry, _rows_of(name, entry.stream, key), deleted)
    source = registered.get(entry.source or name)
    if source is None:
        known = ", ".join(sorted(registered))
        raise LookupError(
            f"no plugin registers the object type {entry.source or name!r}. Known: {known}. For "
            "one of your own, say what it is made from: `source`, `stream` or `sql`."
        )
    return _like(name, entry, source)


def _own(name: str, entry: ObjectMapping, sql: str, deleted: str | None) -> ObjectType:
    return ObjectType(
        name=name,
        description=f"Mapped from {entry.stream or 'SQL'}.",
        sql=sql,
        deleted=deleted,
        order=entry.order or 100,
        written_to=entry.object_type,
        row=_row_of(name, entry),
    )


def _row_of(name: str, entry: ObjectMapping) -> PlatformRow | None:
    """Return the platform's row that an entry's objects are; nothing for other taps' rows."""
    if entry.stream not in STREAMS or key_of(entry) != (STREAMS[entry.stream].key,):
        return None
    return PlatformRow(entry.stream, f"{name}:")


def _like(name: str, entry: ObjectMapping, source: ObjectType) -> ObjectType:
    """Return `source` under another name: its rows, keys, calculators and associations."""
    if name == source.name:
        order = source.order if entry.order is None else entry.order
        written_to = entry.object_type or source.written_to
        deleted = entry.deleted or source.deleted
        return replace(source, order=order, written_to=written_to, deleted=deleted)
    return replace(
        source,
        name=name,
        relations={},
        deleted=entry.deleted or source.deleted,
        associations=tuple(_associated_like(name, source)),
        mapping=None,
        order=source.order if entry.order is None else entry.order,
        written_to=entry.object_type or source.hubspot_type,
        keys_of=source.keys_of or source.name,
    )


def _associated_like(name: str, source: ObjectType) -> Iterator[AssociationSource]:
    """Yield the associations that begin at `source`, beginning at `name` instead."""
    for association in source.associations:
        if association.from_end == source.name != association.to_end:
            renamed = replace(association.type, name=f"{name}_{association.type.name}")
            yield replace(
                association, type=renamed, from_object_type=name, to_object_type=association.to_end
            )


def impossible_removal(entry: ObjectMapping, object_type: ObjectType) -> tuple[str, str] | None:
    """Return the setting of an entry that cannot be carried out, and why."""
    if entry.when_deleted is not WhenDeleted.NONE and object_type.deleted is None:
        return "when_deleted", (
            f"nobody knows which objects of {object_type.name} the platform deleted: give "
            "`deleted`, a SELECT of their `key`."
        )
    if entry.when_anonymised is WhenAnonymised.NONE:
        return None
    if object_type.hubspot_type != "contacts" or object_type.anonymised is None:
        return "when_anonymised", (
            f"objects of {object_type.name} are not people with an account: it is for contacts "
            "that are made from customers."
        )
    return None


def seen_view(stream: str) -> str:
    """Return the name of the view of a stream's rows, whatever else has the stream's name."""
    return f"{stream}:seen"


def gone_view(stream: str) -> str:
    """Return the name of the view of a stream's rows that full reads no longer show."""
    return f"{stream}:gone"


def key_of(entry: ObjectMapping) -> tuple[str, ...]:
    """Return the columns that tell the rows of an entry's stream apart.

    Raises:
        LookupError: It names none, and the stream is not the platform's.
    """
    if entry.key:
        return (entry.key,) if isinstance(entry.key, str) else entry.key
    if entry.stream in STREAMS:
        return (STREAMS[entry.stream].key,)
    raise LookupError(
        f"the stream {entry.stream!r} is not one of the platform's: name the columns that tell "
        "its rows apart as `key`."
    )


def _rows_of(name: str, stream: str, key: tuple[str, ...]) -> str:
    """Return SQL for one object per row of a stream, without what the platform deleted."""
    living = "NOT coalesce(is_deleted, false)" if stream in STREAMS else "_sdc_deleted_at IS NULL"
    others = "COLUMNS(lambda c: c <> 'key')"
    seen = _quoted(seen_view(stream))
    return f"SELECT {_key(name, key)} AS key, {others} FROM {seen} WHERE {living}"


def _deleted_of(name: str, stream: str, key: tuple[str, ...]) -> str:
    """Return SQL for the keys of what the tap flagged as deleted, or no longer shows."""
    keys, seen = f"SELECT {_key(name, key)} AS key FROM", _quoted(seen_view(stream))
    if stream in STREAMS:
        return f"{keys} {seen} WHERE is_deleted"
    gone = _quoted(gone_view(stream))
    return f"{keys} {gone} UNION {keys} {seen} WHERE _sdc_deleted_at IS NOT NULL"


def _key(name: str, columns: tuple[str, ...]) -> str:
    parts = " || ':' || ".join(f"{_quoted(column)}::VARCHAR" for column in columns)
    return f"{_text(name + ':')} || {parts}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
