"""Edits made in HubSpot arrive on the platform, once, and nothing else does."""

from __future__ import annotations

from support.both_sides import BothSides
from support.project import Portal
from support.seen import inbound


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
    assert not [call for call in portal.get("/_sandbox/stats")["calls"] if "batch/read" in call]  # type: ignore[attr-defined]


def test_seen_twice_it_is_written_once(sides: BothSides) -> None:
    told = sides.seen(sides.edit(1, city="Iași"))
    assert "to platform 1" in inbound(sides.project, told)
    assert "to platform" not in inbound(sides.project, told)


def test_a_cleared_property_is_emptied(sides: BothSides) -> None:
    sides.inbound(sides.edit(1, city=""))
    assert sides.row(1)["city"] is None


def test_an_edit_of_the_platform_meanwhile_is_not_overwritten(sides: BothSides) -> None:
    """The rule is `platform`: its edit stays, and goes to HubSpot with the next run."""
    told = sides.seen(sides.edit(1, city="Iași"))
    sides.change(1, city="Brașov")
    inbound(sides.project, told)
    assert sides.row(1)["city"] == "Brașov"
    sides.outbound()
    assert sides.held(1)["city"] == "Brașov"


def test_a_push_does_not_overwrite_an_edit_that_nobody_has_seen_yet(sides: BothSides) -> None:
    hubspot_id = sides.edit(1, city="Iași")
    sides.change(1, phone="0720 2")
    sides.outbound()
    assert sides.held(1) == {"email": "p1@example.com", "city": "Iași", "phone": "0720 2"}
    sides.inbound(hubspot_id)
    assert sides.row(1)["city"] == "Iași"


def test_a_read_from_before_our_own_write_is_no_edit(sides: BothSides) -> None:
    told = sides.seen()
    sides.change(1, city="Brașov")
    sides.outbound()
    inbound(sides.project, told)
    assert sides.row(1)["city"] == "Brașov"


def test_a_read_of_the_platform_from_before_our_own_write_is_no_edit(sides: BothSides) -> None:
    read = sides.project.run("tap-platform", "--config", "ENV").stdout
    sides.inbound(sides.edit(1, city="Iași"))
    sides.project.target(read)
    assert sides.held(1)["city"] == "Iași"
