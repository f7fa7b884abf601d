"""What is wrong with a mapping document: where, why, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeAlias

Path: TypeAlias = tuple[str, ...]
"""The way to an entry: `("objects", "contacts", "properties", "city")`."""

Places: TypeAlias = Mapping[Path, tuple[int, int]]
"""Line and column of each entry, from 1."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a mapping document."""

    path: Path
    reason: str
    remedy: str
    is_note: bool = False
    """Whether a run goes on all the same."""


def nearest(places: Places, path: Path) -> tuple[int, int] | None:
    """Return line and column of the nearest entry that the user wrote."""
    for length in range(len(path), 0, -1):
        if place := places.get(path[:length]):
            return place
    return None


def where(name: str, places: Places, path: Path) -> str:
    """Return the place of the nearest entry that the user wrote, as file:line:column."""
    place = nearest(places, path)
    return f"{name}:{place[0]}:{place[1]}" if place else name


def told(name: str, places: Places, problem: Problem) -> str:
    """Return a problem in one line."""
    entry = f"`{'.'.join(problem.path)}`: " if problem.path else ""
    return f"{where(name, places, problem.path)}: {entry}{problem.reason} {problem.remedy}".strip()


def known(word: str, words: Iterable[str], *, most: int = 40) -> str:
    """Return what to write instead of a word that nothing is called."""
    all_words = sorted(words)
    near = get_close_matches(word, all_words, n=1, cutoff=0.6)
    hint = f"Did you mean `{near[0]}`? " if near else ""
    listed = ", ".join(all_words[:most]) + (", …" if len(all_words) > most else "")
    return f"{hint}Known: {listed}."
