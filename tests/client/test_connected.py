"""A portal connected by OAuth, from a person's consent to the day they take the app out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from stagedoor.config import HubSpotSettings
from stagedoor.errors import Misconfigured
from stagedoor.grants import Grant
from stagedoor.hubspot.authority import Authority, Ended
from stagedoor.store import open_store
from stagedoor.sync.portals import app_of, open_portal
from support.consent import consent, make_app
from support.project import Portal

SCOPES = ("crm.objects.contacts.read", "crm.objects.contacts.write")


@pytest.fixture
def settings(portal: Portal, tmp_path: Path) -> HubSpotSettings:
    """Settings of an app that the portal knows."""
    app = make_app(portal, SCOPES)
    return HubSpotSettings(
        portal="berlin",
        portal_url=portal.sandbox.url,
        client_id=app.client_id,
        client_secret=app.client_secret,
        state_dir=tmp_path / "state",
    )


@pytest.fixture
def authority(settings: HubSpotSettings) -> Authority:
    http = httpx.Client(base_url=settings.portal_url or "", timeout=30)
    return Authority(http, app_of(settings), settings.api_version)


@pytest.fixture
def grant(portal: Portal, settings: HubSpotSettings, authority: Authority) -> Grant:
    """What the person's consent gives."""
    return consent(portal, app_of(settings), authority, SCOPES)


def keep(settings: HubSpotSettings, grant: Grant) -> None:
    store = open_store(settings)
    store.connections.put(settings.portal, grant)
    store.close()


def kept(settings: HubSpotSettings) -> Grant:
    store = open_store(settings)
    found = store.connections.get(settings.portal)
    store.close()
    assert found is not None
    return found.grant


def read(settings: HubSpotSettings) -> int:
    """Return how many properties of contacts there are, as the connected app reads them."""
    with open_portal(settings) as hubspot:
        return len(hubspot.property_definitions("contacts"))


def test_consent_opens_the_portal(
    portal: Portal, settings: HubSpotSettings, authority: Authority, grant: Grant
) -> None:
    keep(settings, grant)
    assert read(settings) > 10
    assert (grant.hub_id, set(grant.scopes)) == (portal.sandbox.portal_id, {"oauth", *SCOPES})
    assert authority.introspect(grant.access_token)["active"] is True


def test_a_token_near_its_end_is_renewed_and_kept(settings: HubSpotSettings, grant: Grant) -> None:
    keep(settings, replace(grant, issued_at=0.0, expires_at=1_800.0))
    assert read(settings) > 10
    renewed = kept(settings)
    assert renewed.access_token != grant.access_token
    assert renewed.expires_at > grant.expires_at - 1
    read(settings)
    assert kept(settings) == renewed


def test_a_token_that_hubspot_does_not_know_is_renewed(
    settings: HubSpotSettings, grant: Grant
) -> None:
    keep(settings, replace(grant, access_token="unknown"))
    assert read(settings) > 10
    assert kept(settings).access_token != "unknown"


def test_a_revoked_grant_must_be_made_again(
    settings: HubSpotSettings, authority: Authority, grant: Grant
) -> None:
    keep(settings, replace(grant, issued_at=0.0, expires_at=0.0))
    authority.revoke(grant.refresh_token)
    assert isinstance(authority.refresh(grant.refresh_token), Ended)
    for _ in range(2):
        with pytest.raises(Misconfigured, match="Connect the portal again"):
            read(settings)
    keep(settings, grant)
    assert read(settings) > 10
