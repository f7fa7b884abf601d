"""Commands about both sides at once: why, reconcile."""

from __future__ import annotations

import json
import sys

import click

from stagedoor.config import load_platform, load_settings
from stagedoor.sync.inbound_run import finish
from stagedoor.sync.outbound import check_portal, push
from stagedoor.sync.portals import open_portal
from stagedoor.sync.reconcile import Reconciling
from stagedoor.sync.session import open_session
from stagedoor.sync.why import why as find_why


@click.command()
@click.option("--email", help="Address of a person.")
@click.option("--key", help="Key of an object, such as order:17.")
@click.option("--property", "name", required=True, help="The property, by HubSpot's name.")
def why(*, email: str | None, key: str | None, name: str) -> None:
    """Tell where a value comes from, on either side: source, rule, run and time."""
    if (email is None) == (key is None):
        raise click.UsageError("Give either --email or --key.")
    settings = load_settings({"dry_run": True})
    with open_session(settings, purpose="why") as session, open_portal(settings) as portal:
        for told in find_why(session, portal, email=email, key=key, name=name):
            click.echo(f"{told.about:<12}{told.text}")


@click.command()
@click.option("--repair", is_flag=True, help="Mend what has drifted.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
def reconcile(*, repair: bool, as_json: bool) -> None:
    """Compare both sides as they are now; one call for 100 objects.

    The platform is taken as tap-platform read it last. Exits with 1 where something differs and
    is not mended.
    """
    settings = load_settings({} if repair else {"dry_run": True})
    with open_session(settings, purpose="reconcile") as session, open_portal(settings) as portal:
        check_portal(session, portal)
        drift = Reconciling(session, portal, repair=repair).run()
        if as_json:
            for (entry, name), count in drift.properties.items():
                keys = [ref.key for ref in drift.examples[entry, name]]
                told = {"object_type": entry, "property": name, "differs": count, "examples": keys}
                click.echo(json.dumps(told, ensure_ascii=False))
        else:
            for line in drift.lines():
                click.echo(line)
        if repair and not drift.is_empty:
            if any(mapping.two_way for mapping in session.document.objects.values()):
                finish(session, load_platform())
            for line in push(session, portal).lines():
                click.echo(line)
    if not repair and not drift.is_empty:
        click.echo("Mend it: stagedoor reconcile --repair", err=True)
        sys.exit(1)
