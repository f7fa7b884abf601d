"""Reads the YAML of a mapping document: what it says, and where each entry stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from stagedoor.errors import Misconfigured
from stagedoor.mapping.problems import Path, Problem

MOST_ENTRIES = 100_000
MOST_LEVELS = 50


def parse(
    text: str, name: str
) -> tuple[dict[str, Any], dict[Path, tuple[int, int]], list[Problem]]:
    """Return the document in `text`, where its entries stand (from 1), and keys that come twice.

    Raises:
        Misconfigured: The text is not YAML, or not a mapping, naming the place in `name`.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
    except RecursionError:
        raise _too_much(name) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        problem = getattr(error, "problem", None) or "it is not YAML"
        raise Misconfigured(f"{where}: {problem}. Mend the mapping document.") from error
    if not isinstance(content, dict):
        raise Misconfigured(f"{name}:1:1: a mapping document must start with `objects:`.")
    try:
        return (content, *_places(node))
    except RecursionError:
        raise _too_much(name) from None


def _places(node: yaml.Node | None) -> tuple[dict[Path, tuple[int, int]], list[Problem]]:
    """Return where the entries of a document stand, and keys that come twice.

    Raises:
        RecursionError: There are too many, or one inside too many others.
    """
    places: dict[Path, tuple[int, int]] = {}
    twice: list[Problem] = []
    for number, (path, place) in enumerate(_entries(node, ())):
        if number == MOST_ENTRIES:  # a few aliases of aliases are a billion entries
            raise RecursionError
        if path in places and not any(path[: len(p.path)] == p.path for p in twice):
            first = places[path][0]
            twice.append(Problem(path, f"stands here and on line {first}.", "Keep one of the two."))
        places[path] = place
    return places, twice


def _too_much(name: str) -> Misconfigured:
    return Misconfigured(
        f"{name}: more than {MOST_ENTRIES:,} entries, or entries inside {MOST_LEVELS} others, are "
        "no mapping document. Look for an alias (`*name`) that contains itself."
    )


def _entries(node: yaml.Node | None, path: Path) -> Iterator[tuple[Path, tuple[int, int]]]:
    if len(path) > MOST_LEVELS:
        raise RecursionError
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*path, str(key.value))
            yield inner, (key.start_mark.line + 1, key.start_mark.column + 1)
            yield from _entries(value, inner)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            inner = (*path, str(number))
            yield inner, (value.start_mark.line + 1, value.start_mark.column + 1)
            yield from _entries(value, inner)
