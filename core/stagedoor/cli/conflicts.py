"""Commands about conflicts and decisions: conflicts list, show, resolve, log, undo."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import click

from stagedoor.cli.tables import print_table
from stagedoor.config import load_platform, load_settings
from stagedoor.errors import Misconfigured
from stagedoor.model import Side
from stagedoor.store import open_store
from stagedoor.store.conflicts import KeptConflict
from stagedoor.store.decisions import KeptDecision
from stagedoor.sync.platforms import open_writer
from stagedoor.sync.portals import open_portal
from stagedoor.sync.resolving import LIST, Choice, Resolving
from stagedoor.sync.session import open_session


@click.group()
def conflicts() -> None:
    """Look at properties that both sides changed, and decide."""


@conflicts.command("list")
@click.option("--all", "everything", is_flag=True, help="Closed conflicts too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
def list_(*, everything: bool, as_json: bool) -> None:
    """List the conflicts that wait, without their values."""
    settings = load_settings()
    store = open_store(settings)
    kept = store.conflicts.list(settings.portal, closed=everything)
    store.close()
    if as_json:
        for item in kept:
            told = asdict(item)
            for hidden in ("base", "ours", "theirs"):
                del told[hidden]
            click.echo(json.dumps(told, ensure_ascii=False))
    elif kept:
        columns = ("id", "object", "property", "rule", "opened", "state")
        print_table(columns, [_row(item) for item in kept])
    else:
        click.echo("No conflicts.")


def _row(item: KeptConflict) -> tuple[str, ...]:
    state = item.closed_as or "open"
    return (str(item.id), str(item.ref), item.property, item.rule, item.opened_at, state)


@conflicts.command()
@click.argument("conflict_id", type=int)
def show(conflict_id: int) -> None:
    """Show one conflict with its values, and how to decide it."""
    settings = load_settings()
    store = open_store(settings)
    item = store.conflicts.get(settings.portal, conflict_id)
    store.close()
    if item is None:
        raise Misconfigured(f"There is no conflict {conflict_id}. {LIST}")
    click.echo(f"what        {item.property} of {item.ref} (HubSpot {item.hubspot_id})")
    click.echo(f"agreed      {_shown(item.base)}")
    click.echo(f"platform    {_shown(item.ours)}")
    click.echo(f"HubSpot     {_shown(item.theirs)}")
    click.echo(f"rule        {item.rule}")
    click.echo(f"opened      {item.opened_at} in run {item.run_id}")
    if item.closed_at is None:
        click.echo(f"to decide   stagedoor conflicts resolve {item.id} --use platform (or hubspot)")
    else:
        click.echo(f"closed      {item.closed_at}, {item.closed_as}")
        if item.closed_as == "resolved":
            click.echo(f"to undo     stagedoor conflicts undo {item.decision_id}")


@conflicts.command()
@click.argument("conflict_id", type=int)
@click.option("--use", type=click.Choice([str(s) for s in Side]), help="Whose value both get.")
@click.option("--value", help="Another value that both get.")
@click.option("--empty", is_flag=True, help="Both get no value.")
@click.option("--reason", default="", help="Kept with the decision.")
@click.option("--always", is_flag=True, help="Write the rule into the mapping document, too.")
def resolve(
    *,
    conflict_id: int,
    use: str | None,
    value: str | None,
    empty: bool,
    reason: str,
    always: bool,
) -> None:
    """Decide a conflict: the platform gets the value now, HubSpot with the next push."""
    if (use is not None) + (value is not None) + empty != 1:
        raise Misconfigured("Give one of --use, --value and --empty.")
    if always and use is None:
        raise Misconfigured("--always makes a rule of a side: give --use.")
    choice = Choice(Side(use) if use else None, value)
    with _resolving("conflict") as resolving:
        decided = resolving.resolve(conflict_id, choice, reason)
        click.echo(f"{decided.decision.property} of {decided.ref} is decided.")
        if always and choice.side is not None:
            name = resolving.always(decided, choice.side)
            click.echo(f"`owner: {use}` is in {name} from now on.")


@conflicts.command()
@click.option("--limit", default=50, show_default=True, help="Decisions to show, newest first.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
def log(*, limit: int, as_json: bool) -> None:
    """List the latest decisions, by rules and by people, without their values."""
    settings = load_settings()
    store = open_store(settings)
    kept = store.decisions.list(settings.portal, limit)
    store.close()
    if as_json:
        for item in kept:
            click.echo(json.dumps(_told(item), ensure_ascii=False))
    elif kept:
        columns = ("id", "object", "property", "by", "at", "run", "state")
        print_table(columns, [_line(item) for item in kept])
    else:
        click.echo("No decisions.")


def _line(item: KeptDecision) -> tuple[str, ...]:
    state = "undone" if item.undone_at else ""
    made = item.decision
    return (str(item.id), str(item.ref), made.property, made.by, item.at, item.run_id, state)


def _told(item: KeptDecision) -> dict[str, object]:
    made = item.decision
    return {
        "id": item.id,
        "object_type": item.ref.object_type,
        "key": item.ref.key,
        "property": made.property,
        "rule": made.rule,
        "by": made.by,
        "at": item.at,
        "run_id": item.run_id,
        "undone_at": item.undone_at,
    }


@conflicts.command()
@click.argument("decision_id", type=int)
def undo(decision_id: int) -> None:
    """Take a decision back: each side gets what it held, and a person decides.

    DECISION_ID is that of `conflicts log`.
    """
    with _resolving("undo") as resolving, open_portal(resolving.session.settings) as portal:
        kept = resolving.undo(decision_id, portal)
    click.echo(f"{kept.decision.property} of {kept.ref} is as it was, and waits. {LIST}")


@contextmanager
def _resolving(purpose: str) -> Iterator[Resolving]:
    with open_session(load_settings(), purpose=purpose) as session:
        yield Resolving(session, open_writer(load_platform(), session.plugins))
        session.database.checkpoint()


def _shown(value: str | None) -> str:
    return "(none)" if value is None else value
