"""The command that serves the local portal."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import click

from stagedoor.config import load_settings
from stagedoor.errors import Misconfigured
from stagedoor.sync.portals import SANDBOX_FILE


@click.command()
@click.option("--port", default=8025, show_default=True, help="Port on the loopback interface.")
@click.option("--data", type=click.Path(path_type=Path), help="Data file of the portal.")
@click.option(
    "--limits",
    type=click.Choice(["free", "pro", "enterprise", "oauth"]),
    help="Limit calls as this kind of account does.",
)
def sandbox(port: int, data: Path | None, limits: str | None) -> None:
    """Serve the sandbox portal, and its pages for a browser, until Ctrl-C."""
    if importlib.util.find_spec("hubspot_sandbox") is None:
        raise Misconfigured("The sandbox is not installed: pip install 'stagedoor[sandbox]'.")
    path = data or load_settings().root / SANDBOX_FILE
    click.echo(f"Sandbox portal on http://127.0.0.1:{port} · token pat-sandbox · data {path}")
    command = [sys.executable, "-m", "hubspot_sandbox", "--port", str(port), "--data", str(path)]
    if limits:
        command += ["--limits", limits]
    sys.exit(subprocess.call(command, stdout=subprocess.DEVNULL))
