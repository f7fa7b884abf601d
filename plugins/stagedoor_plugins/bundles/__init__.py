"""Parts of a mapping that a document may extend."""

from __future__ import annotations

from importlib.resources import files

import yaml

from stagedoor.extension import Bundle

_MEANINGS = {
    "segments": "Lists of contacts by events attended, by total spend, and by ticket type.",
    "marketing_events": "Events as marketing events, and who registered, attended or cancelled.",
    "ticket_purchased": "A behavioural event for each ticket bought.",
}


def built_in() -> list[Bundle]:
    """Return the bundles beside this file."""
    folder = files("stagedoor_plugins").joinpath("bundles")
    return [
        Bundle(name, meaning, yaml.safe_load(folder.joinpath(f"{name}.yml").read_text("utf-8")))
        for name, meaning in _MEANINGS.items()
    ]
