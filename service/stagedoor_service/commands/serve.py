"""The command that serves: `stagedoor serve`."""

from __future__ import annotations

import importlib.util
import os

import click

from stagedoor.errors import Misconfigured


@click.command()
@click.option("--host", help="Address to listen on; else the setting `host`.")
@click.option("--port", type=int, help="Port to listen on, 0 for a free one; else `port`.")
@click.option("--web-workers", type=int, help="Processes that answer calls; else `web_workers`.")
@click.option("--no-work", is_flag=True, help="Answer calls only; another service works.")
def serve(*, host: str | None, port: int | None, web_workers: int | None, no_work: bool) -> None:
    """Serve API, webhooks and console, and carry out runs, until told to stop."""
    if importlib.util.find_spec("fastapi") is None:
        raise Misconfigured("The service is not installed: pip install 'stagedoor[service]'.")
    from stagedoor_service.serving import serve as run  # noqa: PLC0415 - not every start needs it

    given = {"HOST": host, "PORT": port, "WEB_WORKERS": web_workers}
    os.environ.update(
        {f"STAGEDOOR_{name}": str(value) for name, value in given.items() if value is not None}
    )
    run(works=not no_work)
