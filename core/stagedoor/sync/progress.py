"""Shows how far a run is: bars on a terminal, a log line every few seconds elsewhere."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

logger = logging.getLogger("stagedoor.progress")

Advance = Callable[[int], None]


class Progress(Protocol):
    """Something that shows phases advancing."""

    def phase(self, title: str, total: int) -> AbstractContextManager[Advance]:
        """Show one phase of `total` steps; call the result with the steps done."""


class TerminalProgress:
    """One bar per phase."""

    def __init__(self) -> None:
        """Draw on standard error: standard output belongs to Singer."""
        self._console = Console(stderr=True)

    @contextmanager
    def phase(self, title: str, total: int) -> Iterator[Advance]:
        """Show one bar until the phase ends."""
        columns = (
            TextColumn("{task.description:<36}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Bars(*columns, console=self._console) as bars:
            task = bars.add_task(title, total=total)
            yield lambda steps: bars.advance(task, steps)


class LogProgress:
    """A line when a phase starts, and every `interval` seconds while it lasts."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, interval: float = 5.0) -> None:
        """Measure time by `clock`, in seconds."""
        self._clock = clock
        self._interval = interval

    @contextmanager
    def phase(self, title: str, total: int) -> Iterator[Advance]:
        """Log how many of `total` steps are done."""
        logger.info("%s: %s", title, f"{total:,}")
        done, said = 0, self._clock()

        def advance(steps: int) -> None:
            nonlocal done, said
            done += steps
            if self._clock() - said >= self._interval:
                said = self._clock()
                logger.info("%s: %s of %s", title, f"{done:,}", f"{total:,}")

        yield advance


def progress_for_stderr() -> Progress:
    """Return bars when a person watches standard error, log lines otherwise."""
    return TerminalProgress() if sys.stderr.isatty() else LogProgress()
