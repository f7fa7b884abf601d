"""What is between objects, and what became of them."""

from __future__ import annotations

import pytest

from support.reading import Maker, Reader, Said


def pairs(said: Said) -> set[tuple[str, str, str, str, int]]:
    names = ("from_type", "from_id", "to_type", "to_id", "type_id")
    return {tuple(r[name] for name in names) for r in said.of("associations")}


@pytest.fixture
def people(maker: Maker) -> list[str]:
    return maker.contacts(3)


@pytest.fixture
def firms(maker: Maker) -> list[str]:
    return maker.create("companies", [{"name": f"Firm {n}"} for n in range(2)])


def test_associations_tell_both_ends_and_the_kind(
    maker: Maker, reader: Reader, people: list[str], firms: list[str]
) -> None:
    maker.associate("contacts", "companies", [(people[0], firms[0]), (people[2], firms[1])])
    assert pairs(reader.run("associations")) == {
        ("contacts", people[0], "companies", firms[0], 279),
        ("contacts", people[2], "companies", firms[1], 279),
    }


def test_associations_of_objects_that_changed_come_again(
    maker: Maker, reader: Reader, people: list[str], firms: list[str]
) -> None:
    maker.associate("contacts", "companies", [(one, firms[0]) for one in people])
    maker.clock(advance=10)
    reader.run("associations")
    maker.clock(advance=10)
    maker.update("contacts", {people[1]: {"firstname": "Ana"}})
    maker.clock(advance=10)
    assert pairs(reader.run("associations")) == {
        ("contacts", people[1], "companies", firms[0], 279)
    }


@pytest.mark.parametrize("again", [False, True], ids=["first time", "later"])
def test_associations_of_objects_that_the_run_has_read_cost_no_further_list_of_them(
    maker: Maker, reader: Reader, people: list[str], firms: list[str], *, again: bool
) -> None:
    streams = ("contacts", "companies", "associations")
    maker.associate("contacts", "companies", [(one, firms[0]) for one in people])
    maker.clock(advance=10)
    if again:
        reader.run(*streams)
        maker.clock(advance=10)
        maker.update("contacts", {people[1]: {"firstname": "Ana"}})
        maker.clock(advance=10)
    maker.calls()
    said = reader.run(*streams, associations=["contacts:companies"])
    calls = maker.calls()
    how = "POST objects/{type}/search contacts" if again else "GET objects/{type} contacts"
    assert (len(pairs(said)), calls[how]) == (1 if again else 3, 1)


def test_more_associations_than_an_answer_holds_come_all(maker: Maker, reader: Reader) -> None:
    (firm,) = maker.create("companies", [{"name": "Firm"}])
    people = maker.contacts(700)
    maker.associate("companies", "contacts", [(firm, one) for one in people])
    said = reader.run("associations", associations=["companies:contacts"])
    assert len(pairs(said)) == 700


def test_a_merge_is_told_with_its_winner_and_its_time(
    maker: Maker, reader: Reader, people: list[str]
) -> None:
    reader.run("merges")
    maker.clock(advance=3_600)
    winner = maker.merge("contacts", people[0], people[1])
    maker.clock(advance=10)
    told = reader.run("merges").of("merges")
    assert {(m["object_type"], m["merged_id"], m["id"]) for m in told} == {
        ("contacts", people[0], winner),
        ("contacts", people[1], winner),
    }
    (contact,) = [r for r in reader.run("contacts").of("contacts") if r["id"] == winner]
    assert {m["merged_at"] for m in told} == {contact["updated_at"]}


def test_a_merge_is_told_once(maker: Maker, reader: Reader, people: list[str]) -> None:
    winner = maker.merge("contacts", people[0], people[1])
    maker.clock(advance=10)
    first = len(reader.run("merges").of("merges"))
    maker.clock(advance=10)
    maker.update("contacts", {winner: {"firstname": "Ana"}})
    maker.clock(advance=10)
    assert (first, reader.run("merges").of("merges")) == (2, [])


def test_an_object_in_the_bin_is_told_once(maker: Maker, reader: Reader, people: list[str]) -> None:
    maker.archive("contacts", people[:1])
    maker.clock(advance=10)
    (told,) = reader.run("deletions").of("deletions")
    maker.clock(advance=10)
    maker.archive("contacts", people[1:2])
    maker.clock(advance=10)
    (later,) = reader.run("deletions").of("deletions")
    assert [(t["object_type"], t["id"], t["kind"]) for t in (told, later)] == [
        ("contacts", people[0], "archived"),
        ("contacts", people[1], "archived"),
    ]


def test_an_object_that_became_part_of_another_is_no_deletion(
    maker: Maker, reader: Reader, people: list[str]
) -> None:
    """Both lie in the bin; a deletion is told when the index must know of the merge."""
    reader.settings["look_back"] = 60
    maker.behave(index_delay_ms=30_000)
    maker.merge("contacts", people[0], people[1])
    maker.archive("contacts", people[2:])
    maker.clock(advance=10)
    early = reader.run("merges", "deletions").of("deletions")
    maker.clock(advance=120)
    late = reader.run("merges", "deletions").of("deletions")
    assert (early, [told["id"] for told in late]) == ([], people[2:])
