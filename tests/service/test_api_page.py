"""Every command of docs/api.md is executed, and every call of the API is among them."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.project import Portal, running_portal
from support.service import HUBSPOT, Service, connect, consent, project_for, running_service

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text("utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
CALLS = [line for block in BLOCKS[1:] for line in block.splitlines()]
SETUP = """
API={url}/api/integrations/hubspot
AUTH="Authorization: Bearer {key}"
JSON="Content-Type: application/json"
"""


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, Portal]]:
    folder = tmp_path_factory.mktemp("described")
    with running_portal(folder / "portal.db") as portal:
        project = project_for(folder / "project", portal)
        settings = {"STAGEDOOR_PLATFORM_SECRET": "platform-secret"}
        with running_service(project, settings=settings) as running:
            assert connect(running).status_code == 200
            yield running, portal


def test_every_call_of_the_page_works(described: tuple[Service, Portal]) -> None:
    """In the order of the page, as a reader would type them; each answers with a success."""
    service, _ = described
    back = httpx.URL(consent(service, service.get("auth")["authorization_url"]))
    body = {"properties": {"email": "first@example.com"}}
    words = {
        "STATE": back.params["state"],
        "CODE": back.params["code"],
        "RUN": service.run("sync/plan")["run_id"],
        "CONTACT": service.call("POST", "contacts", body).json()["id"],
        "STAGEDOOR_PLATFORM_SECRET": "platform-secret",
    }
    refused = {"customer_id": "bad", "updated_at": "not a time"}
    _bury(service, refused)
    script = SETUP.format(url=service.url, key=service.key) + _with_status("\n".join(CALLS))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env={**service.project.environment, **words},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    statuses = re.findall(r"^HTTP (\d+)$", done.stdout, re.MULTILINE)
    assert len(statuses) == len([line for line in CALLS if line.startswith("curl")])
    assert {status[0] for status in statuses} == {"2"}, done.stdout


def _with_status(script: str) -> str:
    return script.replace("curl -sS", r"curl -sS -w '\nHTTP %{http_code}\n'")


def _bury(service: Service, record: dict[str, Any]) -> None:
    stamp = {"type": "string", "format": "date-time"}
    schema = {
        "type": "SCHEMA",
        "stream": "customers",
        "key_properties": ["customer_id"],
        "schema": {"properties": {"customer_id": {"type": "string"}, "updated_at": stamp}},
    }
    message = {"type": "RECORD", "stream": "customers", "record": record}
    service.project.settings["TARGET_HUBSPOT_PUSH"] = "false"
    service.project.target(f"{json.dumps(schema)}\n{json.dumps(message)}\n")
    del service.project.settings["TARGET_HUBSPOT_PUSH"]


def test_the_page_names_every_call(service: Service) -> None:
    paths: dict[str, dict[str, Any]] = service.get("/openapi.json")["paths"]
    text = PAGE.replace("${API%/integrations/hubspot}", "/api").replace("$API", HUBSPOT)
    text = text.replace("${API%/api/integrations/hubspot}", "")
    missing = [
        f"{method} {path}"
        for path, methods in paths.items()
        for method in methods
        if not _is_named(method.upper(), path, text)
    ]
    assert missing == []


def _is_named(method: str, path: str, text: str) -> bool:
    """Whether the page names a call; the same call of another object type counts for it."""
    for object_type in ("companies", "deals", "tickets"):
        if path.startswith(f"{HUBSPOT}/{object_type}/"):
            path = path.replace(f"/{object_type}/", "/contacts/")
    shape = re.escape(path).replace(r"\{object_type\}", r"\w+")
    shape = re.sub(r"\\\{\w+\\\}", r"[^\\s\"`]+", shape)
    short = re.escape(path.removeprefix(HUBSPOT))
    if re.search(rf"`{method} (?:…)?{short}`|`{method} {shape}`", text):
        return True
    if path.endswith("dead-letters/{letter_id}"):
        return "one of them is shown whole" in text
    written = rf'^curl .*"{shape}(?:\?[^"]*)?"'
    lines = [line for line in text.splitlines() if re.search(written, line)]
    return any(
        f"-X {method}" in line or ("-X" not in line and method in ("GET", "POST")) for line in lines
    )
