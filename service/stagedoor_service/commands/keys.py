"""Commands about API keys: keys create, list, revoke."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from stagedoor.cli.tables import print_table
from stagedoor.config import load_settings
from stagedoor.errors import Misconfigured
from stagedoor.store import open_store


@click.group()
def keys() -> None:
    """Make and revoke the API keys that calls to the service need."""


@keys.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    default=("read",),
    show_default=True,
    help="What it is for: read, records, sync, mappings, connection, or admin; may be repeated.",
)
@click.option("--portal", help="The only portal that it opens; without it, all.")
def create(name: str, scopes: tuple[str, ...], portal: str | None) -> None:
    """Make a key for NAME, and print it: this once, for it is kept as a hash."""
    from stagedoor_service.application.access import checked_scopes  # noqa: PLC0415 - as in plugin

    store = open_store(load_settings())
    key, text = store.api_keys.create(name, checked_scopes(scopes), portal)
    store.close()
    click.echo(f"Key {key.key_id} for {key.name}: {', '.join(key.scopes)}", err=True)
    click.echo(text)


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
def list_(*, as_json: bool) -> None:
    """List the keys, without what proves them."""
    store = open_store(load_settings())
    found = store.api_keys.list()
    store.close()
    if as_json:
        for key in found:
            click.echo(json.dumps(asdict(key), ensure_ascii=False))
    elif found:
        columns = ("key", "name", "scopes", "portal", "made", "last used", "state")
        rows = [
            (
                key.key_id,
                key.name,
                ", ".join(key.scopes),
                key.portal or "all",
                key.created_at,
                key.last_used_at or "-",
                "revoked" if key.revoked_at else "valid",
            )
            for key in found
        ]
        print_table(columns, rows)
    else:
        click.echo("No keys yet. Make one: stagedoor keys create NAME --scope read")


@keys.command()
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """Make a key worthless from now on."""
    store = open_store(load_settings())
    done = store.api_keys.revoke(key_id)
    store.close()
    if not done:
        raise Misconfigured(f"There is no valid key {key_id!r}. See: stagedoor keys list")
    click.echo(f"Key {key_id} is revoked.")
