"""The built-in object types: what becomes a contact, company, deal and ticket."""

from __future__ import annotations

from importlib.resources import files

import yaml

from stagedoor.extension import ObjectType
from stagedoor_plugins.object_types import companies, contacts, deals, marketing_events, tickets


def built_in() -> list[ObjectType]:
    """Return the built-in object types with their part of the shipped mapping."""
    text = files("stagedoor_plugins").joinpath("mapping.yml").read_text(encoding="utf-8")
    fragments = yaml.safe_load(text)["objects"]
    modules = (companies, contacts, deals, tickets)
    mapped = [module.object_type(fragments[module.NAME]) for module in modules]
    return [*mapped, marketing_events.object_type()]
