"""Logs as structured lines; those about portals are kept in the store too, for people to read."""

from __future__ import annotations

import atexit
import logging
import queue
import sys
import threading
import time
from datetime import UTC, datetime
from typing import Any

import structlog

from stagedoor.logs import quiet_libraries
from stagedoor.store import Store
from stagedoor.store.log import LogLine
from stagedoor_service.settings import ServiceSettings

BATCH = 200
SECONDS = 1.0


def log_structured(settings: ServiceSettings, store: Store | None = None) -> None:
    """Log to standard error, as JSON or as text, and into `store` where there is one."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if settings.log_format == "text":
        last = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            last,
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)
    quiet_libraries()
    if store is not None:
        kept = StoreHandler(store)
        kept.setLevel(logging.INFO)
        logging.getLogger("stagedoor").addHandler(kept)


class StoreHandler(logging.Handler):
    """Keeps lines in the store, some at a time, from a thread of its own."""

    def __init__(self, store: Store) -> None:
        """Keep them in `store`."""
        super().__init__()
        self._waiting: queue.SimpleQueue[LogLine] = queue.SimpleQueue()
        self._store = store
        atexit.register(self.flush)
        threading.Thread(target=self._write, daemon=True, name="log").start()

    def emit(self, record: logging.LogRecord) -> None:
        """Put a line by."""
        bound = structlog.contextvars.get_contextvars()
        self._waiting.put(
            LogLine(
                at=datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
                level=record.levelname.lower(),
                source=record.name[:64],
                message=record.getMessage()[:2_000],
                portal=bound.get("portal"),
                run_id=bound.get("run_id"),
            )
        )

    def _write(self) -> None:
        while True:
            time.sleep(SECONDS)
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        lines: list[LogLine] = []
        while len(lines) < BATCH:
            try:
                lines.append(self._waiting.get_nowait())
            except queue.Empty:
                break
        if lines:
            try:
                self._store.log.add(lines)
            except Exception:  # noqa: BLE001 - a log that cannot be kept must not stop the work
                self.handleError(logging.makeLogRecord({"msg": "the log cannot be kept"}))
