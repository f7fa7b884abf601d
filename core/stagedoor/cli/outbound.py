"""Commands around outbound runs: plan, push, rebuild."""

from __future__ import annotations

import click

from stagedoor.config import load_settings
from stagedoor.engine import explain
from stagedoor.sync import outbound
from stagedoor.sync.portals import portal_to_plan
from stagedoor.sync.rebuild import rebuild as rebuild_state
from stagedoor.sync.session import open_session


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
def plan(*, as_json: bool) -> None:
    """Print what the next push would write, per object and property; change nothing."""
    settings = load_settings({"dry_run": True})
    with open_session(settings, purpose="plan") as session:
        with portal_to_plan(settings, session.document) as portal:
            planned = outbound.plan(session, portal)
        tell = explain.json_lines if as_json else explain.lines
        for line in tell(planned.plan, planned.keys):
            click.echo(line)


@click.command()
@click.option(
    "--yes", is_flag=True, help="Push even when the plan exceeds `max_changes` or `max_removals`."
)
def push(*, yes: bool) -> None:
    """Write what is pending to HubSpot, without reading the platform again."""
    settings = load_settings({"max_changes": None, "max_removals": 1.0} if yes else {})
    with open_session(settings, purpose="outbound") as session:
        outbound.finish(session)


@click.command()
def rebuild() -> None:
    """Make lost or corrupt state again from platform and portal, without a duplicate.

    Reads the whole platform through tap-platform and finds every object in HubSpot by its match
    key. The old state is kept beside the new one.
    """
    rebuild_state(load_settings())
