"""Through real processes: edits made in HubSpot arrive on the platform, and nothing else does."""

from __future__ import annotations

from support.both_sides import BothSides
from support.project import Portal


def test_an_edit_in_hubspot_changes_that_column_of_that_row(sides: BothSides) -> None:
    before = sides.rows()
    sides.inbound(sides.edit(1, city="Iași"))
    before["1"]["city"] = "Iași"
    assert sides.rows() == before


def test_what_we_wrote_ourselves_is_an_echo(sides: BothSides) -> None:
    before = sides.rows()
    assert "contacts      echo 2" in sides.inbound()
    assert sides.rows() == before


def test_the_outbound_run_after_it_writes_nothing_and_reads_nothing(
    sides: BothSides, portal: Portal
) -> None:
    sides.inbound(sides.edit(1, city="Iași"))
    portal.forget_calls()
    sides.outbound()
    assert portal.stats()["write"] == 0
    assert not [call for call in portal.get("/_sandbox/stats")["calls"] if "batch/read" in call]


def test_a_read_of_the_platform_from_before_our_own_write_is_no_edit(sides: BothSides) -> None:
    read = sides.project.run("tap-platform", "--config", "ENV").stdout
    sides.inbound(sides.edit(1, city="Iași"))
    sides.project.target(read)
    assert sides.held(1)["city"] == "Iași"
