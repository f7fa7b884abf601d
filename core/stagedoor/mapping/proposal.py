"""Proposes a mapping document from what streams look like."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from stagedoor.mapping.check_columns import kind_of_column
from stagedoor.mapping.shapes import ColumnShape, StreamShape

_WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "contacts": {
        "email": ("email", "e_mail", "mail", "email_address", "mail_address"),
        "firstname": ("first_name", "firstname", "given_name", "vorname", "prenom", "prenume"),
        "lastname": ("last_name", "lastname", "surname", "family_name", "nachname", "nume"),
        "phone": ("phone", "phone_number", "telephone", "telefon", "mobile"),
        "address": ("street", "address", "strasse", "adresse"),
        "zip": ("zip", "postal_code", "postcode", "plz", "zip_code"),
        "city": ("city", "town", "ort", "stadt", "oras"),
        "country": ("country", "country_code", "land", "tara"),
        "jobtitle": ("job_title", "jobtitle", "position"),
        "company": ("company", "company_name", "firma"),
    },
    "companies": {
        "name": ("company_name", "company", "organisation", "organization", "firma", "name"),
        "domain": ("domain", "website", "web_domain"),
        "phone": ("phone", "phone_number"),
        "address": ("street", "address"),
        "zip": ("zip", "postal_code", "postcode"),
        "city": ("city", "town"),
        "country": ("country", "country_code"),
    },
    "deals": {
        "dealname": ("name", "title", "order_number", "description"),
        "amount": ("amount", "total", "total_amount", "price", "sum"),
        "closedate": ("ordered_at", "sold_at", "paid_at", "date"),
    },
    "tickets": {
        "subject": ("subject", "title"),
        "content": ("message", "content", "body", "description", "text"),
    },
}
"""HubSpot's property, and what columns that fill it are called."""

_TELLING = {
    "contacts": ("email",),
    "companies": ("domain", "name"),
    "deals": ("amount",),
    "tickets": ("subject",),
}
"""Properties one of which makes a stream one of this object type, the first type first."""

_CODECS = {
    "email": "email",
    "phone": "phone",
    "domain": "domain",
    "amount": "number",
    "closedate": "datetime",
}

_ALWAYS: Mapping[str, dict[str, dict[str, Any]]] = {
    "contacts": {},
    "companies": {},
    "deals": {"pipeline": {"constant": "default"}, "dealstage": {"constant": "contractsent"}},
    "tickets": {"hs_pipeline": {"constant": "0"}, "hs_pipeline_stage": {"constant": "1"}},
}
"""What HubSpot wants of every object of a type."""

_STAGEDOOR_ID = {
    "from": "key",
    "label": "Stagedoor ID",
    "description": "Links this record with the ticketing platform. Do not edit.",
    "unique": True,
}

_PLUMBING = {"key", "is_deleted", "is_anonymised", "created_at", "updated_at"}

_TYPES = {
    "integer": {"codec": "integer", "type": "number"},
    "number": {"codec": "number", "type": "number"},
    "bool": {"codec": "bool", "type": "bool"},
    "date": {"codec": "date", "type": "date"},
    "datetime": {"codec": "datetime", "type": "datetime"},
}

_HEAD = """\
# yaml-language-server: $schema=mapping.schema.json
# Proposed from the platform's columns. Keep what you want to see in HubSpot, delete the rest,
# and run: stagedoor mapping check
version: 1
"""


@dataclass(frozen=True, slots=True)
class Proposed:
    """An entry for one stream, or in words why there is none."""

    name: str
    entry: dict[str, Any] | None
    comment: str


def propose(streams: Iterable[StreamShape], unread: Mapping[str, Mapping[str, str]]) -> str:
    """Return a document: entries for `streams`, and properties for columns that nothing reads.

    `unread` are columns and DuckDB's types of the shipped entries.
    """
    parts = [_HEAD]
    own = [_own(name, columns) for name, columns in unread.items()]
    entries = [proposed for proposed in own if proposed.entry is not None]
    entries += [_of_stream(stream) for stream in streams]
    if not any(proposed.entry for proposed in entries):
        parts.append("objects: {}\n")
    else:
        parts.append("objects:\n")
    for proposed in entries:
        parts.append(f"  # {proposed.comment}\n")
        if proposed.entry is not None:
            text = yaml.safe_dump(
                {proposed.name: proposed.entry},
                sort_keys=False,
                allow_unicode=True,
                default_flow_style=None,
                width=1_000,
            )
            parts.append(re.sub(r"^", "  ", text.rstrip(), flags=re.MULTILINE) + "\n")
    return "".join(parts)


def _own(name: str, columns: Mapping[str, str]) -> Proposed:
    shapes = [
        ColumnShape(column, kind)
        for column, kind in columns.items()
        if column not in _PLUMBING and not column.endswith("_id")
    ]
    properties = dict(_custom("platform", shape) for shape in shapes if _is_plain(shape))
    entry = {"properties": properties} if properties else None
    return Proposed(name, entry, f"{name}: columns that the shipped mapping does not send")


def _of_stream(stream: StreamShape) -> Proposed:
    name = _slug(stream.name)
    described = f"stream {stream.name}, {stream.rows:,} rows"
    by_property = {kind: dict(_known(stream, kind)) for kind in _WORDS}
    found = [k for k, telling in _TELLING.items() if any(n in by_property[k] for n in telling)]
    if not found:
        return Proposed(name, None, f"{described}: no column says what it would be in HubSpot")
    kind = found[0]
    key = _key(stream, by_property[kind].get("email"))
    if not key:
        return Proposed(name, None, f"{described}: no column tells its rows apart")
    known = by_property[kind]
    entry: dict[str, Any] = {
        "object_type": kind,
        "stream": stream.name,
        "key": key[0] if len(key) == 1 else list(key),
        "match_key": "email" if kind == "contacts" else "stagedoor_id",
        "properties": dict(_properties(name, stream, kind, known)),
    }
    return Proposed(name, entry, f"{described}: {kind}")


def _known(stream: StreamShape, kind: str) -> Iterator[tuple[str, ColumnShape]]:
    by_slug = {_slug(column.name): column for column in stream.columns}
    for name, words in _WORDS[kind].items():
        column = next((by_slug[word] for word in words if word in by_slug), None)
        if column is not None and _fits(name, column):
            yield name, column


def _fits(name: str, column: ColumnShape) -> bool:
    if name == "email":
        return column.looks in ("email", "empty")
    if name in ("amount", "closedate"):
        wanted = {"amount": ("number", "integer"), "closedate": ("date", "datetime")}[name]
        return _looks(column) in wanted
    return column.type == "VARCHAR" and column.looks != "object"


def _key(stream: StreamShape, email: ColumnShape | None) -> Sequence[str]:
    if stream.keys and all(stream.column(name) for name in stream.keys):
        return stream.keys
    unique = [column.name for column in stream.columns if column.is_unique]
    likely = [name for name in unique if re.search(r"(id|no|number|key|code)$", _slug(name))]
    if email is not None and email.is_unique and not likely:
        return (email.name,)
    return (likely or unique)[:1]


def _properties(
    entry: str, stream: StreamShape, kind: str, known: Mapping[str, ColumnShape]
) -> Iterator[tuple[str, dict[str, Any]]]:
    if kind != "contacts":
        yield "stagedoor_id", dict(_STAGEDOOR_ID)
    for name, column in known.items():
        rule: dict[str, Any] = {"from": column.name}
        if name in _CODECS:
            rule["codec"] = _CODECS[name]
        if name != "email" and kind == "contacts":
            # Somebody who is a customer too keeps what the platform says of them.
            rule["update_mode"] = "if_empty"
        yield name, rule
    if kind == "deals" and "dealname" not in known:
        yield "dealname", {"from": "key"}
    yield from _ALWAYS[kind].items()
    used = {column.name for column in known.values()}
    for column in stream.columns:
        if column.name not in used and _is_plain(column) and not column.name.startswith("_sdc_"):
            yield _custom(entry, column)


def _is_plain(column: ColumnShape) -> bool:
    """Whether one value of HubSpot's can hold it, and its name is no path."""
    nested = column.type.startswith(("STRUCT", "MAP", "JSON")) or column.type.endswith("[]")
    return not nested and column.looks != "object" and "." not in column.name


def _custom(prefix: str, column: ColumnShape) -> tuple[str, dict[str, Any]]:
    label = re.sub(r"[\s_]+", " ", column.name).strip().capitalize()
    rule = {"from": column.name, **_TYPES.get(_looks(column), {}), "label": label}
    return f"{prefix}_{_slug(column.name)}"[:100], rule


def _looks(column: ColumnShape) -> str:
    if column.type != "VARCHAR":
        kind = kind_of_column(column.type)
        return "integer" if column.type.endswith("INT") else kind
    return column.looks


def _slug(name: str) -> str:
    """Return a name in small letters, digits and `_`, as HubSpot's names are."""
    word = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return word if re.match(r"[a-z]", word) else f"c_{word}"
