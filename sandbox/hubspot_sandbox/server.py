"""Runs the portal on a socket, and tells where it listens."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from pathlib import Path

import uvicorn

from hubspot_sandbox.app import build_app
from hubspot_sandbox.sandbox import Sandbox


def serve(
    data: Path,
    *,
    host: str,
    port: int,
    seed: int = 1,
    account: str | None = None,
    exit_with_parent: bool = False,
) -> None:
    """Serve the portal kept in `data` until interrupted, limited as an `account` of that kind.

    One line of JSON on standard output tells `url` and `portal_id` once it listens.
    """
    os.umask(0o077)
    data.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    sandbox = Sandbox(data, seed=seed, account=account)
    config = uvicorn.Config(
        build_app(sandbox),
        log_level="warning",
        access_log=False,
        date_header=False,  # the portal's clock tells the date
        lifespan="on",
        timeout_graceful_shutdown=2,
        ws="none",
    )
    server = uvicorn.Server(config)
    listener = socket.create_server((host, port))
    # asyncio does this for sockets of its own only; without it each small answer waits 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    address = listener.getsockname()
    url = f"http://{address[0]}:{address[1]}"
    sys.stdout.write(json.dumps({"url": url, "portal_id": sandbox.portal.portal_id}) + "\n")
    sys.stdout.flush()
    if exit_with_parent:
        threading.Thread(target=_stop_at_end_of_input, args=(server,), daemon=True).start()
    try:
        server.run(sockets=[listener])
    finally:
        sandbox.close()


def _stop_at_end_of_input(server: uvicorn.Server) -> None:
    sys.stdin.buffer.read()
    server.should_exit = True
