"""Dead letters over the API: listed without contents, replayed with what they hold."""

from __future__ import annotations

from support.service import Service


def bad_customer(service: Service, number: int) -> None:
    """Let a record through that the replica cannot hold."""
    schema = (
        '{"type":"SCHEMA","stream":"customers","key_properties":["customer_id"],'
        '"schema":{"properties":{"customer_id":{"type":"string"},'
        '"updated_at":{"type":"string","format":"date-time"}}}}'
    )
    record = (
        f'{{"type":"RECORD","stream":"customers","record":{{"customer_id":"bad-{number}",'
        '"updated_at":"not a time"}}'
    )
    service.project.settings["TARGET_HUBSPOT_PUSH"] = "false"
    service.project.target(f"{schema}\n{record}\n")
    del service.project.settings["TARGET_HUBSPOT_PUSH"]


def test_a_letter_is_listed_without_and_shown_with_its_record(service: Service) -> None:
    bad_customer(service, 1)
    listed = service.get("dead-letters", params={"code": "INVALID_RECORD"})["dead_letters"]
    mine = [letter for letter in listed if letter["key"] == "bad-1"]
    assert [letter["record"] for letter in mine] == [None]
    whole = service.get(f"dead-letters/{mine[0]['id']}")
    assert "not a time" in whole["record"]


def test_a_letter_that_is_refused_again_stays_open(service: Service) -> None:
    bad_customer(service, 2)
    letters = service.get("dead-letters")["dead_letters"]
    (mine,) = [letter for letter in letters if letter["key"] == "bad-2"]
    run = service.run("dead-letters/replay", {"ids": [mine["id"]]})
    assert (run["status"], run["purpose"]) == ("done", "replay")
    again = service.get(f"dead-letters/{mine['id']}")
    assert (again["closed_as"], again["times"]) == (None, 2)


def test_replaying_what_is_not_open_is_refused(service: Service) -> None:
    answer = service.call("POST", "dead-letters/replay", {"ids": [987654]})
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


def test_a_letter_of_another_portal_is_not_shown(service: Service) -> None:
    bad_customer(service, 3)
    listed = service.get("dead-letters", params={"portal": "second"})["dead_letters"]
    assert listed == []
