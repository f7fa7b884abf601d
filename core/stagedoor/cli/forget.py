"""Commands about erased people: forget, erasures."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import asdict

import click

from stagedoor.cli.tables import print_table
from stagedoor.config import HubSpotSettings, load_settings
from stagedoor.errors import Misconfigured
from stagedoor.store import open_store
from stagedoor.sync.forgetting import Found, find
from stagedoor.sync.forgetting import forget as forget_person
from stagedoor.sync.portals import open_portal
from stagedoor.sync.session import open_session


@click.command()
@click.option("--email", help="Address of the person.")
@click.option("--key", help="Key of the person's contact, such as customer:17.")
@click.option("--hubspot", is_flag=True, help="Delete the contact in HubSpot for good, too.")
@click.option("--block", is_flag=True, help="Keep the person away from now on.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def forget(*, email: str | None, key: str | None, hubspot: bool, block: bool, yes: bool) -> None:
    """Erase a person from everything that Stagedoor keeps; shows what there is, and asks."""
    if (email is None) == (key is None):
        raise Misconfigured("Give --email or --key: who is to be forgotten?")
    settings = load_settings()
    with ExitStack() as stack:
        session = stack.enter_context(open_session(settings, purpose="forget"))
        found = find(session, email=email, key=key)
        for line in found.lines():
            click.echo(line)
        if not yes:
            where = "here and in HubSpot" if hubspot else "here"
            click.confirm(f"Erase all of this {where}? It cannot be undone.", abort=True)
        portal = stack.enter_context(open_portal(settings)) if hubspot else None
        forget_person(session, found, portal, blocked=block)
    _tell(settings, found, hubspot=hubspot, block=block)


def _tell(settings: HubSpotSettings, found: Found, *, hubspot: bool, block: bool) -> None:
    click.echo("Erased.")
    if found.contacts and not hubspot:
        click.echo("HubSpot keeps its record; delete it there, or forget with --hubspot first.")
    if found.on_platform and not block:
        click.echo(
            "The platform still has this person, so a full read, or a change there, brings them "
            "back. Erase them on the platform, or keep them away with --block."
        )
    if block:
        click.echo("Kept away: what the platform still says of them is emptied on arrival.")
    if settings.store_url:
        click.echo("The operational store is not ours to vacuum; do that in its database.")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
def erasures(*, as_json: bool) -> None:
    """List who was erased when and by whom, without saying who."""
    settings = load_settings()
    store = open_store(settings)
    lines = store.erasures.audit(settings.portal)
    store.close()
    if as_json:
        for line in lines:
            click.echo(json.dumps(asdict(line)))
    elif lines:
        columns = ("at", "run", "by", "reason", "what", "HubSpot record (hash)")
        rows = [(i.at, i.run_id, i.who, i.reason, i.what, i.hubspot_id_hash or "-") for i in lines]
        print_table(columns, rows)
    else:
        click.echo("Nobody was erased.")
