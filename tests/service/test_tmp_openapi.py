"""Our own OpenAPI document, called in every way that it allows: no 5xx, no undocumented status."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from support.service import Service

LEFT_OUT = {
    ("DELETE", "/api/integrations/hubspot/connection"),  # it would end the other calls
}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def document(service: Service) -> Any:
    """Our OpenAPI document, as schemathesis reads it."""
    return schemathesis.openapi.from_url(f"{service.url}/openapi.json")


def test_every_call_is_answered_as_documented(service: Service, document: Any) -> None:
    called = 0
    for found in document.get_all_operations():
        operation = found.ok()
        if (operation.method.upper(), operation.path) in LEFT_OUT:
            continue
        _call(operation, service)
        called += 1
    assert called > 30


def _call(operation: Any, service: Service) -> None:
    headers = {"Authorization": f"Bearer {service.key}"}
    cases: SearchStrategy[Any] = operation.as_strategy()

    @settings(
        max_examples=25,
        derandomize=False,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def answered(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS, timeout=60)

    answered()
