"""Starts the service's processes, and ends them together.

The parent owns the socket. It starts a worker process, and answers calls itself, or lets several
processes do so on the same socket. Whoever ends the parent, be it by `kill -9`, ends them all:
each child reads a pipe that ends with the parent. Told to stop, the parent ends last: when its
process is gone, nothing of the service works any more.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import uvicorn

from stagedoor.config import load_settings
from stagedoor.hubspot.sandbox import embedded_portal
from stagedoor.store import open_store
from stagedoor.sync.portals import SANDBOX_FILE
from stagedoor_service.application.alerting import check_channels
from stagedoor_service.logs import log_structured
from stagedoor_service.settings import load_service_settings

PARENT = "STAGEDOOR_PARENT"
"""Variable that tells processes that answer calls whom not to outlive."""

APP = "stagedoor_service.web.app:create_app"

_DEMO = {
    "STAGEDOOR_DEMO": "true",
    "TARGET_HUBSPOT_PROVISION": "apply",
    "TARGET_HUBSPOT_CALLS_PER_10_SECONDS": "250",
    "HUBSPOT_CLIENT_ID": "sandbox-app",
    "HUBSPOT_CLIENT_SECRET": "sandbox-secret",
}
"""What the sandbox portal that the service starts needs, where nothing else is set."""


def serve(*, works: bool) -> None:
    """Serve until told to stop.

    Raises:
        Misconfigured: Settings are wrong, or the store cannot be opened.
        Unavailable: The embedded sandbox portal did not start.
    """
    _unwind_when_told_to_stop()
    settings, target = load_service_settings(), load_settings()
    check_channels(settings)
    open_store(target).close()  # migrated by one process, before the others look
    with ExitStack() as stack:
        if target.is_sandbox:
            url = stack.enter_context(embedded_portal(target.root / SANDBOX_FILE))
            for name, value in {**_DEMO, "TARGET_HUBSPOT_PORTAL_URL": url}.items():
                os.environ.setdefault(name, value)
        metrics = stack.enter_context(tempfile.TemporaryDirectory(prefix="stagedoor-metrics-"))
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", metrics)
        listener = socket.create_server((settings.host, settings.port), backlog=2_048)
        # asyncio does this for sockets of its own only; without it each small answer waits 40 ms.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.set_inheritable(True)
        stack.callback(listener.close)
        if works:
            stack.enter_context(_worker())
        log_structured(settings)
        host, port = listener.getsockname()[:2]
        sys.stdout.write(json.dumps({"url": f"http://{host}:{port}"}) + "\n")
        sys.stdout.flush()
        _answer(listener, settings.web_workers)


def _unwind_when_told_to_stop() -> None:
    """Let a signal leave by the end of every block, as the default for SIGTERM does not.

    uvicorn ends at a signal, and then raises it once more for the handler that was set before.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))


def _answer(listener: socket.socket, processes: int) -> None:
    config = uvicorn.Config(
        APP,
        factory=True,
        log_config=None,
        access_log=False,
        workers=processes,
        ws="none",
        timeout_graceful_shutdown=10,
        timeout_keep_alive=75,
        server_header=False,
        h11_max_incomplete_event_size=64_000,
    )
    if processes == 1:
        uvicorn.Server(config).run(sockets=[listener])
    else:
        from uvicorn.supervisors import Multiprocess  # noqa: PLC0415 - only here

        os.environ[PARENT] = str(os.getpid())
        Multiprocess(config, [listener]).run()


@contextmanager
def _worker() -> Iterator[None]:
    """Let a worker process live as long as the block; one that dies is started again."""
    from stagedoor_service.work.keeping import kept_alive  # noqa: PLC0415 - only with work

    with kept_alive([sys.executable, "-m", "stagedoor_service.work"]):
        yield
