"""Commands that make HubSpot's properties: provision plan, provision apply."""

from __future__ import annotations

import click

from stagedoor.config import load_settings
from stagedoor.errors import Misconfigured
from stagedoor.plugins import load_plugins
from stagedoor.sync.portals import open_portal
from stagedoor.sync.provision import (
    apply_provision,
    define_events,
    missing_events,
    plan_provision,
)
from stagedoor.sync.session import load_document


@click.group()
def provision() -> None:
    """Make the properties, pipelines, labels and events in HubSpot that the mapping writes."""


@provision.command("plan")
def plan_() -> None:
    """Print what HubSpot lacks; change nothing."""
    settings = load_settings()
    plugins = load_plugins(settings.plugins)
    document = load_document(settings, plugins)
    with open_portal(settings) as portal:
        click.echo(plan_provision(document, plugins, portal).explain())
        for name in missing_events(document, portal):
            click.echo(f"  define the behavioural event {name}")


@provision.command()
def apply() -> None:
    """Make what HubSpot lacks.

    It never changes or deletes what exists.
    """
    settings = load_settings()
    plugins = load_plugins(settings.plugins)
    document = load_document(settings, plugins)
    with open_portal(settings) as portal:
        plan = plan_provision(document, plugins, portal)
        if plan.conflicts:
            listed = "\n".join(f"  {conflict}" for conflict in plan.conflicts)
            raise Misconfigured(f"HubSpot contradicts the mapping:\n{listed}")
        apply_provision(plan, portal)
        click.echo(plan.explain())
        define_events(document, portal, events := missing_events(document, portal))
        for name in events:
            click.echo(f"  define the behavioural event {name}")
