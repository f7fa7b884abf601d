"""What a poll gives: everything once, then what changed, and how much that costs."""

from __future__ import annotations

from typing import Any

from support.reading import Maker, Reader


def ids(said: Any, stream: str = "contacts") -> list[str]:
    return sorted(said.ids(stream), key=int)


def test_the_first_time_everything_comes_once(maker: Maker, reader: Reader) -> None:
    made = maker.contacts(350)
    maker.calls()
    assert ids(reader.run("contacts")) == made
    assert maker.calls()["GET objects/{type} contacts"] == 4


def test_a_quiet_poll_gives_nothing_and_costs_one_search(maker: Maker, reader: Reader) -> None:
    maker.contacts(50)
    reader.run("contacts")
    maker.clock(advance=10)
    reader.run("contacts")
    maker.clock(advance=10)
    maker.calls()
    assert reader.run("contacts").of("contacts") == []
    calls = maker.calls()
    assert calls["POST objects/{type}/search contacts"] == 1
    assert "GET objects/{type} contacts" not in calls


def test_what_changed_comes_with_its_values_of_now(maker: Maker, reader: Reader) -> None:
    made = maker.contacts(30)
    maker.clock(advance=10)
    reader.run("contacts")
    maker.clock(advance=10)
    maker.update("contacts", {made[3]: {"firstname": "Ana"}, made[7]: {"firstname": ""}})
    maker.clock(advance=10)
    found = {r["id"]: r["properties"]["firstname"] for r in reader.run("contacts").of("contacts")}
    assert found == {made[3]: "Ana", made[7]: None}


def test_what_changes_after_the_start_waits_for_the_next_poll(maker: Maker, reader: Reader) -> None:
    """The start is known to the second, so that what happens within it counts as later."""
    made = maker.contacts(3)
    maker.clock(advance=10)
    reader.run("contacts")
    maker.clock(advance=10.5, still=True)
    maker.update("contacts", {made[0]: {"firstname": "later"}})
    early = ids(reader.run("contacts"))
    maker.clock(advance=1)
    assert (early, ids(reader.run("contacts"))) == ([], [made[0]])


def test_a_restored_object_comes_again(maker: Maker, reader: Reader) -> None:
    made = maker.contacts(3)
    maker.clock(advance=10)
    reader.run("contacts")
    maker.archive("contacts", made[:1])
    maker.clock(advance=10)
    reader.run("contacts")
    maker.clock(advance=10)
    maker.post("/_sandbox/restore", {"object_type": "contacts", "id": made[0]})
    maker.clock(advance=10)
    assert ids(reader.run("contacts")) == [made[0]]


def test_hits_of_an_index_that_are_gone_neither_end_a_window_nor_stop_it(
    maker: Maker, reader: Reader
) -> None:
    """After an archive the index still counts an object, for seconds, and answers without it."""
    reader.run("contacts")
    made = maker.contacts(900)
    maker.behave(index_delay_ms=600_000)
    maker.archive("contacts", made[100:800])
    maker.clock(advance=10)
    assert ids(reader.run("contacts")) == [*made[:100], *made[800:]]


def test_an_object_that_the_index_learns_late_is_found_by_the_look_back(
    maker: Maker, reader: Reader
) -> None:
    reader.settings["look_back"] = 60
    reader.run("contacts")
    maker.behave(index_delay_ms=30_000)
    made = maker.contacts(1)
    maker.clock(advance=10)
    early = ids(reader.run("contacts"))
    maker.clock(advance=30)
    assert (early, ids(reader.run("contacts"))) == ([], made)


def test_a_start_date_leaves_out_what_was_modified_before(maker: Maker, reader: Reader) -> None:
    maker.contacts(3)
    maker.clock(advance=86_400)
    made = maker.contacts(2, start=10)
    now = maker.portal.get("/_sandbox/clock")["now"]
    assert isinstance(now, int)
    maker.clock(advance=10)
    said = reader.run("contacts", start_date=_iso(now - 60_000))
    assert ids(said) == made


def _iso(milliseconds: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(milliseconds / 1_000, UTC).isoformat()


def test_only_chosen_properties_are_read(maker: Maker, reader: Reader) -> None:
    maker.contacts(1)
    said = reader.run("contacts", properties={"contacts": ["email", "hs_email_optout"]})
    (record,) = said.of("contacts")
    assert record["properties"] == {"email": "c0@example.com", "hs_email_optout": None}
    assert [*said.schemas["contacts"]["properties"]["properties"]["properties"]] == [
        "email",
        "hs_email_optout",
    ]


def test_properties_of_more_than_an_address_holds_are_read_all_the_same(
    maker: Maker, reader: Reader
) -> None:
    names = [f"a_property_with_a_rather_long_name_{'x' * 40}_{n:03}" for n in range(120)]
    for at in range(0, 120, 60):
        inputs: list[dict[str, Any]] = [
            {
                "name": name,
                "label": name,
                "type": "string",
                "fieldType": "text",
                "groupName": "contactinformation",
            }
            for name in names[at : at + 60]
        ]
        maker.post("/crm/properties/2026-09/contacts/batch/create", {"inputs": inputs})
    made = maker.create("contacts", [{"email": "a@example.com", names[-1]: "whole"}])
    (record,) = reader.run("contacts").of("contacts")
    assert (record["id"], record["properties"][names[-1]]) == (made[0], "whole")


def test_the_time_of_each_value_is_told_when_asked(maker: Maker, reader: Reader) -> None:
    made = maker.contacts(120)
    maker.clock(advance=3_600)
    maker.update("contacts", {made[0]: {"firstname": "Ana"}})
    maker.calls()
    said = reader.run(
        "contacts", property_times=True, properties={"contacts": ["email", "firstname"]}
    )
    first, second = (r["property_times"] for r in said.of("contacts")[:2])
    assert first["email"] < first["firstname"]
    assert second["email"] == second["firstname"]
    assert maker.calls()["POST objects/{type}/batch/read contacts"] == 3  # 50, 50; 20


def test_objects_in_the_bin_come_with_the_others_when_asked(maker: Maker, reader: Reader) -> None:
    made = maker.contacts(3)
    maker.archive("contacts", made[:1])
    said = reader.run("contacts", archived=True)
    found = {r["id"]: (r["archived"], r["archived_at"] is not None) for r in said.of("contacts")}
    assert found == {made[0]: (True, True), made[1]: (False, False), made[2]: (False, False)}


def test_custom_objects_have_a_stream_of_their_own(maker: Maker, reader: Reader) -> None:
    schema = {
        "name": "visits",
        "labels": {"singular": "Visit", "plural": "Visits"},
        "primaryDisplayProperty": "place",
        "requiredProperties": ["place"],
        "properties": [
            {"name": "place", "label": "Place", "type": "string", "fieldType": "text"},
            {"name": "seats", "label": "Seats", "type": "number", "fieldType": "number"},
        ],
        "associatedObjects": ["CONTACT"],
    }
    maker.post("/crm-object-schemas/2026-09/schemas", schema)
    maker.create("p_visits", [{"place": "Cluj", "seats": "12"}])
    maker.clock(advance=10)
    reader.run("p_visits")
    maker.create("p_visits", [{"place": "Iași", "seats": "7"}])
    maker.clock(advance=10)
    (record,) = reader.run("p_visits").of("p_visits")
    assert (record["properties"]["place"], record["properties"]["seats"]) == ("Iași", 7)
