"""What the target does around a push: dry runs, half input, limits, leases, exit codes."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from support.messages import customer, lines, schema, state
from support.project import Portal, Project, make_project

TWO = lines(schema("customers"), customer(1, city="Cluj"), customer(2), state())
MOVED = lines(schema("customers"), customer(1, city="Iași"), customer(2, city="Sibiu"), state())


def contacts(portal: Portal) -> dict[str, dict[str, str]]:
    export: dict[str, Any] = portal.export()
    return {entry["name"]: entry["properties"] for entry in export["objects"]["contacts"]}


def test_a_dry_run_prints_the_plan_and_changes_nothing(project: Project, portal: Portal) -> None:
    project.target(TWO)
    before, portal_before = (project.path / ".stagedoor"), portal.export()
    held = {p: p.read_bytes() for p in before.rglob("state.duckdb*") if p.is_file()}
    portal.forget_calls()
    project.settings["TARGET_HUBSPOT_DRY_RUN"] = "true"
    done = project.target(MOVED)
    assert 'city: "Cluj" → "Iași"' in done.stderr
    assert "update contacts customer:2" in done.stderr
    assert done.stdout == ""
    assert portal.export() == portal_before
    assert portal.stats() == {"read": 0, "write": 0, "provision": 0}
    assert {p: p.read_bytes() for p in held} == held


def test_plan_shows_what_push_then_does(project: Project, portal: Portal) -> None:
    project.settings["TARGET_HUBSPOT_PUSH"] = "false"
    project.target(TWO)
    assert contacts(portal) == {}
    planned = [json.loads(x) for x in project.stagedoor("plan", "--json").stdout.splitlines()]
    assert [p["key"] for p in planned if "key" in p] == ["customer:1", "customer:2"]
    assert planned[-1]["totals"]["calls"] == 1
    project.settings["TARGET_HUBSPOT_PUSH"] = "true"
    project.stagedoor("push")
    assert set(contacts(portal)) == {"p1@example.com", "p2@example.com"}
    assert "nothing to do" in project.stagedoor("plan").stdout


def test_input_that_ends_before_its_end_is_kept_and_not_pushed(
    project: Project, portal: Portal
) -> None:
    begun = state(stagedoor={"complete": False})
    done = project.target(lines(begun, schema("customers"), customer(1)), check=False)
    assert done.returncode == 6
    assert "nothing was pushed" in done.stderr
    assert contacts(portal) == {}
    ended = state(stagedoor={"complete": True})
    project.target(lines(begun, schema("customers"), customer(2), ended))
    assert set(contacts(portal)) == {"p1@example.com", "p2@example.com"}


def test_more_changes_than_allowed_stop_the_run_before_its_first_write(
    project: Project, portal: Portal
) -> None:
    project.target(TWO)
    portal.forget_calls()
    project.settings["TARGET_HUBSPOT_MAX_CHANGES"] = "1"
    done = project.target(MOVED, check=False)
    assert done.returncode == 5
    assert "2 contacts" in done.stderr
    assert portal.stats()["write"] == 0
    project.stagedoor("push", "--yes")
    assert contacts(portal)["p1@example.com"]["city"] == "Iași"


def test_a_missing_property_stops_the_run_and_names_the_command(
    project: Project, portal: Portal
) -> None:
    project.settings["TARGET_HUBSPOT_PROVISION"] = "check"
    done = project.target(TWO, check=False)
    assert done.returncode == 2
    assert "contacts.total_event_purchases" in done.stderr
    assert "stagedoor provision apply" in done.stderr
    assert portal.stats()["write"] == 0
    assert (
        "companies.stagedoor_id (string, unique)" in project.stagedoor("provision", "plan").stdout
    )
    project.stagedoor("provision", "apply")
    project.stagedoor("push")
    assert len(contacts(portal)) == 2


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ACCESS_TOKEN", "pat-wrong", "access_token"),
        ("API_VERSION", "2026-13", "api_version"),
        ("PORTAL_URL", "ftp://example.com", "portal_url"),
        ("MAPPING", "nowhere.yml", "mapping document nowhere.yml"),
        ("MAX_IN_FLIGHT", "0", "max_in_flight"),
        ("PLUGINS", '["no_such_plugin"]', "no_such_plugin"),
    ],
)
def test_a_wrong_setting_ends_with_2_and_one_clear_sentence(
    name: str, value: str, words: str, project: Project
) -> None:
    project.settings[f"TARGET_HUBSPOT_{name}"] = value
    done = project.target(TWO, check=False)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_portal_that_does_not_answer_ends_with_3_and_keeps_what_is_pending(
    project: Project, portal: Portal
) -> None:
    url = project.settings["TARGET_HUBSPOT_PORTAL_URL"]
    project.target(lines(schema("customers"), customer(1)))
    fault = {"route": "upsert", "kind": "status", "status": 403}
    portal.post("/_sandbox/faults", {"faults": [fault]}).raise_for_status()
    done = project.target(TWO, check=False)
    assert done.returncode == 2
    assert "crm.objects.contacts.write" in done.stderr
    portal.post("/_sandbox/faults", {"faults": []}).raise_for_status()
    assert url == portal.sandbox.url
    project.stagedoor("push")
    assert len(contacts(portal)) == 2


def test_a_second_process_waits_or_says_who_holds_the_portal(project: Project) -> None:
    project.target(TWO)
    holder = (
        "from pathlib import Path; from stagedoor.state.lease import lease; import sys\n"
        "with lease(Path(sys.argv[1]), purpose='outbound', timeout=0):\n"
        "    print('held', flush=True); sys.stdin.read()"
    )
    folder = str(project.path / ".stagedoor" / "test")
    process = project.start(sys.executable, "-c", holder, folder, stdin=-1, stdout=-1)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        project.settings["TARGET_HUBSPOT_LEASE_TIMEOUT"] = "0.1"
        done = project.target(MOVED, check=False)
        assert done.returncode == 4
        assert f"process {process.pid}" in done.stderr
        assert "outbound" in done.stderr
    finally:
        process.kill()
        process.communicate()
    project.settings["TARGET_HUBSPOT_LEASE_TIMEOUT"] = "20"
    project.target(MOVED)


def test_state_of_another_account_is_not_pushed_into_this_one(
    project: Project, tmp_path: Path
) -> None:
    from support.project import running_portal

    project.target(TWO)
    with running_portal(tmp_path / "other.db") as other:
        project.settings |= other.settings
        done = project.target(MOVED, check=False)
        assert done.returncode == 2
        assert "belongs to HubSpot account" in done.stderr
        assert contacts(other) == {}


def test_personal_data_lies_in_files_of_the_owner_only(project: Project) -> None:
    project.main_job()
    files = [path for path in (project.path / ".stagedoor").rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"state.duckdb", "store.db", "bookmarks.duckdb"}
    for path in files:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name
    for folder in {path.parent for path in files}:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_runs_are_on_record_with_their_counts_and_their_end(project: Project) -> None:
    project.target(TWO)
    project.settings["TARGET_HUBSPOT_MAX_CHANGES"] = "0"
    project.target(MOVED, check=False)
    listed = project.stagedoor("runs", "list").stdout.splitlines()
    assert ["failed" in line for line in listed] == [True, False]
    done = json.loads(project.stagedoor("runs", "show", listed[1].split()[0]).stdout)
    assert done["counts"]["objects"]["contacts"] == {"created": 2, "unchanged": 0}
    failed = json.loads(project.stagedoor("runs", "show", listed[0].split()[0]).stdout)
    assert failed["exit_code"] == 5
    assert "max_changes" in failed["error"]


def test_a_record_that_was_mended_is_replayed(project: Project, portal: Portal) -> None:
    fault = {"route": "contacts/batch/upsert", "kind": "status", "status": 400, "count": 8}
    project.target(lines(schema("customers"), customer(1)))
    portal.post("/_sandbox/faults", {"faults": [fault]}).raise_for_status()
    project.target(TWO)
    listed = project.stagedoor("dead-letters", "list", "--json").stdout.splitlines()
    (letter,) = [json.loads(line) for line in listed]
    assert letter["key"] == "customer:2"
    portal.post("/_sandbox/faults", {"faults": []}).raise_for_status()
    project.stagedoor("push")
    assert "p2@example.com" not in contacts(portal), "a refused object is not sent unchanged"
    project.stagedoor("dead-letters", "replay", str(letter["id"]))
    project.stagedoor("push")
    assert "p2@example.com" in contacts(portal)
    assert project.stagedoor("dead-letters", "list").stdout.strip() == "No dead letters."


def test_lost_state_is_made_again_without_a_duplicate(project: Project, portal: Portal) -> None:
    project.main_job()
    before = portal.export()
    for path in (project.path / ".stagedoor" / "test").glob("state.duckdb*"):
        path.unlink()
    portal.forget_calls()
    project.stagedoor("rebuild")
    project.stagedoor("push")
    assert portal.export() == before
    made = portal.get("/_sandbox/stats")["calls"]
    assert isinstance(made, dict)
    assert not [name for name in made if "upsert" in name or "update" in name]


def test_an_object_that_hubspot_lost_is_made_again(project: Project, portal: Portal) -> None:
    project.target(TWO)
    found = portal.post(
        "/crm/v3/objects/contacts/search",
        {"filters": [{"propertyName": "email", "operator": "EQ", "value": "p1@example.com"}]},
    ).json()["results"]
    ids = {"inputs": [{"id": found[0]["id"]}]}
    portal.post("/crm/v3/objects/contacts/batch/archive", ids).raise_for_status()
    assert set(contacts(portal)) == {"p2@example.com"}
    project.target(MOVED)
    assert contacts(portal)["p1@example.com"]["city"] == "Iași"


def test_an_address_moves_with_the_person(project: Project, portal: Portal) -> None:
    project.target(TWO)
    project.target(lines(schema("customers"), customer(1, email="new@example.com", city="Cluj")))
    assert set(contacts(portal)) == {"new@example.com", "p2@example.com"}


def test_an_address_given_up_by_one_goes_to_another(project: Project, portal: Portal) -> None:
    project.target(TWO)
    given_up = customer(1, email="new@example.com")
    taken = customer(3, email="p1@example.com", city="Arad")
    project.target(lines(schema("customers"), taken, given_up))
    held = contacts(portal)
    assert held["p1@example.com"]["platform_customer_id"] == "3"
    assert held["new@example.com"]["platform_customer_id"] == "1"


def test_addresses_move_along_a_chain_in_one_run(project: Project, portal: Portal) -> None:
    """Customer 1 takes the address of 2, who takes that of 3, who takes a new one."""
    chain = [customer(n, city=f"City {n}") for n in (1, 2, 3)]
    project.target(lines(schema("customers"), *chain))
    moved = [
        customer(1, email="p2@example.com", city="City 1"),
        customer(2, email="p3@example.com", city="City 2"),
        customer(3, email="new@example.com", city="City 3"),
    ]
    project.target(lines(schema("customers"), *moved))
    cities = {address: held["city"] for address, held in contacts(portal).items()}
    assert cities == {
        "p2@example.com": "City 1",
        "p3@example.com": "City 2",
        "new@example.com": "City 3",
    }


def test_the_doctor_checks_everything_and_finds_what_is_wrong(project: Project) -> None:
    project.target(TWO)
    told = project.stagedoor("doctor").stdout
    for subject in ("settings", "plugins", "mapping", "state", "store", "portal"):
        assert f"ok    {subject}" in told
    project.settings["TARGET_HUBSPOT_ACCESS_TOKEN"] = "pat-wrong"
    ill = project.stagedoor("doctor", check=False)
    assert ill.returncode == 1
    assert "WRONG portal" in ill.stdout


def test_without_settings_the_embedded_portal_is_filled(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p")
    done = project.target(TWO)
    assert "stagedoor sandbox" in done.stderr
    assert (project.path / ".stagedoor" / "sandbox.db").exists()


def test_a_first_run_tells_nothing_of_how_its_tables_are_made(tmp_path: Path) -> None:
    told = make_project(tmp_path / "p").target(TWO).stderr
    assert not [line for line in told.splitlines() if "alembic" in line or "upgrade" in line]
