"""A PostgreSQL server of its own, for as long as the tests run."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.requirements import missing


def _programs() -> Path | None:
    """Return where Debian, or the path, has the server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


def has_postgres() -> bool:
    """Return whether a server's programs are installed."""
    return _programs() is not None


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _as_user(*command: str) -> list[str]:
    """Run as `postgres` when we are root, which the server refuses to be."""
    if os.geteuid() != 0:
        return list(command)
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]


@contextmanager
def postgres_server() -> Iterator[str]:
    """Give the URL of an empty database on a free loopback port."""
    programs = _programs()
    if programs is None:
        missing("PostgreSQL is not installed: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="stagedoor-pg-"))
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
    port = free_port()
    data = str(folder / "data")
    initdb = (str(programs / "initdb"), "-D", data, "-U", "stagedoor", "-A", "trust", "-E", "UTF8")
    subprocess.run(_as_user(*initdb, "--no-sync"), check=True, capture_output=True, cwd=folder)
    options = (
        f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} "
        "-c fsync=off"  # nobody wants these data back
    )
    control = (str(programs / "pg_ctl"), "-D", data, "-w", "-o", options)
    start = (*control, "-l", str(folder / "log"), "start")
    subprocess.run(_as_user(*start), check=True, capture_output=True, cwd=folder)
    try:
        yield f"postgresql+psycopg://stagedoor@127.0.0.1:{port}/postgres"
    finally:
        stop = (str(programs / "pg_ctl"), "-D", data, "-m", "immediate", "stop")
        subprocess.run(_as_user(*stop), check=False, capture_output=True, cwd=folder)
        shutil.rmtree(folder, ignore_errors=True)
