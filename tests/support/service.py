"""The service in processes of its own, with keys, and a person who consents."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from stagedoor.config import HubSpotSettings
from stagedoor.store import open_store
from support.project import Portal, Project, make_project

HUBSPOT = "/api/integrations/hubspot"
SMALL = '{"customers": 60, "seed": 3}'
PATIENCE = 120.0


@dataclass
class Service:
    """A running service, and a key that may do everything."""

    url: str
    key: str
    project: Project
    process: subprocess.Popen[str]

    def call(
        self, method: str, path: str, body: object = None, *, key: str | None = None, **options: Any
    ) -> httpx.Response:
        """Call the API below its usual prefix, or at an absolute path."""
        where = path if path.startswith("/") else f"{HUBSPOT}/{path}"
        headers = {"Authorization": f"Bearer {self.key if key is None else key}"}
        headers |= options.pop("headers", {})
        if body is not None:
            options["json"] = body
        return httpx.request(method, self.url + where, headers=headers, timeout=60, **options)

    def get(self, path: str, **options: Any) -> dict[str, Any]:
        """Read something that is there."""
        answer = self.call("GET", path, **options)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def run(self, path: str, body: object = None) -> dict[str, Any]:
        """Ask for a run and follow it to its end."""
        answer = self.call("POST", path, body)
        assert answer.status_code == 202, answer.text
        return self.followed(answer.json()["run_id"])

    def followed(self, run_id: str) -> dict[str, Any]:
        """Return a run when it has ended."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            run = self.get(f"sync/runs/{run_id}")
            if run["status"] not in ("queued", "running"):
                return run
            time.sleep(0.1)
        raise AssertionError(f"run {run_id} did not end")

    def new_key(self, *scopes: str, portal: str | None = None) -> str:
        """Make a key."""
        return make_key(self.project, *scopes, portal=portal)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End the service and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(90)


def make_key(project: Project, *scopes: str, portal: str | None = None) -> str:
    """Make a key as `stagedoor keys create` does, without a process."""
    url = project.settings.get("TARGET_HUBSPOT_STORE_URL")
    store = open_store(HubSpotSettings(state_dir=project.path / ".stagedoor", store_url=url))
    _, text = store.api_keys.create("test", scopes, portal)
    store.close()
    return text


@contextmanager
def running_service(
    project: Project, *options: str, settings: Mapping[str, str] | None = None
) -> Iterator[Service]:
    """Serve a project as long as the block lasts."""
    project.settings |= {"STAGEDOOR_PORT": "0", "STAGEDOOR_LOG_LEVEL": "INFO", **(settings or {})}
    log = (project.path / "service.log").open("a")
    command = [str(Path(sys.executable).parent / "stagedoor"), "serve", *options]
    process = project.start(*command, stdout=subprocess.PIPE, stderr=log)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, (project.path / "service.log").read_text()[-3_000:]
        url = json.loads(line)["url"]
        key = make_key(project, "admin")
        service = Service(url, key, project, process)
        _wait_until_ready(service)
        yield service
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(90)
        log.close()


def _wait_until_ready(service: Service) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if httpx.get(service.url + "/readyz", timeout=30).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the service does not answer")


def project_for(path: Path, portal: Portal, **settings: str) -> Project:
    """Return a project that writes to a portal, with an app there instead of a token."""
    project = make_project(path, {**portal.settings, "TAP_PLATFORM_SAMPLE": SMALL, **settings})
    del project.settings["TARGET_HUBSPOT_ACCESS_TOKEN"]
    app = {"client_id": "sandbox-app", "client_secret": "sandbox-secret"}
    project.settings |= {f"HUBSPOT_{name.upper()}": value for name, value in app.items()}
    return project


def consent(service: Service, url: str, answer: str = "connect") -> str:
    """Answer HubSpot's consent page as a person does; return where it leads."""
    form = {**dict(parse_qsl(urlsplit(url).query)), "answer": answer}
    page = url.partition("?")[0]
    return httpx.post(page, data=form, timeout=30).headers["location"]


def connect(service: Service, **query: str) -> httpx.Response:
    """Connect the portal as an administrator does."""
    url = service.get("auth", params=query)["authorization_url"]
    return httpx.get(consent(service, url), timeout=30)


@contextmanager
def filled_service(folder: Path, hubspot: Portal) -> Iterator[Service]:
    """Run a service whose portal is connected by OAuth, and filled from the sample platform."""
    project = project_for(folder / "project", hubspot)
    with running_service(project, settings={"STAGEDOOR_PORTALS": "second"}) as running:
        assert connect(running).status_code == 200
        project.pipe()
        yield running
