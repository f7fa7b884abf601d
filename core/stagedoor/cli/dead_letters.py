"""Commands about dead letters: list, show, replay."""

from __future__ import annotations

import json
import re
from dataclasses import asdict

import click

from stagedoor.cli.tables import print_table
from stagedoor.config import load_settings
from stagedoor.errors import Misconfigured
from stagedoor.store import open_store
from stagedoor.store.dead_letters import KeptLetter
from stagedoor.sync.replay import replay as replay_letters
from stagedoor.sync.session import open_session


@click.group("dead-letters")
def dead_letters() -> None:
    """Look at what could not be sent, and send it again."""


@dead_letters.command("list")
@click.option("--all", "everything", is_flag=True, help="Closed letters too.")
@click.option("--object-type", help="Only letters of this object type or stream.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
def list_(*, everything: bool, object_type: str | None, as_json: bool) -> None:
    """List the letters, without the contents of records."""
    settings = load_settings()
    store = open_store(settings)
    kept = store.dead_letters.list(
        settings.portal, closed=everything, object_type=object_type, records=False
    )
    store.close()
    if as_json:
        for item in kept:
            click.echo(json.dumps(_listed(item), ensure_ascii=False))
    elif kept:
        columns = ("id", "stage", "object type", "key", "code", "properties", "seen", "state")
        print_table(columns, [_row(item) for item in kept])
    else:
        click.echo("No dead letters.")


def _row(item: KeptLetter) -> tuple[str, ...]:
    letter = item.letter
    return (
        str(item.id),
        letter.stage,
        letter.object_type,
        _masked(letter.key),
        letter.code,
        ", ".join(letter.properties),
        f"seen {item.times}",
        item.closed_as or "open",
    )


def _listed(item: KeptLetter) -> dict[str, object]:
    content = asdict(item)
    letter = content.pop("letter")
    del letter["record"], letter["message"]
    return {**content, **letter, "key": _masked(item.letter.key)}


def _masked(key: str) -> str:
    """Return the key without the name in an e-mail address, as in a guest's key."""
    return re.sub(r"([^\s:@])[^\s:@]*@", r"\1…@", key)


@dead_letters.command()
@click.argument("letter_id", type=int)
def show(letter_id: int) -> None:
    """Show one letter whole: the record, the reason, and what to do."""
    item = open_store(load_settings()).dead_letters.get(letter_id)
    if item is None:
        raise Misconfigured(
            f"There is no dead letter {letter_id}. See: stagedoor dead-letters list"
        )
    letter = item.letter
    click.echo(f"what        {letter.object_type} {letter.key}")
    click.echo(f"reason      {letter.code}: {letter.message}")
    click.echo(f"properties  {', '.join(letter.properties) or '-'}")
    click.echo(
        f"HubSpot     {letter.category or '-'} · correlation id {letter.correlation_id or '-'}"
    )
    click.echo(f"seen        {item.times} times, last {item.last_at} in run {item.run_id}")
    click.echo(f"advice      {letter.advice}")
    click.echo(f"record      {letter.record or '-'}")
    click.echo(f"to replay   stagedoor dead-letters replay {item.id}")


@dead_letters.command()
@click.argument("letter_ids", type=int, nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every open letter.")
def replay(letter_ids: tuple[int, ...], *, everything: bool) -> None:
    """Put letters back on their way: the next push sends them again."""
    if not letter_ids and not everything:
        raise Misconfigured("Name the letters to replay, or give --all.")
    settings = load_settings()
    with open_session(settings, purpose="replay", takes_input=True) as session:
        letters = session.store.dead_letters.list(settings.portal)
        chosen = [item for item in letters if everything or item.id in letter_ids]
        missing = set(letter_ids) - {item.id for item in chosen}
        if missing:
            raise Misconfigured(f"No open dead letters {sorted(missing)}; see dead-letters list.")
        replay_letters(session, chosen)
    click.echo(f"{len(chosen)} on their way. Send them now with: stagedoor push")
