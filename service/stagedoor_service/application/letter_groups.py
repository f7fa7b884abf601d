"""Dead letters by what is wrong with them, and as a table for people who fix them elsewhere."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stagedoor.explanations import EXPLANATIONS, Explanation
from stagedoor.store.dead_letters import KeptLetter
from stagedoor_service.application.letters import list_letters
from stagedoor_service.application.office import Office

MOST = 10_000
"""Letters that a table holds."""

COLUMNS = (
    *("id", "stage", "object_type", "key", "code", "message", "advice"),
    *("properties", "times", "first_at", "last_at", "correlation_id"),
)


@dataclass(frozen=True, slots=True)
class LetterGroup:
    """The open letters of one code."""

    code: str
    letters: Sequence[KeptLetter]
    explanation: Explanation | None
    """What the code means; HubSpot's own have none."""

    @property
    def object_types(self) -> list[str]:
        """The object types and streams that they are about."""
        return sorted({kept.letter.object_type for kept in self.letters})

    @property
    def last_at(self) -> str:
        """When one of them came last."""
        return max(kept.last_at for kept in self.letters)


def letter_groups(office: Office, portal: str) -> list[LetterGroup]:
    """Return the open letters by code, the largest group first."""
    by_code: dict[str, list[KeptLetter]] = {}
    for kept in list_letters(office, portal, limit=MOST):
        by_code.setdefault(kept.letter.code, []).append(kept)
    groups = [LetterGroup(code, kept, EXPLANATIONS.get(code)) for code, kept in by_code.items()]
    return sorted(groups, key=lambda group: (-len(group.letters), group.code))


def as_csv(office: Office, portal: str, code: str | None = None) -> Iterator[str]:
    """Yield the open letters as lines of CSV, without the records in them."""
    yield _line(COLUMNS)
    for kept in list_letters(office, portal, code=code, limit=MOST):
        letter = kept.letter
        yield _line(
            (
                *(str(kept.id), letter.stage, letter.object_type, letter.key, letter.code),
                *(letter.message, letter.advice, ", ".join(letter.properties), str(kept.times)),
                *(kept.first_at, kept.last_at, letter.correlation_id or ""),
            )
        )


def _line(values: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow([_inert(value) for value in values])
    return text.getvalue()


def _inert(value: str) -> str:
    """Return a value that no spreadsheet takes for a formula.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    return f"'{value}" if value[:1] in tuple("=+-@\t\r") else value
