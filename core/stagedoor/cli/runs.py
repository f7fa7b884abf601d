"""Commands about runs: runs list, runs show."""

from __future__ import annotations

import json

import click

from stagedoor.config import load_settings
from stagedoor.errors import Misconfigured
from stagedoor.store import open_store


@click.group()
def runs() -> None:
    """Tell what each run did."""


@runs.command("list")
@click.option("--limit", default=20, show_default=True, help="Runs to show, newest first.")
def list_(limit: int) -> None:
    """List the latest runs."""
    store = open_store(load_settings())
    records = store.runs.list(limit)
    if not records:
        click.echo("No run yet. Start one: meltano run tap-platform target-hubspot")
    for run in records:
        seconds = run.counts.get("seconds", "-")
        click.echo(
            f"{run.run_id}  {run.status:<11} {run.purpose:<9} portal {run.portal}  "
            f"{run.started_at}  {seconds} s"
        )


@runs.command()
@click.argument("run_id")
def show(run_id: str) -> None:
    """Show one run; the beginning of its id is enough."""
    run = open_store(load_settings()).runs.get(run_id)
    if run is None:
        raise Misconfigured(f"There is no run {run_id!r}. See: stagedoor runs list")
    fields = {name: getattr(run, name) for name in run.__slots__}
    click.echo(json.dumps(fields, indent=2, ensure_ascii=False))
