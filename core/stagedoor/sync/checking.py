"""Stops a run whose plugins or mapping have SQL that cannot work, before anything is written."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from stagedoor.errors import Misconfigured
from stagedoor.mapping.document import MappingDocument
from stagedoor.plugins import Plugins
from stagedoor.state.checking import SqlProblem, find_problems
from stagedoor.state.replica import Replica

logger = logging.getLogger("stagedoor")


def check_sql(
    plugins: Plugins,
    replica: Replica | None,
    document: MappingDocument,
    *,
    takes_input: bool = False,
) -> list[SqlProblem]:
    """Return the problems that the input may still solve, when there is going to be input.

    Raises:
        Misconfigured: SQL cannot work, naming whose it is, what it is for, and the columns.
    """
    problems = find_problems(plugins, replica, document)
    doubts = [problem for problem in problems if problem.may_pass and takes_input]
    refuse([problem for problem in problems if problem not in doubts])
    for doubt in doubts:
        logger.warning("Unless the tap brings it, the run stops before its first write: %s", doubt)
    return doubts


def refuse(problems: Sequence[SqlProblem]) -> None:
    """Raise `Misconfigured` for what is wrong, if anything is."""
    if problems:
        listed = "\n".join(map(str, problems))
        remedies = {
            "Mend the plugin, or take it out"
            if problem.plugin
            else "Mend the mapping: `stagedoor mapping check` names the line"
            for problem in problems
        }
        raise Misconfigured(f"{listed}\n{'. '.join(sorted(remedies))}; nothing was written.")
