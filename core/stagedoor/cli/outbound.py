"""Commands around outbound runs: plan, push, rebuild."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import click

from stagedoor.config import load_settings
from stagedoor.engine import explain
from stagedoor.errors import Misconfigured
from stagedoor.sync import outbound
from stagedoor.sync.portals import open_portal
from stagedoor.sync.rebuild import rebuild as rebuild_state
from stagedoor.sync.saved_plan import load as load_plan
from stagedoor.sync.saved_plan import save as save_plan
from stagedoor.sync.session import open_session


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@click.option("--offline", is_flag=True, help="Do not ask HubSpot what it lacks.")
@click.option(
    "--save",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep the plan in a file, for `stagedoor push FILE`.",
)
def plan(*, as_json: bool, offline: bool, save: Path | None) -> None:
    """Print what the next push would write, per object and property; change nothing."""
    if offline and save is not None:
        raise Misconfigured("A plan to be pushed later needs HubSpot: give --save or --offline.")
    settings = load_settings({"dry_run": True})
    with ExitStack() as stack:
        session = stack.enter_context(open_session(settings, purpose="plan"))
        if offline:
            planned = outbound.plan(session)
        else:
            portal = stack.enter_context(open_portal(settings))
            planned, digests = outbound.plan_with_schema(session, portal)
            if save is not None:
                save_plan(save, session, planned, digests)
        tell = explain.json_lines if as_json else explain.lines
        for line in tell(planned.plan, planned.keys):
            click.echo(line)


@click.command()
@click.option("--yes", is_flag=True, help="Push what exceeds `max_changes` or `max_removals`.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
def push(*, yes: bool, file: Path | None) -> None:
    """Write what is pending to HubSpot, without reading the platform again.

    With FILE, a plan that `stagedoor plan --save` has kept: exactly that, or nothing when
    something moved meanwhile.
    """
    settings = load_settings({"max_changes": None, "max_removals": 1.0} if yes else {})
    saved = load_plan(file, settings.portal) if file is not None else None
    with open_session(settings, purpose="outbound") as session:
        outbound.finish(session, saved)


@click.command()
def rebuild() -> None:
    """Make lost or corrupt state again from platform and portal, without a duplicate.

    Reads the whole platform through tap-platform and finds every object in HubSpot by its match
    key. The old state is kept beside the new one.
    """
    rebuild_state(load_settings())
