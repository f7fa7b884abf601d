"""Commands about runs: runs list, runs show."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import click

from stagedoor.cli.tables import print_table
from stagedoor.config import HubSpotSettings, load_settings
from stagedoor.errors import Busy, Misconfigured
from stagedoor.state.lease import lease
from stagedoor.store import open_store
from stagedoor.store.runs import RunRecord


@click.group()
def runs() -> None:
    """Tell what each run did."""


@runs.command("list")
@click.option("--limit", default=20, show_default=True, help="Runs to show, newest first.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
def list_(*, limit: int, as_json: bool) -> None:
    """List the latest runs."""
    settings = load_settings()
    store = open_store(settings)
    records = [_as_it_is(run, settings) for run in store.runs.list(limit)]
    store.close()
    if as_json:
        for run in records:
            click.echo(json.dumps(asdict(run), ensure_ascii=False))
    elif records:
        columns = ("run", "status", "purpose", "portal", "started", "seconds", "dead letters")
        print_table(columns, [_row(run) for run in records])
    else:
        click.echo("No run yet. Start one: meltano run tap-platform target-hubspot")


def _row(run: RunRecord) -> tuple[str, ...]:
    seconds, letters = run.counts.get("seconds", "-"), run.counts.get("dead_letters", "-")
    first = (run.run_id, run.status, run.purpose, run.portal, run.started_at)
    return (*first, f"{seconds}", f"{letters}")


def _as_it_is(run: RunRecord, settings: HubSpotSettings) -> RunRecord:
    """Return the run as interrupted when it goes on, but nobody holds its portal."""
    portal_dir = settings.root / run.portal
    if run.status != "running" or not portal_dir.exists():
        return run
    try:
        with lease(portal_dir, purpose="runs", timeout=0):
            return replace(run, status="interrupted")
    except Busy:
        return run


@runs.command()
@click.argument("run_id")
def show(run_id: str) -> None:
    """Show one run; the beginning of its id is enough."""
    settings = load_settings()
    store = open_store(settings)
    run = store.runs.get(run_id)
    store.close()
    if run is None:
        raise Misconfigured(f"There is no run {run_id!r}. See: stagedoor runs list")
    click.echo(json.dumps(asdict(_as_it_is(run, settings)), indent=2, ensure_ascii=False))
