"""Keeps what is known of the portal, so that a plan needs no call."""

from __future__ import annotations

from stagedoor.mapping.facts import PortalFacts, facts_from_json
from stagedoor.state.database import StateDatabase

_NAME = "portal_facts"


def known_facts(database: StateDatabase) -> PortalFacts:
    """Return what the last push read; nothing before the first one."""
    return facts_from_json(database.fact(_NAME))


def keep_facts(database: StateDatabase, facts: PortalFacts) -> None:
    """Keep what was read, if it is anything new."""
    if facts != known_facts(database):
        database.remember(_NAME, facts.to_json())
