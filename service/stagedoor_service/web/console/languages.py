"""The languages of the console, from catalogues as translators keep them.

The catalogues are read as they are, so that nothing has to be compiled before a start.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from gettext import NullTranslations
from pathlib import Path

from babel import Locale, negotiate_locale
from babel.dates import format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import Translations

FOLDER = Path(__file__).parent / "locale"
NOTHING = "\N{EN DASH}"
"""Stands where there is no value."""
NAMES = {"en": "English", "ro": "Română"}
"""The languages, by their own names; the first is that of the texts in the code."""


@dataclass(frozen=True)
class Language:
    """One language: its words, numbers and times."""

    code: str
    translations: NullTranslations

    def number(self, value: float) -> str:
        """Return a number as the language writes it."""
        return str(format_decimal(value, locale=self.code))

    def moment(self, value: str | float | None) -> str:
        """Return a time, ISO 8601 or seconds since 1970, as the language writes it, in UTC."""
        if value is None:
            return NOTHING
        at = (
            datetime.fromisoformat(value)
            if isinstance(value, str)
            else datetime.fromtimestamp(value, UTC)
        )
        return f"{format_datetime(at.astimezone(UTC), 'd MMM y, HH:mm:ss', locale=self.code)} UTC"

    @property
    def say(self) -> Callable[[str], str]:
        """Returns a text of the code in this language."""
        return self.translations.gettext


@cache
def language(code: str) -> Language:
    """Return a language by its code."""
    path = FOLDER / code / "LC_MESSAGES" / "console.po"
    if not path.exists():
        return Language(code, NullTranslations())
    with path.open("rb") as file:
        catalogue = read_po(file, locale=code)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Language(code, Translations(compiled))


def chosen(code: str | None, accepted: str | None) -> Language:
    """Return the language that a person chose, or that his browser prefers most."""
    if code in NAMES:
        return language(str(code))
    wanted = [part.partition(";")[0].strip() for part in (accepted or "").split(",")]
    found = negotiate_locale([w for w in wanted if w], list(NAMES), sep="-")
    return language(Locale.parse(found).language if found else next(iter(NAMES)))
