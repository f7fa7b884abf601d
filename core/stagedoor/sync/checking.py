"""Stops a run whose plugins have SQL that cannot work, before anything is written."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from stagedoor.errors import Misconfigured
from stagedoor.mapping.document import Metrics
from stagedoor.plugins import Plugins
from stagedoor.state.checking import SqlProblem, find_problems
from stagedoor.state.replica import Replica

logger = logging.getLogger("stagedoor")


def check_sql(
    plugins: Plugins, replica: Replica | None, metrics: Metrics, *, takes_input: bool = False
) -> list[SqlProblem]:
    """Return the problems that the input may still solve, when there is going to be input.

    Raises:
        Misconfigured: SQL cannot work, naming the plugin, what it registered, and the columns.
    """
    problems = find_problems(plugins, replica, metrics)
    doubts = [problem for problem in problems if problem.may_pass and takes_input]
    refuse([problem for problem in problems if problem not in doubts])
    for doubt in doubts:
        logger.warning("Unless the tap brings it, the run stops before its first write: %s", doubt)
    return doubts


def refuse(problems: Sequence[SqlProblem]) -> None:
    """Raise `Misconfigured` for what is wrong, if anything is."""
    if problems:
        listed = "\n".join(map(str, problems))
        raise Misconfigured(f"{listed}\nMend the plugin, or take it out; nothing was written.")
