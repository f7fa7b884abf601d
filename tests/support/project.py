"""A scratch Meltano project in which real processes run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from hubspot_sandbox.testing import RunningSandbox, running_sandbox

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 300


@dataclass
class Project:
    """A folder with its own state, and the environment of its processes."""

    path: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The environment: ours without settings, then the project's."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("TARGET_HUBSPOT_", "TAP_HUBSPOT_", "TAP_PLATFORM_", "MELTANO_"))
        }
        scripts = str(Path(sys.executable).parent)
        return {
            **kept,
            "PATH": scripts + os.pathsep + kept.get("PATH", ""),
            "MELTANO_PROJECT_ROOT": str(self.path),
            "NO_COLOR": "1",
            **self.settings,
        }

    def start(self, *command: str, **options: Any) -> subprocess.Popen[str]:
        """Start a process of this project."""
        return subprocess.Popen(command, cwd=self.path, env=self.environment, text=True, **options)

    def run(
        self, *command: str, stdin: str | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; with `check` it must succeed."""
        done = subprocess.run(
            command,
            cwd=self.path,
            env=self.environment,
            input=stdin,
            text=True,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stderr[-4000:]}")
        return done

    def meltano(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run Meltano."""
        return self.run("meltano", *arguments, check=check)

    def main_job(self, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the main job by Meltano."""
        return self.meltano("run", "tap-platform", "target-hubspot", check=check)

    def stagedoor(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a `stagedoor` command."""
        return self.run("stagedoor", *arguments, check=check)

    def pipe(self, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run tap and target without Meltano: a full read."""
        messages = self.run("tap-platform", "--config", "ENV").stdout
        return self.target(messages, check=check)

    def target(self, messages: str, *, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Give messages to the target."""
        return self.run("target-hubspot", "--config", "ENV", stdin=messages, check=check)

    @property
    def sample(self) -> Path:
        """The sample platform's database."""
        return self.path / ".stagedoor" / "sample.db"


def make_project(path: Path, settings: Mapping[str, str] | None = None) -> Project:
    """Return a scratch project with the repository's own meltano.yml."""
    path.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "meltano.yml", path / "meltano.yml")
    return Project(path, dict(settings or {}))


@dataclass(frozen=True)
class Portal:
    """A sandbox portal in a process of its own, and what it says of itself."""

    sandbox: RunningSandbox

    @property
    def settings(self) -> dict[str, str]:
        """The settings that make a project use this portal as a real one."""
        return {
            "TARGET_HUBSPOT_PORTAL": "test",
            "TARGET_HUBSPOT_PORTAL_URL": self.sandbox.url,
            "TARGET_HUBSPOT_ACCESS_TOKEN": self.sandbox.token,
            "TARGET_HUBSPOT_PROVISION": "apply",
            "TARGET_HUBSPOT_CALLS_PER_10_SECONDS": "250",
        }

    def get(self, path: str) -> dict[str, Any]:
        """Read a path of the portal."""
        headers = {"Authorization": f"Bearer {self.sandbox.token}"}
        answer = httpx.get(self.sandbox.url + path, headers=headers, timeout=60)
        answer.raise_for_status()
        return dict(answer.json())

    def post(self, path: str, body: object) -> httpx.Response:
        """Send something to the portal."""
        headers = {"Authorization": f"Bearer {self.sandbox.token}"}
        return httpx.post(self.sandbox.url + path, json=body, headers=headers, timeout=60)

    def delete(self, path: str) -> None:
        """Delete something in the portal, as a person would."""
        headers = {"Authorization": f"Bearer {self.sandbox.token}"}
        httpx.delete(self.sandbox.url + path, headers=headers, timeout=60).raise_for_status()

    def export(self) -> dict[str, object]:
        """Return the whole portal without ids and times."""
        return self.get("/_sandbox/export")

    def stats(self) -> dict[str, int]:
        """Return how many calls of each kind came."""
        kinds = self.get("/_sandbox/stats")["by_kind"]
        assert isinstance(kinds, dict)
        return kinds

    def forget_calls(self) -> None:
        """Start counting calls anew."""
        self.post("/_sandbox/reset", {"data": False}).raise_for_status()


@contextmanager
def running_portal(data: Path) -> Iterator[Portal]:
    """Give a portal that lasts as long as the block."""
    with running_sandbox(data) as sandbox:
        yield Portal(sandbox)
