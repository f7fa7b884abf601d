"""Writes an owner into a user's mapping document, and leaves its comments where they are."""

from __future__ import annotations

from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from stagedoor.model import Owner

_WIDTH = 10_000
"""Characters of a line: no line of the user's is broken."""


def with_owner(text: str, entry: str, property_name: str, owner: Owner) -> str:
    """Return the document in which `owner` decides about a property that goes both ways."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = _WIDTH
    document: Any = yaml.load(text) or CommentedMap()
    place = document
    for word in ("objects", entry, "properties", property_name):
        if not isinstance(place.get(word), dict):
            place[word] = CommentedMap()
        place = place[word]
    place["owner"] = owner.value
    written = StringIO()
    yaml.dump(document, written)
    return written.getvalue()
