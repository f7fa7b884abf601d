"""Nobody gets in without a key, nobody gets further than the key, and no other site sends forms."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from fastapi.routing import APIRoute

from stagedoor_service.web import console
from support.console import Person, api_keys, signed_in
from support.service import Service


def routes(method: str) -> Iterator[str]:
    """Yield the paths of all pages and forms, with something in place of ids."""
    for page in console.PAGES:
        for route in page.router.routes:
            assert isinstance(route, APIRoute)
            if method in (route.methods or ()):
                yield route.path.format(run_id="none", letter_id=1)


CLOSED = [path for path in routes("GET") if path != "/sign-in"]
FORMS = list(routes("POST"))


@pytest.mark.parametrize("path", CLOSED)
def test_a_stranger_is_led_to_where_he_signs_in(service: Service, path: str) -> None:
    answer = httpx.get(service.url + path, timeout=30)
    assert (answer.status_code, answer.headers["location"][:9]) == (303, "/sign-in?"[:9])


@pytest.mark.parametrize("path", FORMS)
def test_a_form_of_another_site_is_refused(
    service: Service, administrator: Person, path: str
) -> None:
    """The browser sends the cookie along, but the other site does not know the word."""
    answer = administrator.http.post(path, data={"key": service.key, "csrf": "guessed"})
    assert (answer.status_code, "FORM_STALE" in answer.text) == (403, True)


def test_the_word_of_another_session_is_refused(reader: Person, administrator: Person) -> None:
    other = reader.csrf("/settings")
    answer = administrator.http.post("/runs", data={"csrf": other})
    assert answer.status_code == 403


def test_signing_in_changes_the_word(service: Service) -> None:
    person = Person(service)
    before = person.csrf()
    person.sign_in(service.key)
    assert person.csrf("/settings") != before


def test_the_cookie_is_hidden_from_scripts_and_other_sites(service: Service) -> None:
    answer = httpx.get(f"{service.url}/sign-in", timeout=30)
    words = answer.headers["set-cookie"].lower()
    assert ("httponly" in words, "samesite=lax" in words, "secure" in words) == (True, True, False)


@pytest.mark.parametrize("key", ["", "sdk_wrong", "sdk_0123456789ab_" + "x" * 43])
def test_a_wrong_key_does_not_let_in(service: Service, key: str) -> None:
    person = Person(service)
    answer = person.sign_in(key)
    assert (answer.status_code, "This key is wrong" in answer.text) == (401, True)
    assert person.get("/").url.path == "/sign-in"


def test_a_revoked_key_ends_its_sessions(service: Service) -> None:
    with api_keys(service) as keys:
        key, text = keys.create("test", ["read"])
    person = Person(service)
    assert person.sign_in(text).url.path == "/"
    with api_keys(service) as keys:
        keys.revoke(key.key_id)
    assert person.get("/").url.path == "/sign-in"


def test_signing_out_ends_the_session(service: Service) -> None:
    person = Person(service)
    person.sign_in(service.key)
    assert person.post("/sign-out").url.path == "/sign-in"
    assert person.get("/runs").url.path == "/sign-in"


def test_a_cookie_that_was_copied_is_worth_nothing_once_its_owner_signs_out(
    service: Service,
) -> None:
    person = Person(service)
    person.sign_in(service.key)
    copied = dict(person.http.cookies)
    seen = httpx.get(f"{service.url}/runs", cookies=copied, timeout=30)
    person.post("/sign-out")
    again = httpx.get(f"{service.url}/runs", cookies=copied, timeout=30)
    assert (seen.status_code, again.status_code) == (200, 303)


def test_signing_out_of_every_browser_ends_the_others_of_that_key_alone(service: Service) -> None:
    with api_keys(service) as keys:
        _, text = keys.create("test", ["read"])
    here, there, other = Person(service), Person(service), signed_in(service, "read")
    for person in (here, there):
        person.sign_in(text)
    here.post("/sign-out", everywhere="yes")
    paths = [person.get("/runs").url.path for person in (here, there, other)]
    assert paths == ["/sign-in", "/sign-in", "/runs"]


def test_a_cookie_that_was_made_up_counts_for_nothing(service: Service) -> None:
    cookies = {"stagedoor_session": '{"key_id": "all"}'}
    answer = httpx.get(f"{service.url}/", cookies=cookies, timeout=30)
    assert answer.status_code == 303


def test_a_person_goes_on_where_he_wanted_to(service: Service) -> None:
    assert Person(service).sign_in(service.key, "/webhooks?status=done").url.path == "/webhooks"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example"]
)
def test_signing_in_leads_nowhere_else(service: Service, elsewhere: str) -> None:
    answer = Person(service).sign_in(service.key, elsewhere)
    assert str(answer.url) == f"{service.url}/"


PERSONAL = [
    "/records?q=1",
    "/problems/1",
    "/problems/of?code=X",
    "/problems/export.csv",
    "/conflicts",
]
ACTS = ["/runs", "/problems/replay", "/records/sync", "/mapping", "/mapping/rollback", "/schema"]
ACTS += [
    "/conflicts/decide",
    "/conflicts/undo",
    "/mapping/preview",
    "/mapping/backfill",
    "/settings/connect",
    "/settings/disconnect",
    "/settings/test-alert",
    "/webhooks/retry",
    "/debug/begin",
    "/debug/end",
]


@pytest.mark.parametrize("path", PERSONAL)
def test_who_may_only_read_sees_nothing_personal(reader: Person, path: str) -> None:
    answer = reader.get(path)
    assert (answer.status_code, "SCOPE_MISSING" in answer.text) == (403, True)


@pytest.mark.parametrize("path", ACTS)
def test_who_may_only_read_does_nothing(reader: Person, path: str) -> None:
    answer = reader.post(path)
    assert (answer.status_code, "SCOPE_MISSING" in answer.text) == (403, True)


def test_a_key_of_one_portal_shows_no_other(service: Service) -> None:
    person = signed_in(service, "admin", portal="second")
    assert "second" in person.get("/").text
    assert person.post("/portal", portal="test").status_code == 404


def test_a_person_looks_at_another_portal(service: Service) -> None:
    person = Person(service)
    person.sign_in(service.key)
    assert "Not connected" in person.post("/portal", portal="second").text
    assert "Not connected" not in person.post("/portal", portal="test").text
