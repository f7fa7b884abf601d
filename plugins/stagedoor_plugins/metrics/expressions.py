"""SQL expressions that metrics share."""

from __future__ import annotations


def money(column: str) -> str:
    """Return SQL for an amount in cents; none is nothing.

    By way of a small decimal, which takes a thirtieth of the time; amounts of a thousand million
    and more do not fit one.
    """
    small = f"TRY_CAST({column} AS DECIMAL(18, 9))::DECIMAL(18, 2)"
    return f"coalesce({small}, {column}::DECIMAL(18, 2), 0)"


def ratio(part: str, whole: str, places: int) -> str:
    """Return SQL for a quotient, rounded half up: a binary one is a little off the half."""
    return f"round(({part} / {whole})::DECIMAL(38, 6), {places})"


def score(value: str, limits: str) -> str:
    """Return SQL for a score of 1 to 5: one more for each limit that is reached."""
    return "1 + " + " + ".join(f"({value} >= {limits}[{n}])::INTEGER" for n in (1, 2, 3, 4))
