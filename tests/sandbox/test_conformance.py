"""Each behaviour in the table of `docs/sandbox.md` has a test that exists and is not skipped."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from support.conformance import BEHAVIOURS, DIVERGENCES, ERRORS, Line

TESTS = Path(__file__).resolve().parents[1]


@cache
def functions_of(file: str) -> dict[str, ast.FunctionDef]:
    tree = ast.parse((TESTS / file).read_text("utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("line", [*BEHAVIOURS, *ERRORS], ids=lambda line: line.behaviour)
def test_a_behaviour_has_its_test(line: Line) -> None:
    file, _, name = line.test.partition("::")
    test = functions_of(file)[name]
    assert any(isinstance(node, ast.Assert) for node in ast.walk(test))
    assert not any("skip" in ast.unparse(d) for d in test.decorator_list)


def test_every_divergence_is_expected_by_a_test_and_every_such_test_is_listed() -> None:
    expecting = {n for n in functions_of("sandbox/test_behaviour.py") if "_divergence_" in n}
    assert set(DIVERGENCES.values()) == expecting


def test_no_behaviour_is_listed_twice() -> None:
    lines = [line.behaviour for line in (*BEHAVIOURS, *ERRORS)]
    assert len(set(lines)) == len(lines)
