"""Tells plugins what became of objects; whatever a plugin does, the run goes on."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from stagedoor.engine.calling import PLUGIN_ERRORS, told
from stagedoor.extension import Caller
from stagedoor.model import Outcome

logger = logging.getLogger("stagedoor.plugins")


@dataclass
class Observers:
    """The functions of all plugins that want to know."""

    callers: Sequence[Caller] = ()
    failing: set[str] = field(default_factory=set)
    """Plugins whose failure has been logged."""

    def tell(self, outcomes: Sequence[Outcome]) -> None:
        """Give every plugin the outcomes of one call; a failing one is logged once."""
        if not self.callers or not outcomes:
            return
        values = tuple(replace(o, returned=MappingProxyType(dict(o.returned))) for o in outcomes)
        for caller in self.callers:
            try:
                caller.function(values)
            except PLUGIN_ERRORS as error:
                self._log(caller, error)

    def _log(self, caller: Caller, error: BaseException) -> None:
        if caller.plugin not in self.failing:
            self.failing.add(caller.plugin)
            logger.warning(
                "Plugin %r failed in after_settle: %s. The run goes on, and later failures of "
                "this plugin are not logged.",
                caller.plugin,
                told(error, caller.function),
            )
