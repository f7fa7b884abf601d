"""What each code means, why it comes, and what to do: `stagedoor explain`, docs/errors.md."""

from __future__ import annotations

from stagedoor.explanations.explanation import Explanation
from stagedoor.explanations.letters import LETTERS
from stagedoor.explanations.runs import RUNS
from stagedoor.explanations.service import SERVICE

__all__ = ["EXPLANATIONS", "LETTERS", "RUNS", "SERVICE", "Explanation"]

EXPLANATIONS: dict[str, Explanation] = {
    explanation.code: explanation for explanation in (*RUNS, *LETTERS, *SERVICE)
}
"""All of them, by code."""
