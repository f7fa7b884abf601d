"""Who has no key, a wrong one, or one for something else, gets nothing."""

from __future__ import annotations

import httpx
import pytest

from support.service import HUBSPOT, Service

PATHS = [
    ("GET", "auth"),
    ("GET", "connection"),
    ("DELETE", "connection"),
    ("GET", "sync/runs"),
    ("POST", "sync/contacts"),
    ("POST", "sync/plan"),
    ("GET", "dead-letters"),
    ("POST", "dead-letters/replay"),
    ("GET", "mappings"),
    ("PUT", "mappings"),
    ("POST", "mappings/preview"),
    ("POST", "contacts"),
    ("POST", "deals/search"),
]


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_a_call_without_a_key_is_refused(service: Service, method: str, path: str) -> None:
    answer = httpx.request(method, f"{service.url}{HUBSPOT}/{path}", timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHENTICATED")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("key", ["x", "sdk_0123456789ab_" + "A" * 43, "sdk_" + "é" * 10])
def test_a_wrong_key_is_refused(service: Service, key: str) -> None:
    headers = {b"Authorization": f"Bearer {key}".encode()}
    answer = httpx.get(f"{service.url}{HUBSPOT}/connection", headers=headers, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_a_key_of_another_scope_is_refused(
    service: Service, keys: dict[str, str], method: str, path: str
) -> None:
    reads = method == "GET" and path != "auth"
    other = keys["records"] if reads else keys["read"]
    answer = service.call(method, path, key=other)
    assert (answer.status_code, answer.json()["code"]) == (403, "SCOPE_MISSING")


def test_a_key_of_one_portal_opens_no_other(service: Service, keys: dict[str, str]) -> None:
    key = keys["second"]
    assert service.get("connection", key=key)["portal"] == "second"
    answer = service.call("GET", "connection", key=key, params={"portal": "test"})
    assert (answer.status_code, answer.json()["code"]) == (404, "PORTAL_UNKNOWN")


@pytest.mark.parametrize("name", ["nobody", "../test", "test/../../etc", "%00", "TEST", "a'--"])
def test_a_portal_that_is_not_there_is_not_made(service: Service, name: str) -> None:
    answer = service.call("GET", "connection", params={"portal": name})
    assert (answer.status_code, answer.json()["code"]) == (404, "PORTAL_UNKNOWN")
    made = {path.name for path in (service.project.path / ".stagedoor").iterdir()}
    assert made & {name, "etc", "nobody"} == set()


def test_a_revoked_key_opens_nothing_from_then_on(service: Service) -> None:
    made = service.project.stagedoor("keys", "create", "shop", "--scope", "read")
    key = made.stdout.strip()
    assert service.call("GET", "connection", key=key).status_code == 200
    assert key not in service.project.stagedoor("keys", "list").stdout
    service.project.stagedoor("keys", "revoke", key.split("_")[1])
    assert service.call("GET", "connection", key=key).status_code == 401


@pytest.fixture(scope="module")
def keys(service: Service) -> dict[str, str]:
    """Keys by what they are for."""
    made = {scope: service.new_key(scope) for scope in ("read", "records")}
    return {**made, "second": service.new_key("read", portal="second")}
