"""Asks plugins to resolve a conflict, one after another, until one has an answer."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from stagedoor.engine.calling import PLUGIN_ERRORS, told
from stagedoor.extension import Caller
from stagedoor.model import Conflict, Resolution

logger = logging.getLogger("stagedoor.plugins")


@dataclass
class Resolvers:
    """What the merge calls: gives the first plugin's resolution, with the plugin's name."""

    callers: Sequence[Caller] = ()
    failing: set[str] = field(default_factory=set)
    """Plugins whose failure has been logged."""

    def __call__(self, conflict: Conflict) -> tuple[str, Resolution] | None:
        """Return the first answer; a plugin that fails has none, and the next is asked."""
        for caller in self.callers:
            try:
                answer = caller.function(conflict)
            except PLUGIN_ERRORS as error:
                self._tell(caller.plugin, told(error, caller.function))
                continue
            if isinstance(answer, Resolution) and isinstance(answer.value, (str, type(None))):
                return caller.plugin, answer
            if answer is not None:
                self._tell(caller.plugin, "it gave something that is no Resolution")
        return None

    def _tell(self, plugin: str, what: str) -> None:
        if plugin not in self.failing:
            self.failing.add(plugin)
            logger.warning(
                "Plugin %r failed in resolve_conflict: %s. Its conflicts go to the next plugin, "
                "or to a person.",
                plugin,
                what,
            )
