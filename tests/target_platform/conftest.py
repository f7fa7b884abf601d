"""A small platform, a portal, and a mapping that goes both ways."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.both_sides import BothSides
from support.pair import mapping
from support.project import Portal, make_project

MAPPING = mapping(
    email="{from: email, codec: email}",
    city="{from: city, inbound: true}",
    phone="{from: phone, codec: phone, inbound: true}",
)


@pytest.fixture
def make_sides(tmp_path: Path, portal: Portal) -> Callable[..., BothSides]:
    """Makes a platform beside the portal, by a mapping."""

    def make(mapping: str = MAPPING, **options: Any) -> BothSides:
        project = make_project(tmp_path / "project", portal.settings)
        return BothSides.made(project, portal, mapping, **options)

    return make


@pytest.fixture
def sides(make_sides: Callable[..., BothSides]) -> BothSides:
    """Two customers, in HubSpot already."""
    made = make_sides()
    for number in (1, 2):
        made.add(number, city="Cluj", phone="0720 1")
    made.outbound()
    return made
