"""Keeps how far a run is in the store, for who follows it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from stagedoor.store.run_queue import RunQueue
from stagedoor.sync.progress import Advance, LogProgress
from stagedoor_service.application.tracing import span

EVERY = 0.5
"""Seconds between two notes of a phase."""


class KeptProgress:
    """Phases of one run, in the log and in the store."""

    def __init__(
        self, queue: RunQueue, run_id: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Note the progress of a run."""
        self._queue = queue
        self._run_id = run_id
        self._clock = clock
        self._log = LogProgress()
        self._phases: list[dict[str, object]] = []

    @contextmanager
    def phase(self, title: str, total: int) -> Iterator[Advance]:
        """Note one phase of `total` steps."""
        entry: dict[str, object] = {"phase": title, "total": total, "done": 0}
        self._phases.append(entry)
        self._note()
        done, said = 0, self._clock()
        with span(title, {"stagedoor.total": total}), self._log.phase(title, total) as log:

            def advance(steps: int) -> None:
                nonlocal done, said
                done += steps
                entry["done"] = done
                log(steps)
                if self._clock() - said >= EVERY:
                    said = self._clock()
                    self._note()

            yield advance
        self._note()

    def _note(self) -> None:
        self._queue.note_progress(self._run_id, {"phases": self._phases})
