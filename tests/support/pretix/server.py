"""A real pretix on loopback: empty but for organizers and their tokens."""

from __future__ import annotations

import os
import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import requests
from sqlalchemy import Engine, create_engine, make_url

from support.postgres import free_port, has_postgres, postgres_server
from support.pretix.install import pretix_python
from support.requirements import missing

PATIENCE = 120
"""Seconds that pretix may take to answer for the first time."""

# Models without migrations: the tables are made at once instead of by hundreds of steps.
SETTINGS = """
from pretix.settings import *
class Unmigrated(dict):
    def __contains__(self, app): return True
    def __getitem__(self, app): return None
MIGRATION_MODULES = Unmigrated()
"""

# What the REST API cannot do: organizers, their first team, and its token.
ORGANIZERS = """
import sys, django
django.setup()
from django_scopes import scopes_disabled
from pretix.base.models import Organizer, Team, TeamAPIToken
with scopes_disabled():
    for pair in sys.argv[1:]:
        slug, token = pair.split("=")
        organizer = Organizer.objects.create(slug=slug, name=slug.title())
        organizer.settings.customer_accounts = True
        organizer.plugins = "pretix.plugins.banktransfer,pretix.plugins.manualpayment"
        organizer.save()
        team = Team.objects.create(
            organizer=organizer, name="api", all_events=True,
            all_event_permissions=True, all_organizer_permissions=True,
        )
        TeamAPIToken.objects.create(team=team, name="tests", token=token)
"""


@dataclass(frozen=True)
class RunningPretix:
    """A pretix that listens on loopback, and the tokens of its organizers."""

    url: str
    tokens: dict[str, str]
    database_url: str

    @property
    def takes_parallel_writes(self) -> bool:
        """Whether several writers at once are served; on SQLite most of them get a 500."""
        return self.database_url.startswith("postgresql")

    def database(self) -> Engine:
        """Return pretix's own database, for what no API can bring about."""
        return create_engine(self.database_url)


@contextmanager
def running_pretix(folder: Path, *organizers: str) -> Iterator[RunningPretix]:
    """Serve an empty pretix with these organizers as long as the block lasts."""
    python = pretix_python()
    database = (
        postgres_server() if has_postgres() else nullcontext(f"sqlite:///{folder}/db.sqlite3")
    )
    with database as database_url:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        environment = _configure(folder, url, database_url)
        tokens = {slug: secrets.token_hex(32) for slug in organizers}
        _run(folder, environment, python, "-m", "pretix", "migrate", "--run-syncdb", "--noinput")
        pairs = [f"{slug}={token}" for slug, token in tokens.items()]
        _run(folder, environment, python, "-c", ORGANIZERS, *pairs)
        with _serving(folder, environment, python, port):
            _wait(url, tokens[organizers[0]], folder)
            yield RunningPretix(url, tokens, database_url)


def _configure(folder: Path, url: str, database_url: str) -> dict[str, str]:
    (folder / "unmigrated.py").write_text(SETTINGS)
    database = make_url(database_url)
    backend = "postgresql" if database.host else "sqlite3"
    (folder / "pretix.cfg").write_text(f"""
[pretix]
url={url}
datadir={folder}/data
allow_http_to_private_networks=on
ecb_rates=off
currency=EUR
[database]
backend={backend}
name={database.database}
user={database.username or ""}
host={database.host or ""}
port={database.port or ""}
[django]
secret={secrets.token_hex(16)}
debug=off
[mail]
host=127.0.0.1
port=1
""")
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PRETIX_CONFIG_FILE": str(folder / "pretix.cfg"),
        "DJANGO_SETTINGS_MODULE": "unmigrated",
        "PYTHONPATH": str(folder),
    }


def _run(folder: Path, environment: dict[str, str], *command: str) -> None:
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        missing(f"pretix cannot be set up:\n{done.stderr[-3000:]}")


@contextmanager
def _serving(folder: Path, environment: dict[str, str], python: str, port: int) -> Iterator[None]:
    options = (f"127.0.0.1:{port}", "--noreload", "--insecure")
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [python, "-m", "pretix", "runserver", *options],
            env=environment, cwd=folder, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            yield
        finally:
            server.terminate()
            server.wait(20)


def _wait(url: str, token: str, folder: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            headers = {"Authorization": f"Token {token}"}
            if requests.get(f"{url}/api/v1/organizers/", headers=headers, timeout=30).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.2)
    missing(f"pretix does not answer:\n{(folder / 'server.log').read_text()[-3000:]}")
