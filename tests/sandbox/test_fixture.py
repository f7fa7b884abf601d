"""Anybody's tests get a portal: by the fixture, by the context manager, by the command."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import httpx

TESTS = """
import httpx

pytest_plugins = ["hubspot_sandbox.fixtures"]

def test_it(hubspot_sandbox):
    headers = {"Authorization": f"Bearer {hubspot_sandbox.token}"}
    url = f"{hubspot_sandbox.url}/crm/v3/objects/contacts"
    assert httpx.get(url, headers=headers).json() == {"results": []}
"""


def test_the_fixture_works_in_somebody_elses_tests(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_the_command_tells_where_it_listens(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).parent / "hubspot-sandbox"), "--port", "0"]
    process = subprocess.Popen(
        [*command, "--data", str(tmp_path / "portal.db"), "--exit-with-parent"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    told = json.loads(process.stdout.readline())
    assert httpx.get(told["url"]).status_code == 200
    _, complaints = process.communicate(timeout=30)
    assert (process.returncode, complaints) == (0, "")
