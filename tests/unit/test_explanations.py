"""Each code that the code base uses is explained, once."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from stagedoor import errors
from stagedoor.explanations import EXPLANATIONS, LETTERS, RUNS, SERVICE, Explanation

ROOT = Path(__file__).resolve().parents[2]
EVERY = (*RUNS, *LETTERS, *SERVICE)


def test_no_code_is_explained_twice() -> None:
    assert len(EVERY) == len(EXPLANATIONS)


def test_every_error_of_the_engine_is_explained() -> None:
    codes = {
        error.code
        for _, error in inspect.getmembers(errors, inspect.isclass)
        if issubclass(error, errors.StagedoorError)
    }
    assert codes == {explanation.code for explanation in RUNS}


def test_every_problem_that_the_service_answers_with_is_explained() -> None:
    used: set[str] = set()
    for path in (ROOT / "service").rglob("*.py"):
        used |= set(re.findall(r'Problem\(\s*"([A-Z_]+)"', path.read_text("utf-8")))
    assert used - set(EXPLANATIONS) == set()
    assert {EXPLANATIONS[code].status for code in used} - {None} != set()
    assert [code for code in used if EXPLANATIONS[code].status is None] == []


def test_every_refusal_that_is_ours_is_explained() -> None:
    used: set[str] = set()
    for path in (ROOT / "core").rglob("*.py"):
        text = path.read_text("utf-8")
        used |= set(re.findall(r'(?:Refusal|_withhold|_refusal)\(\s*"([A-Z_]{5,})"', text))
        used |= set(re.findall(r'code="([A-Z_]{5,})"', text))
    assert len(used) > 5
    assert used - set(EXPLANATIONS) == set(), "explain it in core/stagedoor/explanations/letters.py"


@pytest.mark.parametrize("explanation", EVERY, ids=lambda e: e.code)
def test_every_explanation_is_whole_sentences(explanation: Explanation) -> None:
    for text in (explanation.what, explanation.why, explanation.remedy):
        assert text[0].isupper() or text[0] == "`"
        assert text.endswith(".")
