"""What the inspector shows of a call: names, shapes and HubSpot's reasons; never a record's values.

Values are left out by where they stand, not by how they look: of a body only what is known to be a
name or a word of HubSpot's own is shown, everything else by its kind and length.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stagedoor.hubspot.requests import Request
from stagedoor.hubspot.responses import INVALID, Response, invalid_properties

GONE = "…"
"""Stands for what is left out."""

_LONGEST = 4_000
"""Characters of an outline that are kept."""
_MOST_NAMES = 200

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_NAME_LISTS = frozenset({"properties", "propertiesWithHistory"})
"""Lists of names of properties, as requests to read have them."""
_SPELLED_OUT = frozenset(
    {
        *("propertyName", "idProperty", "operator", "objectTypeId"),
        *("associationCategory", "associationTypeId", "typeId"),
        *("category", "subCategory", "errorType", "policyName", "status"),
    }
)
"""Entries whose value is a name or a code, wherever they stand but among a record's properties."""

_PIECES = re.compile(
    r"""https?://\S+ | \S*@\S+ | "(?P<quoted>[^"]*)" | (?<!\w)'(?P<single>[^']*)'(?!\w) | \d+""",
    re.VERBOSE,
)
"""What may be a value in a sentence of HubSpot's: addresses, quotations, numbers."""


@dataclass(frozen=True, slots=True)
class Redacted:
    """A call without what it said."""

    query: tuple[str, ...] = ()
    """Names of the parameters."""
    properties: tuple[str, ...] = ()
    """Names of the properties that were written or asked for."""
    request: str | None = None
    """Outline of the body, as JSON."""
    response: str | None = None
    category: str | None = None
    """HubSpot's error category."""
    message: str | None = None
    """HubSpot's sentence, without values."""


def redact(request: Request, response: Response | None) -> Redacted:
    """Return what may be shown of a call."""
    names = tuple(dict.fromkeys(_property_names(request.body)))[:_MOST_NAMES]
    told = Redacted(
        query=tuple(sorted(name for name in request.query if _WORD.fullmatch(name))),
        properties=tuple(sorted(names)),
        request=_written(request.body),
    )
    if response is None:
        return told
    category = response.category
    return Redacted(
        query=told.query,
        properties=told.properties,
        request=told.request,
        response=_written(response.payload if response.payload is not None else response.text),
        category=category if category and _CODE.fullmatch(category) else None,
        message=_reason(request, response, names) if response.status >= 300 else None,
    )


def outline(value: Any, name: str | None = None, *, in_record: bool = False) -> Any:
    """Return the shape of a JSON value; of a list, its first element and how many follow."""
    match value:
        case dict():
            record = in_record or name == "properties"
            return {
                _key(inner): outline(what, str(inner), in_record=record)
                for inner, what in value.items()
            }
        case list() | tuple() if name in _NAME_LISTS and not in_record:
            return [_key(word) for word in value[:_MOST_NAMES]]
        case list() | tuple():
            more = [f"{GONE} and {len(value) - 1} more"] if len(value) > 1 else []
            return [*(outline(what, in_record=in_record) for what in value[:1]), *more]
        case _:
            return _leaf(value, is_word=name in _SPELLED_OUT and not in_record)


def _leaf(value: Any, *, is_word: bool) -> Any:
    match value:
        case None | "":
            return value
        case str() if is_word and _CODE.fullmatch(value):
            return value
        case str():
            return f"{GONE} ({len(value)} characters)"
        case bool():
            return f"{GONE} (true or false)"
        case _:
            return f"{GONE} (a number)"


def _key(name: Any) -> str:
    """Return a name, unless it cannot be one: an address may stand where a name should."""
    return name if isinstance(name, str) and _WORD.fullmatch(name) else GONE


def _written(body: Any) -> str | None:
    if body in (None, ""):
        return None
    text = json.dumps(outline(body), ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}{GONE}"


def _property_names(body: Any, name: str | None = None) -> Iterator[str]:
    """Yield the names of properties that a request's body has."""
    match body:
        case dict():
            for key, inner in body.items():
                if name == "properties":
                    yield from [key] if _WORD.fullmatch(key) else []
                else:
                    yield from _property_names(inner, key)
        case list() | tuple():
            for inner in body:
                if name in _NAME_LISTS and isinstance(inner, str):
                    yield from [inner] if _WORD.fullmatch(inner) else []
                else:
                    yield from _property_names(inner)
        case str() if name in ("propertyName", "idProperty") and _WORD.fullmatch(body):
            yield body
        case _:
            return


def _reason(request: Request, response: Response, names: Sequence[str]) -> str | None:
    payload = response.payload
    if not isinstance(payload, Mapping) or not payload.get("message"):
        return None
    message = str(payload["message"])
    if listed := invalid_properties(message):
        head = message.partition(INVALID)[0]
        told = "; ".join(f"{_key(item.get('name'))} {_key(item.get('error'))}" for item in listed)
        return without_values(f"{head}{INVALID}", _values(request.body), names) + told
    known = [*_values(request.body), *request.query.values(), *_values(_contexts(payload))]
    return without_values(message, known, names)


def _contexts(payload: Mapping[str, Any]) -> list[Any]:
    """Return what HubSpot put into its sentences, as it tells beside them."""
    errors = payload.get("errors")
    inner = [item.get("context") for item in errors or () if isinstance(item, Mapping)]
    return [payload.get("context"), *inner]


def _values(body: Any) -> Iterator[str]:
    match body:
        case dict():
            for inner in body.values():
                yield from _values(inner)
        case list() | tuple():
            for inner in body:
                yield from _values(inner)
        case str():
            yield body
        case _:
            return


def without_values(
    sentence: str, values: Iterator[str] | Sequence[str], names: Sequence[str]
) -> str:
    """Return a sentence without these values, and without what else may be one.

    Quoted names of properties stay: they are what the sentence is about.
    """
    kept = set(names)
    lowered = sentence.lower()
    there = {v for v in values if len(v) > 1 and v not in kept and v.lower() in lowered}
    for value in sorted(there, key=len, reverse=True):
        sentence = re.sub(re.escape(value), GONE, sentence, flags=re.IGNORECASE)

    def piece(found: re.Match[str]) -> str:
        quoted = found["quoted"] or found["single"]
        return found.group() if quoted in kept else GONE

    return _PIECES.sub(piece, sentence)[:1_000]
