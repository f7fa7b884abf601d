"""What the mapping takes both ways is read, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from stagedoor.errors import Misconfigured
from support.reading import Maker, Reader

MAPPING = """
objects:
  contacts:
    properties:
      city: {inbound: true}
"""


def test_the_mapping_chooses_object_types_and_properties(
    maker: Maker, reader: Reader, tmp_path: Path
) -> None:
    path = tmp_path / "mapping.yml"
    path.write_text(MAPPING)
    maker.contacts(1)
    maker.create("companies", [{"name": "Firm"}])
    said = reader.run("contacts", "companies", two_way=True, mapping=str(path))
    assert [record["properties"] for record in said.of("contacts")] == [
        {"city": None, "email": "c0@example.com"}
    ]
    assert [*said.schemas] == ["contacts"]


def test_a_mapping_that_takes_nothing_both_ways_is_refused(reader: Reader) -> None:
    with pytest.raises(Misconfigured, match="inbound: true"):
        reader.run("contacts", two_way=True)
