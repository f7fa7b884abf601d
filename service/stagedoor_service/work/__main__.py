"""The worker process of a service: `python -m stagedoor_service.work`.

It ends when told to, or when its standard input ends: it never outlives the service.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

from stagedoor_service.application.office import open_office
from stagedoor_service.application.tracing import tracing
from stagedoor_service.logs import log_structured
from stagedoor_service.work.worker import Worker


def main() -> None:
    """Work until told to stop."""
    os.umask(0o077)
    with tracing(), open_office() as office:
        log_structured(office.settings, office.store)
        worker = Worker(office)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        threading.Thread(target=_follow_parent, args=(worker,), daemon=True).start()
        worker.run()


def _follow_parent(worker: Worker) -> None:
    sys.stdin.buffer.read()
    worker.stop()


if __name__ == "__main__":
    main()
