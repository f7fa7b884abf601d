"""Commands about HubSpot's webhooks: webhooks subscribe."""

from __future__ import annotations

import click

from stagedoor.config import load_settings
from stagedoor.errors import Misconfigured
from stagedoor.hubspot.portal import http_client
from stagedoor.hubspot.webhook_app import WebhookApp, subscriptions_for
from stagedoor.plugins import load_plugins
from stagedoor.sync.session import load_document
from stagedoor_service.settings import load_service_settings

PATH = "/api/webhooks/hubspot"


@click.group()
def webhooks() -> None:
    """Let HubSpot tell what changes there."""


@webhooks.command()
@click.option("--url", help="Address of the receiver; else the one below `public_url`.")
def subscribe(url: str | None) -> None:
    """Let HubSpot call the service at each change of a property that the mapping names.

    Needs the number of the app and a developer API key: STAGEDOOR_HUBSPOT_APP_ID and
    STAGEDOOR_HUBSPOT_DEVELOPER_KEY. Apps of HubSpot's newer kind name their webhooks in their own
    project instead. What is there stays; what is missing is made.
    """
    settings, target = load_service_settings(), load_settings()
    if settings.hubspot_app_id is None or settings.hubspot_developer_key is None:
        raise Misconfigured(
            "Set STAGEDOOR_HUBSPOT_APP_ID and STAGEDOOR_HUBSPOT_DEVELOPER_KEY to those of the app."
        )
    if url is None and settings.public_url is None:
        raise Misconfigured("Give --url, or set STAGEDOOR_PUBLIC_URL: where HubSpot is to call.")
    if target.portal_url is None:
        raise Misconfigured("Set `portal_url`: the embedded sandbox portal calls nobody.")
    address = url or f"{(settings.public_url or '').rstrip('/')}{PATH}"
    document = load_document(target, load_plugins(target.plugins))
    properties: dict[str, set[str]] = {}
    for name, entry in document.objects.items():
        properties.setdefault(entry.object_type or name, set()).update(entry.properties)
    wanted = [
        one for name, names in sorted(properties.items()) for one in subscriptions_for(name, names)
    ]
    with http_client(target, target.portal_url) as http:
        app = WebhookApp(
            http, settings.hubspot_app_id, settings.hubspot_developer_key, target.api_version
        )
        app.call_at(address)
        made, woken = app.subscribe(wanted)
    click.echo(f"HubSpot calls {address}: {len(wanted)} subscriptions, {made} new, {woken} woken.")
