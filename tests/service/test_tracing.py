"""Spans of a call, of the run that it asked for, its phases and calls to HubSpot; no values."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from stagedoor_service.application import tracing
from support.project import running_portal
from support.receivers import Receiver, http_receiver
from support.service import Service, connect, project_for, running_service

SECRET = "Traced-Popescu"


def spans(receiver: Receiver) -> list[Any]:
    """Return what was exported."""
    found = []
    for one in list(receiver.told):
        request = ExportTraceServiceRequest.FromString(one.body)
        for resource in request.resource_spans:
            found += [span for scope in resource.scope_spans for span in scope.spans]
    return found


def named(receiver: Receiver, name: str) -> list[Any]:
    return [span for span in spans(receiver) if span.name.startswith(name)]


def attributes(span: Any) -> dict[str, Any]:
    return {a.key: a.value.string_value or a.value.int_value for a in span.attributes}


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, Receiver, str]]:
    """A service that was stopped after a run and a record, and what it told; and the run's id."""
    folder = tmp_path_factory.mktemp("traced")
    with running_portal(folder / "portal.db") as portal, http_receiver() as receiver:
        project = project_for(folder / "project", portal)
        settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url}
        with running_service(project, settings=settings) as service:
            assert connect(service).status_code == 200
            run = service.run("sync/contacts")
            assert run["status"] == "done"
            body = {"properties": {"email": "traced@example.com", "lastname": SECRET}}
            assert service.call("POST", "contacts", body).status_code == 201
            service.call("GET", f"dead-letters?code={SECRET}")
            service.stop()
        yield service, receiver, run["run_id"]


def test_a_run_stands_below_the_call_that_asked_for_it(
    traced: tuple[Service, Receiver, str],
) -> None:
    _, receiver, run_id = traced
    (asked,) = named(receiver, "POST /api/integrations/hubspot/sync/{object_type}")
    (run,) = named(receiver, "run outbound")
    assert (run.trace_id, run.parent_span_id) == (asked.trace_id, asked.span_id)
    assert attributes(run)["stagedoor.run_id"] == run_id


def test_its_phases_and_calls_stand_below_the_run(traced: tuple[Service, Receiver, str]) -> None:
    _, receiver, _ = traced
    (run,) = named(receiver, "run outbound")
    inside = [span for span in spans(receiver) if span.trace_id == run.trace_id]
    upserts = [span for span in inside if span.name == "POST objects/batch/upsert contacts"]
    phases = {span.name for span in inside if span.parent_span_id == run.span_id}
    assert upserts
    assert attributes(upserts[0])["http.response.status_code"] == 200
    assert any("contacts" in name for name in phases), phases


def test_a_call_has_its_route_and_status(traced: tuple[Service, Receiver, str]) -> None:
    _, receiver, _ = traced
    (made,) = named(receiver, "POST /api/integrations/hubspot/contacts")
    told = attributes(made)
    assert (told["http.route"], told["http.response.status_code"]) == (
        "/api/integrations/hubspot/contacts",
        201,
    )


def test_no_span_holds_what_was_said(traced: tuple[Service, Receiver, str]) -> None:
    service, receiver, _ = traced
    text = b"".join(one.body for one in receiver.told)
    words = (SECRET, "traced@example.com", service.key, "Bearer")
    assert not [word for word in words if word.encode() in text]


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://here"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://here", "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://here", "OTEL_TRACES_EXPORTER": "none"}, False),
    ],
)
def test_it_is_off_unless_the_environment_says_where_to_send(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], wanted: bool
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert tracing.is_wanted() is wanted


def test_without_it_nothing_of_it_is_loaded(service_modules: str) -> None:
    assert "opentelemetry" not in service_modules


@pytest.fixture
def service_modules(tmp_path: Path) -> str:
    """The names of what a process has loaded that measures a block with spans off."""
    script = (
        "import sys; from stagedoor_service.application import tracing\n"
        "with tracing.tracing(), tracing.span('x'): tracing.carried(), tracing.observers()\n"
        "print(' '.join(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={"PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
