"""OAuth: consent, tokens, scopes, by HubSpot's own client.

https://developers.hubspot.com/docs/api-reference/auth-oauth-v3/guide
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hubspot import HubSpot
from hubspot.crm.contacts import ApiException as ContactError
from hubspot.crm.contacts import SimplePublicObjectInputForCreate as Contact
from hubspot.oauth import ApiException

from support.project import Portal

BACK = "http://127.0.0.1:1/callback"
READ, WRITE = "crm.objects.contacts.read", "crm.objects.contacts.write"


@pytest.fixture
def app(shared: Portal, hubspot: Any) -> dict[str, Any]:
    """An app that may read and write contacts."""
    assert hubspot
    given = {"name": "Tickets", "redirect_uris": [BACK], "scopes": [READ, WRITE]}
    return dict(shared.post("/_sandbox/apps", given).json())


def consent(shared: Portal, app: dict[str, Any], **more: str) -> httpx.Response:
    """Answer the consent page as a person does."""
    asked = {
        "client_id": app["client_id"],
        "redirect_uri": BACK,
        "scope": f"oauth {READ} {WRITE}",
        "state": "s1",
        "answer": "connect",
    }
    return httpx.post(f"{shared.sandbox.url}/oauth/authorize", data={**asked, **more}, timeout=30)


def came_back(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(BACK)
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    return {name: values[0] for name, values in query.items()}


def exchange(client: Any, app: dict[str, Any], **more: Any) -> Any:
    given = {
        "grant_type": "authorization_code",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "redirect_uri": BACK,
    }
    return client.oauth.tokens_api.create(**{**given, **more})


@pytest.fixture
def tokens(shared: Portal, hubspot: Any, app: dict[str, Any]) -> Any:
    """The tokens that a person's consent gave."""
    return exchange(hubspot, app, code=came_back(consent(shared, app))["code"])


def as_app(shared: Portal, token: str) -> Any:
    return HubSpot(access_token=token, host=shared.sandbox.url)


def refusal(error: pytest.ExceptionInfo[Any]) -> str:
    assert error.value.status == 400
    return str(error.value.body)


def test_the_page_names_the_app_and_its_scopes(shared: Portal, app: dict[str, Any]) -> None:
    asked = {"client_id": app["client_id"], "redirect_uri": BACK, "scope": f"oauth {READ}"}
    page = httpx.get(f"{shared.sandbox.url}/oauth/authorize", params=asked, timeout=30)
    assert page.status_code == 200
    assert "Connect Tickets" in page.text
    assert READ in page.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "nobody"},
        {"redirect_uri": "http://127.0.0.1:1/elsewhere"},
        {"redirect_uri": "javascript:alert(1)"},
        {"scope": "crm.objects.deals.read"},
        {"scope": ""},
    ],
)
def test_what_the_app_did_not_register_is_refused_on_the_page(
    shared: Portal, app: dict[str, Any], wrong: dict[str, str]
) -> None:
    answer = consent(shared, app, **wrong)
    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_consent_comes_back_with_code_and_state(shared: Portal, app: dict[str, Any]) -> None:
    told = came_back(consent(shared, app))
    assert told["state"] == "s1"
    assert told["code"]


def test_declining_comes_back_with_an_error(shared: Portal, app: dict[str, Any]) -> None:
    told = came_back(consent(shared, app, answer="cancel"))
    assert told == {
        "state": "s1",
        "error": "access_denied",
        "error_description": "The person declined.",
    }


def test_a_code_becomes_tokens_that_work(shared: Portal, tokens: Any) -> None:
    assert (tokens.token_type, tokens.expires_in) == ("bearer", 1_800)
    client = as_app(shared, tokens.access_token)
    client.crm.contacts.basic_api.create(Contact(properties={"firstname": "A"}, associations=[]))
    assert len(client.crm.contacts.basic_api.get_page().results) == 1


def test_a_code_is_good_once(shared: Portal, hubspot: Any, app: dict[str, Any]) -> None:
    code = came_back(consent(shared, app))["code"]
    exchange(hubspot, app, code=code)
    with pytest.raises(ApiException) as error:
        exchange(hubspot, app, code=code)
    assert "BAD_AUTH_CODE" in refusal(error)


def test_a_code_is_good_for_ten_minutes(shared: Portal, hubspot: Any, app: dict[str, Any]) -> None:
    code = came_back(consent(shared, app))["code"]
    shared.post("/_sandbox/clock", {"advance_seconds": 601})
    with pytest.raises(ApiException) as error:
        exchange(hubspot, app, code=code)
    assert "BAD_AUTH_CODE" in refusal(error)


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"client_id": "nobody"}, "BAD_CLIENT_ID"),
        ({"client_secret": "guess"}, "BAD_CLIENT_SECRET"),
        ({"code": "guess"}, "BAD_AUTH_CODE"),
        ({"redirect_uri": "http://127.0.0.1:1/other"}, "BAD_REDIRECT_URI"),
        ({"grant_type": "password"}, "BAD_GRANT_TYPE"),
        ({"grant_type": "refresh_token", "refresh_token": "guess"}, "BAD_REFRESH_TOKEN"),
    ],
)
def test_each_mistake_has_its_status(
    shared: Portal, app: dict[str, Any], wrong: dict[str, str], status: str
) -> None:
    form = {
        "grant_type": "authorization_code",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "redirect_uri": BACK,
        "code": came_back(consent(shared, app))["code"],
    }
    url = f"{shared.sandbox.url}/oauth/2026-09/token"
    answer = httpx.post(url, data={**form, **wrong}, timeout=30)
    assert answer.status_code == 400
    assert answer.json()["status"] == status
    assert set(answer.json()) == {"error", "error_description", "status", "message"}


@pytest.mark.parametrize("right", [True, False])
def test_a_challenge_needs_its_verifier(shared: Portal, app: dict[str, Any], right: bool) -> None:
    """RFC 7636."""
    verifier = "v" * 50
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    told = came_back(consent(shared, app, code_challenge=challenge))
    form = {
        "grant_type": "authorization_code",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "redirect_uri": BACK,
        "code": told["code"],
        "code_verifier": verifier if right else "guess",
    }
    answer = httpx.post(f"{shared.sandbox.url}/oauth/v3/token", data=form, timeout=30)
    assert answer.status_code == (200 if right else 400)
    assert right or answer.json()["status"] == "BAD_CODE_VERIFIER"


@pytest.mark.parametrize("version", ["v1", "v3", "2026-03", "2026-09"])
@pytest.mark.parametrize("behaviour", ["kept", "rotated"])
def test_tokens_are_refreshed(
    shared: Portal, app: dict[str, Any], tokens: Any, version: str, behaviour: str
) -> None:
    """UNSOURCED whether the refresh token ever changes: both are possible."""
    shared.post("/_sandbox/behaviour", {"refreshed": behaviour})
    form = {
        "grant_type": "refresh_token",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "refresh_token": tokens.refresh_token,
    }
    url = f"{shared.sandbox.url}/oauth/{version}/token"
    fresh = httpx.post(url, data=form, timeout=30).json()
    assert fresh["access_token"] != tokens.access_token
    assert (fresh["refresh_token"] == tokens.refresh_token) == (behaviour == "kept")
    assert as_app(shared, fresh["access_token"]).crm.contacts.basic_api.get_page().results == []
    again = httpx.post(url, data=form, timeout=30)
    assert again.status_code == (200 if behaviour == "kept" else 400)


def test_an_old_token_expires(shared: Portal, tokens: Any) -> None:
    shared.post("/_sandbox/clock", {"advance_seconds": 1_807})
    with pytest.raises(ContactError) as error:
        as_app(shared, tokens.access_token).crm.contacts.basic_api.get_page()
    assert error.value.status == 401
    assert "EXPIRED_AUTHENTICATION" in error.value.body
    assert "The OAuth token used to make this call expired" in error.value.body


@pytest.mark.parametrize("field", ["token", "access_token"])
def test_a_token_is_introspected(
    shared: Portal, app: dict[str, Any], tokens: Any, field: str
) -> None:
    url = f"{shared.sandbox.url}/oauth/2026-09/token/introspect"
    form = {"client_id": app["client_id"], "client_secret": app["client_secret"]}
    told = httpx.post(url, data={**form, field: tokens.access_token}, timeout=30).json()
    assert told["active"] is True
    assert told["hub_id"] == shared.sandbox.portal_id
    assert set(told["scopes"]) == {"oauth", READ, WRITE}
    assert told["token_use"] == "access_token"


def test_the_client_reads_about_tokens(hubspot: Any, tokens: Any, shared: Portal) -> None:
    access = hubspot.oauth.access_tokens_api.get(tokens.access_token)
    assert access.hub_id == shared.sandbox.portal_id
    refresh = hubspot.oauth.refresh_tokens_api.get(tokens.refresh_token)
    assert refresh.token == tokens.refresh_token


def test_a_revoked_refresh_token_is_dead_and_its_access_token_lives_on(
    shared: Portal, hubspot: Any, app: dict[str, Any], tokens: Any
) -> None:
    url = f"{shared.sandbox.url}/oauth/2026-09/token/revoke"
    form = {"client_id": app["client_id"], "client_secret": app["client_secret"]}
    httpx.post(url, data={**form, "token": tokens.refresh_token}, timeout=30)
    with pytest.raises(ApiException) as error:
        exchange(hubspot, app, grant_type="refresh_token", refresh_token=tokens.refresh_token)
    assert "BAD_REFRESH_TOKEN" in refusal(error)
    assert as_app(shared, tokens.access_token).crm.contacts.basic_api.get_page().results == []


def test_an_uninstalled_app_is_out(shared: Portal, tokens: Any) -> None:
    url = f"{shared.sandbox.url}/appinstalls/2026-09/external-install"
    headers = {"Authorization": f"Bearer {tokens.access_token}"}
    assert httpx.delete(url, headers=headers, timeout=30).status_code == 204
    with pytest.raises(ContactError) as error:
        as_app(shared, tokens.access_token).crm.contacts.basic_api.get_page()
    assert error.value.status == 401


def test_an_app_has_a_token_of_its_own(shared: Portal, app: dict[str, Any]) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "scope": "developer.webhooks_journal.read",
    }
    answer = httpx.post(f"{shared.sandbox.url}/oauth/2026-09/token", data=form, timeout=30)
    assert answer.status_code == 200
    assert "refresh_token" not in answer.json()


CALLS: list[tuple[str, str, str, Any]] = [
    ("crm.objects.contacts.read", "GET", "/crm/objects/2026-09/contacts", None),
    ("crm.objects.contacts.write", "POST", "/crm/objects/2026-09/contacts", {"properties": {}}),
    ("crm.objects.companies.read", "GET", "/crm/objects/2026-09/companies", None),
    ("tickets", "GET", "/crm/objects/2026-09/tickets", None),
    ("crm.schemas.deals.write", "POST", "/crm/pipelines/2026-09/deals", {"label": "X"}),
    ("crm.lists.read", "POST", "/crm/lists/2026-09/search", {}),
    ("crm.lists.write", "POST", "/crm/lists/2026-09", {}),
    ("crm.import", "GET", "/crm/imports/2026-09", None),
    ("crm.objects.owners.read", "GET", "/crm/owners/2026-09", None),
    ("crm.objects.marketing_events.read", "GET", "/marketing/marketing-events/2026-09", None),
    ("analytics.behavioral_events.send", "POST", "/events/2026-09/send", {}),
]


@pytest.mark.parametrize(("scope", "method", "path", "body"), CALLS)
def test_without_its_scope_a_call_is_a_403_that_names_it(
    shared: Portal, hubspot: Any, scope: str, method: str, path: str, body: Any
) -> None:
    assert hubspot
    for scopes, missing in ((["oauth"], True), ([scope], False)):
        token = shared.post("/_sandbox/tokens", {"scopes": scopes}).json()["token"]
        headers = {"Authorization": f"Bearer {token}"}
        url = shared.sandbox.url + path
        answer = httpx.request(method, url, json=body, headers=headers, timeout=30)
        assert (answer.status_code == 403) == missing
        if missing:
            told = answer.json()
            assert told["category"] == "MISSING_SCOPES"
            assert scope in told["errors"][0]["context"]["requiredGranularScopes"]


def test_associations_need_the_scopes_of_both_ends(shared: Portal, hubspot: Any) -> None:
    assert hubspot
    path = "/crm/associations/2026-09/contacts/companies/batch/read"
    for scopes, status in ((READ,), 403), ((READ, "crm.objects.companies.read"), 200):
        token = shared.post("/_sandbox/tokens", {"scopes": list(scopes)}).json()["token"]
        headers = {"Authorization": f"Bearer {token}"}
        body = {"inputs": [{"id": "1"}]}
        answer = httpx.post(shared.sandbox.url + path, json=body, headers=headers, timeout=30)
        assert answer.status_code == status


def test_portals_on_one_server_share_nothing(shared: Portal, hubspot: Any) -> None:
    other = shared.post("/_sandbox/portals", {}).json()["portal_id"]
    token = shared.post("/_sandbox/tokens", {"portal_id": other}).json()["token"]
    there = as_app(shared, token)
    given = Contact(properties={"email": "ana@example.com"}, associations=[])
    there.crm.contacts.basic_api.create(given)
    assert hubspot.crm.contacts.basic_api.get_page().results == []
    assert hubspot.crm.contacts.basic_api.create(given).id
    headers = {"Authorization": f"Bearer {token}"}
    details = httpx.get(f"{shared.sandbox.url}/account-info/v3/details", headers=headers).json()
    assert details["portalId"] == other != shared.sandbox.portal_id
