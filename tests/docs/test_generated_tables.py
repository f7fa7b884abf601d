"""Generated tables say what the code says; `just docs` writes them anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.generate import part_of, parts

PARTS = parts()


@pytest.mark.parametrize("place", PARTS, ids=lambda place: f"{place[0].name}-{place[1]}")
def test_the_table_is_what_just_docs_would_write(place: tuple[Path, str]) -> None:
    path, name = place
    assert part_of(path.read_text("utf-8"), name).group() == PARTS[place]
