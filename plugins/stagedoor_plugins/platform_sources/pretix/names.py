"""Names as pretix writes them: of people, by scheme; of things, by language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def given_and_family(parts: Mapping[str, Any] | None) -> tuple[str | None, str | None]:
    """Return given and family name; the last word of a full name counts as family name."""
    said = {key: text(value) for key, value in (parts or {}).items() if key != "_scheme"}
    given = said.get("given_name") or said.get("calling_name")
    family = said.get("family_name")
    if given or family:
        middle = said.get("middle_name")
        return (f"{given} {middle}" if given and middle else given), family
    words = (said.get("full_name") or said.get("_legacy") or "").split()
    if len(words) < 2:
        return (words[0] if words else None), None
    return " ".join(words[:-1]), words[-1]


def spoken(value: Any, language: str) -> str | None:
    """Return a name in `language`, else in English, else in the first language that has it."""
    if not isinstance(value, Mapping):
        return text(value)
    for code in (language, language.partition("-")[0], "en", *sorted(value)):
        if found := text(value.get(code)):
            return found
    return None


def text(value: Any) -> str | None:
    """Return text without surrounding blanks; blank counts as absent."""
    return str(value).strip() or None if value is not None else None
