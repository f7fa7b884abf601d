"""Tens of thousands of objects that share one modification time."""

from __future__ import annotations

from support.reading import Maker, Reader

COUNT = 25_000
FEWEST = COUNT // 200
"""Searches that give so many objects, 200 each."""


def test_objects_of_one_moment_come_once_each_and_cost_no_more_calls_than_they_must(
    maker: Maker, reader: Reader
) -> None:
    """An import modifies all at once; the index learns of it two seconds later."""
    reader.settings |= {"look_back": 60, "object_types": ["contacts"]}
    reader.run("contacts")
    maker.behave(index_delay_ms=2_000)
    maker.clock(advance=5, still=True)
    made = maker.contacts(COUNT)
    maker.clock(advance=1)
    maker.calls()
    early = reader.run("contacts")
    maker.clock(advance=2)
    found = reader.run("contacts")
    calls = maker.calls()
    maker.clock(advance=120)
    late = reader.run("contacts", look_back=0)
    moments = {record["updated_at"] for record in found.of("contacts")}
    assert (early.ids("contacts"), late.ids("contacts"), len(moments)) == ([], [], 1)
    assert sorted(found.ids("contacts"), key=int) == made
    assert calls["POST objects/{type}/search contacts"] <= FEWEST + 1
    assert sum(calls.values()) <= 1.1 * FEWEST
