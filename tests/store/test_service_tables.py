"""API keys, consents, mapping versions and the log, as the service keeps them."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from stagedoor.store import Store
from stagedoor.store.consents import LIFETIME, Consent, Consents
from stagedoor.store.log import LogLine


def test_a_key_opens_what_it_was_made_for(store: Store) -> None:
    made, secret = store.api_keys.create("shop", ["read", "sync"], "prod")
    found = store.api_keys.verify(secret)
    assert found is not None
    assert (found.key_id, found.scopes, found.portal) == (made.key_id, ("read", "sync"), "prod")


def test_a_revoked_key_opens_nothing(store: Store) -> None:
    made, secret = store.api_keys.create("shop", ["read"])
    assert store.api_keys.revoke(made.key_id)
    assert store.api_keys.verify(secret) is None
    assert not store.api_keys.revoke(made.key_id)


def test_a_key_with_another_secret_opens_nothing(store: Store) -> None:
    _, secret = store.api_keys.create("shop", ["read"])
    other = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    for wrong in (other, secret + "A", secret.upper(), "", "sdk_", "x" * 10_000):
        assert store.api_keys.verify(wrong) is None


def test_the_store_holds_no_key(store: Store) -> None:
    _, secret = store.api_keys.create("shop", ["read"])
    with store.engine.connect() as connection:
        row = connection.execute(text("SELECT * FROM stagedoor_api_keys")).one()
    assert not any(secret[17:] in str(value) for value in row)


def test_a_consent_is_redeemed_once(store: Store) -> None:
    asked = Consent("prod", "verifier", "https://here/callback", "/settings")
    store.consents.expect("state", asked)
    assert [store.consents.redeem("state"), store.consents.redeem("state")] == [asked, None]


def test_a_consent_that_came_too_late_is_none(store: Store, tmp_path: Path) -> None:
    now = [1_000.0]
    consents = Consents(store.engine, tmp_path, lambda: now[0])
    consents.expect("state", Consent("prod", "v", "https://here", None))
    now[0] += LIFETIME + 1
    assert consents.redeem("state") is None


def test_neither_state_nor_verifier_can_be_read_from_the_store(store: Store) -> None:
    store.consents.expect("the-state", Consent("prod", "the-verifier", "https://here", None))
    with store.engine.connect() as connection:
        row = connection.execute(text("SELECT * FROM stagedoor_consents")).one()
    assert not any(word in str(row) for word in ("the-state", "the-verifier"))


def test_the_newest_version_of_a_mapping_is_in_force(store: Store) -> None:
    for number in (1, 2):
        store.mappings.save("prod", f"version: 1 # {number}", by="ana")
    store.mappings.save("other", "{}", by="ana")
    current = store.mappings.current("prod")
    assert current is not None
    assert (current.version, current.text) == (2, "version: 1 # 2")
    assert [kept.version for kept in store.mappings.history("prod")] == [2, 1]


def test_of_two_people_who_edit_one_version_the_second_is_told(store: Store) -> None:
    assert store.mappings.save("prod", "a", by="ana", replaces=0) is not None
    assert store.mappings.save("prod", "b", by="ion", replaces=0) is None
    assert store.mappings.save("prod", "b", by="ion", replaces=1) is not None


def test_a_portals_log_has_its_lines_and_those_of_nobody(store: Store) -> None:
    lines = [("one", "prod"), ("two", "other"), ("three", None)]
    store.log.add([LogLine("2026-01-01", "info", "s", m, p) for m, p in lines])
    assert [line.message for line in store.log.list("prod")] == ["three", "one"]
