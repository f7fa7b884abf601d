"""Anonymised and forgotten people: gone from HubSpot, and from every byte that we keep."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.messages import customer, lines, record, schema, state
from support.project import Portal, Project

STREAMS = ("customers", "orders", "order_tickets", "support_requests", "registrations")
ADDRESS, FIRST, LAST = "zenobia.quartz@example.org", "Zenobia", "Quartzberg"
WORDS = (ADDRESS.encode(), FIRST.encode(), LAST.encode(), ADDRESS.upper().encode())
BEGUN = state(stagedoor={"complete": False})
ENDED = state(stagedoor={"complete": True, "full": list(STREAMS)})


def zenobia(**fields: Any) -> str:
    given = {"first_name": FIRST, "last_name": LAST, "email": f" {ADDRESS.title()} ", **fields}
    return record("customers", customer_id="17", created_at="2026-01-01T00:00:00Z", **given)


def platform(*people: str) -> str:
    """Return a full read in which the person is in every stream, and in somebody else's text."""
    bought = {"customer_id": "17", "status": "paid", "currency": "EUR", "total_amount": 10}
    rows = [
        *people,
        *(customer(n, city="Cluj") for n in range(1, 4)),
        record("orders", order_id="1", order_number="A1", email=ADDRESS, first_name=FIRST,
               last_name=LAST, **bought),
        record("order_tickets", order_ticket_id="1", order_id="1",
               attendee_name=f"{FIRST} {LAST}"),
        record("order_tickets", order_ticket_id="2", order_id="1", attendee_email=ADDRESS,
               attendee_name=f"{FIRST} {LAST}"),
        record("support_requests", support_request_id="1", customer_id="17", email=ADDRESS,
               subject="Mine", message=f"I am {FIRST} {LAST}", status="new"),
        record("support_requests", support_request_id="2", customer_id="1",
               subject="About her", message=f"{FIRST} {LAST} sat in my seat", status="new"),
        record("registrations", registration_id="1", email=ADDRESS,
               answers={"name": f"{FIRST} {LAST}"}),
        # Refused: they become dead letters.
        record("orders", order_id="2", email=ADDRESS, ordered_at="soon", last_name=LAST, **bought),
    ]  # fmt: skip
    return lines(BEGUN, *map(schema, STREAMS), *rows, ENDED)


def traces(project: Project) -> list[str]:
    """Return the files below `.stagedoor` that hold anything of the person."""
    found = []
    for path in sorted((project.path / ".stagedoor").rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            found += [f"{path.name}: {word!r}" for word in WORDS if word in content]
    return found


def contacts(portal: Portal) -> set[str]:
    export: dict[str, Any] = portal.export()
    return {entry["name"] for entry in export["objects"]["contacts"]}


@pytest.fixture
def erasing(project: Project, tmp_path: Path) -> Project:
    mapping = tmp_path / "mapping.yml"
    mapping.write_text("objects:\n  contacts: {when_anonymised: gdpr_delete}\n", encoding="utf-8")
    project.settings["TARGET_HUBSPOT_MAPPING"] = str(mapping)
    return project


def test_forgetting_leaves_no_byte_and_says_what_may_bring_the_person_back(
    project: Project, portal: Portal
) -> None:
    project.target(platform(zenobia()))
    project.target(platform(zenobia(city="Iași")))
    assert {line.partition(":")[0] for line in traces(project)} >= {"state.duckdb", "store.db"}
    asked = project.run("stagedoor", "forget", "--email", ADDRESS, stdin="n\n", check=False)
    assert asked.returncode != 0
    assert traces(project) != []
    told = project.stagedoor("forget", "--email", f" {ADDRESS.upper()}", "--yes").stdout
    assert "accounts      17" in told
    assert "The platform still has this person" in told
    assert traces(project) == []
    assert ADDRESS in contacts(portal), "without --hubspot the record there stays"
    left = lines(BEGUN, schema("customers"), state(stagedoor={"complete": True, "full": []}))
    project.target(left)
    assert traces(project) == []
    project.target(platform(zenobia()))
    assert traces(project) != [], "the platform has the person, so a full read brings them back"


def test_who_is_blocked_stays_away(project: Project, portal: Portal) -> None:
    project.target(platform(zenobia()))
    project.stagedoor("forget", "--key", "customer:17", "--hubspot", "--block", "--yes")
    assert contacts(portal) == {f"p{n}@example.com" for n in range(1, 4)}
    new_account = record("customers", customer_id="18", email=ADDRESS, first_name=FIRST,
                         last_name=LAST)  # fmt: skip
    own = [row for row in platform(zenobia(), new_account).splitlines() if "sat in my" not in row]
    fine = [row for row in own if '"soon"' not in row]
    project.target(lines(*fine))
    assert contacts(portal) == {f"p{n}@example.com" for n in range(1, 4)}
    assert traces(project) == []
    portal.forget_calls()
    project.target(lines(*fine))
    assert portal.stats()["write"] == 0


def test_a_refused_record_of_who_is_blocked_is_not_kept_either(
    project: Project, portal: Portal
) -> None:
    project.target(platform(zenobia()))
    project.stagedoor("forget", "--email", ADDRESS, "--block", "--yes")
    refused = record("orders", order_id="3", email=ADDRESS, ordered_at="soon", last_name=LAST)
    project.target(lines(BEGUN, schema("orders"), refused, ENDED))
    listed = project.stagedoor("dead-letters", "list", "--json").stdout
    assert [json.loads(line)["code"] for line in listed.splitlines()] == ["INVALID_RECORD"]
    assert traces(project) == []


def test_an_anonymised_person_is_deleted_in_hubspot_and_erased_here(
    erasing: Project, portal: Portal
) -> None:
    erasing.target(platform(zenobia()))
    assert ADDRESS in contacts(portal)
    gone = record("customers", customer_id="17", is_anonymised=True)
    anonymised = lines(BEGUN, schema("customers"), gone,
                       state(stagedoor={"complete": True, "full": []}))  # fmt: skip
    done = erasing.target(anonymised)
    assert "contacts erase 1" in done.stderr
    assert ADDRESS not in contacts(portal)
    binned: Any = portal.get("/crm/v3/objects/contacts?archived=true")["results"]
    assert binned == []
    assert traces(erasing) == []
    (line,) = map(json.loads, erasing.stagedoor("erasures", "--json").stdout.splitlines())
    assert (line["reason"], line["what"]) == ("anonymised", "hubspot")
    assert len(line["hubspot_id_hash"]) == 64
    erasing.stagedoor("push")
    portal.forget_calls()
    erasing.target(anonymised)
    assert portal.stats()["write"] == 0


def test_old_orders_do_not_bring_an_anonymised_person_back_here(
    erasing: Project, portal: Portal
) -> None:
    erasing.target(platform(zenobia()))
    gone = record("customers", customer_id="17", is_anonymised=True)
    erasing.target(lines(schema("customers"), gone, state()))
    bought = {"customer_id": "17", "email": ADDRESS, "first_name": FIRST, "last_name": LAST}
    again = record("orders", order_id="1", order_number="A1", status="paid", **bought)
    named = record("order_tickets", order_ticket_id="1", order_id="1", attendee_name=LAST)
    erasing.target(lines(schema("orders"), schema("order_tickets"), again, named, state()))
    assert traces(erasing) == []
    assert ADDRESS not in contacts(portal)


def test_anonymised_people_stay_untouched_without_a_word_in_the_mapping(
    project: Project, portal: Portal
) -> None:
    project.target(platform(zenobia()))
    gone = record("customers", customer_id="17", is_anonymised=True)
    project.target(lines(schema("customers"), gone, state()))
    assert ADDRESS in contacts(portal)
    assert project.stagedoor("erasures").stdout == "Nobody was erased.\n"


def test_a_crash_between_erasing_and_rewriting_is_mended_by_the_next_run(
    project: Project, portal: Portal
) -> None:
    project.target(platform(zenobia()))
    project.stagedoor("forget", "--email", ADDRESS, "--yes")
    portal_dir = project.path / ".stagedoor" / "test"
    (portal_dir / "state.duckdb.safe").write_bytes(ADDRESS.encode())
    (portal_dir / "erased").touch()
    assert traces(project) != []
    project.stagedoor("push")
    assert traces(project) == []
    assert not (portal_dir / "erased").exists()


def test_whom_nobody_knows_can_be_forgotten_and_blocked_all_the_same(
    project: Project, portal: Portal
) -> None:
    told = project.stagedoor("forget", "--email", ADDRESS, "--block", "--yes").stdout
    assert "in HubSpot    nothing that we know of" in told
    project.target(lines(schema("customers"), zenobia(), customer(1), state()))
    assert contacts(portal) == {"p1@example.com"}


@pytest.mark.parametrize(
    "arguments", [(), ("--email", "a@b.ro", "--key", "customer:1"), ("--key", "order:1")]
)
def test_it_must_be_clear_who_is_meant(arguments: tuple[str, ...], project: Project) -> None:
    done = project.stagedoor("forget", *arguments, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
