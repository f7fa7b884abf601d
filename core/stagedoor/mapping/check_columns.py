"""Mistakes that show against the platform: sources, columns, paths, types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stagedoor.mapping.document import ObjectMapping
from stagedoor.mapping.problems import Path, Problem, known
from stagedoor.mapping.properties import Property
from stagedoor.mapping.shapes import SourceShape, StreamShape
from stagedoor.streams import STREAMS

_JSON_FIELDS = {f.name for spec in STREAMS.values() for f in spec.fields if f.type == "json"}
_FIELDS = {f.name for spec in STREAMS.values() for f in spec.fields}

_KINDS = {
    "BOOLEAN": "bool",
    "DATE": "date",
    "TIMESTAMP": "datetime",
    "DECIMAL": "number",
    "DOUBLE": "number",
    "FLOAT": "number",
}
"""What a column of DuckDB's types holds; every …INT is a number, and anything else is text."""

CODEC_KINDS = {
    "email": "text",
    "domain": "text",
    "phone": "text",
    "number": "number",
    "integer": "number",
    "bool": "bool",
    "date": "date",
    "datetime": "datetime",
}
"""What the built-in codecs give; `text` gives what the column holds."""

_READS = {
    "number": {"number", "text"},
    "bool": {"bool", "number", "text"},
    "date": {"date", "datetime", "text"},
    "datetime": {"date", "datetime", "text"},
    "text": {"text"},
}
"""Columns from which a codec can give its kind of value; text may hold anything."""


def check_columns(
    entry: str, mapping: ObjectMapping, shape: SourceShape, stream: StreamShape | None = None
) -> Iterator[Problem]:
    """Yield the mistakes of one entry; `stream` is the foreign stream that it reads, if any."""
    path = ("objects", entry)
    if shape.unseen:
        yield Problem(
            (*path, "stream"),
            f"the stream {mapping.stream!r} has not come yet, so that the entry is skipped.",
            "Run its tap once, or correct the name.",
            is_note=True,
        )
        return
    if shape.sql_error is not None:
        at = next(name for name in ("sql", "key", "stream", "source", "") if _has(mapping, name))
        yield Problem(
            (*path, at) if at else path,
            f"its SQL does not prepare: {shape.sql_error}.",
            "Correct the name or the SQL.",
        )
        return
    if "key" not in shape.columns:
        yield Problem((*path, "sql"), "its SQL gives no column `key`.", "SELECT … AS key.")
    if shape.filter_error is not None:
        yield Problem(
            (*path, "filter"),
            f"it does not prepare: {shape.filter_error}.",
            known("", shape.columns),
        )
    for name, rule in mapping.properties.items():
        yield from _property((*path, "properties", name), rule, mapping, shape, stream)


def _has(mapping: ObjectMapping, name: str) -> bool:
    return not name or getattr(mapping, name) is not None


def _property(
    path: Path,
    rule: Property,
    mapping: ObjectMapping,
    shape: SourceShape,
    stream: StreamShape | None,
) -> Iterator[Problem]:
    at = (*path, "template" if rule.template is not None else "from")
    for way in rule.paths():
        root, *inner = way.split(".")
        if root in shape.details:
            yield from _detail(at, root, inner, shape.details[root])
        elif root not in shape.columns:
            places = {*shape.columns, *shape.details}
            yield Problem(at, f"the source has no column {root!r}.", known(root, places))
        elif inner and not _may_hold_json(root, mapping, shape, stream):
            yield Problem(
                at,
                f"the column {root!r} holds no JSON, so that there is nothing at {way!r}.",
                f"Write `{root}`, or a column that holds objects.",
            )
    yield from _codec(path, rule, shape)


def _detail(
    at: Path, root: str, inner: list[str], fields: tuple[str, ...] | None
) -> Iterator[Problem]:
    if not inner:
        one = fields[0] if fields else "question"
        yield Problem(at, f"`{root}` is several values.", f"Name one of them: `{root}.{one}`.")
    elif fields is not None and inner[0] not in fields:
        yield Problem(at, f"`{root}` has no {inner[0]!r}.", known(inner[0], fields))


def _may_hold_json(
    root: str, mapping: ObjectMapping, shape: SourceShape, stream: StreamShape | None
) -> bool:
    kind = shape.columns[root]
    if kind == "JSON" or kind.startswith(("STRUCT", "MAP")):
        return True
    if kind != "VARCHAR":
        return False
    if stream is not None:
        column = stream.column(root)
        return column is None or column.looks in ("object", "empty")
    return mapping.sql is not None or root in _JSON_FIELDS or root not in _FIELDS


def kind_of_column(column_type: str) -> str:
    """Return what a column of a DuckDB type holds."""
    word = column_type.partition("(")[0].partition(" ")[0]
    return "number" if word.endswith("INT") or word == "INTEGER" else _KINDS.get(word, "text")


def kind_sent(rule: Property, columns: Mapping[str, str]) -> str | None:
    """Return what kind of value a property is sent; nothing where it cannot be known."""
    if rule.codec != "text":
        return CODEC_KINDS.get(rule.codec)
    if rule.constant is not None or rule.calculator is not None or rule.values is not None:
        return None
    if rule.template is not None:
        return "text"
    # Text of an instant is not an instant of HubSpot's; the codec makes it one.
    column_type = columns.get(rule.from_ or "")
    kind = kind_of_column(column_type) if column_type else None
    return "text" if kind in ("date", "datetime") else kind


def _codec(path: Path, rule: Property, shape: SourceShape) -> Iterator[Problem]:
    gives = CODEC_KINDS.get(rule.codec)
    column_type = shape.columns.get(rule.from_ or "")
    if gives is None or column_type is None or rule.values is not None:
        return
    holds = kind_of_column(column_type)
    if holds not in _READS[gives]:
        fitting = [codec for codec, kind in CODEC_KINDS.items() if kind == holds] or ["text"]
        yield Problem(
            (*path, "codec"),
            f"the codec {rule.codec!r} cannot read the column {rule.from_!r}, which holds "
            f"{column_type}.",
            f"Write `codec: {fitting[-1]}`, or another column.",
        )
