"""Mappings that are kept in the store: checked, versioned, rolled back, tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.project import Portal
from support.service import Service, project_for, running_service

NICKNAME = """
objects:
  contacts:
    properties:
      nickname: {from: first_name, label: Nickname, description: For tests.}
"""

LIST = 'lists: {a: {name: A, objects: contacts, sql: "%s"}}'


def test_a_saved_mapping_is_followed_by_the_next_run(service: Service) -> None:
    version = service.get("mappings")["version"]
    saved = service.call("PUT", "mappings", {"text": NICKNAME, "replaces": version})
    assert (saved.status_code, saved.json()["version"]) == (200, version + 1)
    found = service.get("mappings")
    assert (found["owner"], found["text"]) == ("store", NICKNAME)
    assert "nickname" in found["document"]["objects"]["contacts"]["properties"]
    plan = service.run("sync/plan", {"object_types": ["contacts"]})
    assert any("nickname" in line for line in plan["result"]["lines"])
    back = service.call("PUT", "mappings", {"text": "version: 1\n"})
    assert back.status_code == 200


def test_an_old_version_comes_back_as_a_new_one(service: Service) -> None:
    first = service.call("PUT", "mappings", {"text": "version: 1 # one\n", "note": "n"}).json()
    second = service.call("PUT", "mappings", {"text": "version: 1 # two\n"}).json()
    back = service.call("POST", "mappings/rollback", {"version": first["version"]}).json()
    assert (back["text"], back["version"]) == (first["text"], second["version"] + 1)
    kept = service.get("mappings/history")["versions"]
    assert [v["version"] for v in kept[:3]] == [
        back["version"],
        second["version"],
        first["version"],
    ]
    assert kept[2]["saved_by"].startswith("key ")


def test_of_two_who_edit_one_version_the_second_is_told(service: Service) -> None:
    version = service.get("mappings")["version"]
    body = {"text": "version: 1\n", "replaces": version}
    assert service.call("PUT", "mappings", body).status_code == 200
    late = service.call("PUT", "mappings", body)
    assert (late.status_code, late.json()["code"]) == (409, "MAPPING_MOVED")


@pytest.mark.parametrize(
    "text",
    [
        "objects: {contacts: {properties: {x: {from: a, bogus: 1}}}}",
        "objects: [",
        "- a list",
        "objects: {contacts: {match_key: nothing}}",
        "!!python/object/apply:os.system ['true']",
        "a: &a [*a]",
        "x: " + "[" * 2_000,
        LIST % "SELECT content AS key FROM read_text('/etc/hostname')",
        LIST % "SELECT 'a' AS key); DROP TABLE ledger.objects; SELECT ('b'",
        "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)),
    ],
)
def test_a_mapping_with_mistakes_is_not_saved(service: Service, text: str) -> None:
    version = service.get("mappings")["version"]
    answer = service.call("PUT", "mappings", {"text": text})
    assert (answer.status_code, answer.json()["code"]) == (422, "MAPPING_INVALID")
    assert service.get("mappings")["version"] == version


def test_a_mistake_is_told_with_its_place(service: Service) -> None:
    answer = service.call("PUT", "mappings", {"text": "objects:\n  contacts:\n    nope: 1\n"})
    (error,) = answer.json()["errors"]
    assert (error["path"], error["line"]) == ("objects.contacts.nope", 3)


def test_a_document_is_tried_on_a_person_without_being_saved(service: Service) -> None:
    plan = service.run("sync/plan", {"object_types": ["contacts"]})
    del plan
    record = service.call("POST", "contacts/search", {"limit": 1, "properties": ["email"]}).json()
    email = record["results"][0]["properties"]["email"]
    shown = service.call("POST", "mappings/preview", {"email": email, "text": NICKNAME}).json()
    names = [p["name"] for p in shown["objects"][0]["properties"]]
    assert "nickname" in names
    assert "nickname" not in service.get("mappings")["text"]


def test_a_file_owns_the_mapping_where_the_settings_name_one(
    tmp_path: Path, hubspot: Portal
) -> None:
    file = tmp_path / "mapping.yml"
    file.write_text("version: 1\n")
    project = project_for(tmp_path / "project", hubspot, TARGET_HUBSPOT_MAPPING=str(file))
    with running_service(project, "--no-work") as owned:
        answer = owned.call("PUT", "mappings", {"text": "version: 1\n"})
        assert (answer.status_code, answer.json()["code"]) == (409, "MAPPING_OWNED_BY_FILE")
        assert owned.get("mappings")["owner"] == "file"
