"""Whoever silences a check says why, on the same line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("benchmarks", "core", "plugins", "sandbox", "service", "taps", "targets", "tests")
SILENCED = re.compile(
    r"# (?:noqa(?:: [A-Z0-9, ]+)?|type: ignore(?:\[[a-z, -]+\])?|fmt: off)(?P<why>.*)$"
)
SKIPPED = re.compile(r"pytest\.(?:skip|xfail|importorskip)\(|mark\.(?:skip|xfail)")
REASON = re.compile(r"\s*(?:-|#) \w.{6,}")


def lines() -> list[tuple[str, str]]:
    return [
        (f"{path.relative_to(ROOT)}:{number}", line)
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path != Path(__file__)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
    ]


def test_a_silenced_check_has_its_reason_beside_it() -> None:
    bare = [
        place
        for place, line in lines()
        if (found := SILENCED.search(line)) and not REASON.match(found["why"])
    ]
    assert bare == []


def test_tests_are_skipped_in_one_place_only() -> None:
    places = {place.rpartition(":")[0] for place, line in lines() if SKIPPED.search(line)}
    assert places == {"tests/support/requirements.py"}


@pytest.mark.parametrize(
    ("line", "is_fine"),
    [
        ("x = 1  # noqa: E501", False),
        ("x = 1  # noqa: E501 - the address is that long", True),
        ("x = 1  # type: ignore[misc]", False),
        ("x = 1  # type: ignore[misc, valid-type] # the SDK makes it", True),
    ],
)
def test_a_bare_one_would_be_found(line: str, is_fine: bool) -> None:
    found = SILENCED.search(line)
    assert found is not None
    assert bool(REASON.match(found["why"])) is is_fine
