"""Whatever is sent, the portal answers like an API: never with a 5xx of its own.

It stays as it was, and goes on answering.
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubspot_sandbox.wire.routes import ENDPOINTS, Endpoint

SCALARS = st.none() | st.booleans() | st.integers(-5, 10**30) | st.text(max_size=8)
WORDS = st.sampled_from(
    [
        *("inputs", "id", "properties", "idProperty", "from", "to", "types", "filters", "email"),
        *("filterGroups", "sorts", "limit", "after", "name", "label", "stages", "associations"),
        *("associationTypeId", "associationCategory", "propertyName", "operator", "value"),
        *("objectTypeId", "processingType", "filterBranch", "eventName", "subscriptionId"),
    ]
)
BODIES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)
PARTS = st.sampled_from(
    ["contacts", "0-1", "companies", "deals", "nothing", "1", "501", "0", "é", "9" * 30]
)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda e: e.name)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES, data=st.data())
def test_no_body_makes_the_portal_stumble(
    api: httpx.Client, endpoint: Endpoint, body: Any, data: st.DataObject
) -> None:
    path = next(endpoint.paths()).replace("{version:dated}", "2026-09")
    while "{" in path:
        start, end = path.index("{"), path.index("}")
        part = "7" if path[start:end].endswith(":int") else data.draw(PARTS)
        path = path[:start] + part + path[end + 1 :]
    query = data.draw(st.dictionaries(st.sampled_from(["limit", "after", "idProperty"]), PARTS))
    answer = api.request(endpoint.method, path, json=body, params=query)
    assert answer.status_code < 500, answer.text
    assert api.get("/crm/owners/2026-09").status_code == 200


@pytest.mark.parametrize("given", ["9" * 30, "²", "x", "1.5"])
def test_what_is_no_id_is_nobodys(api: httpx.Client, given: str) -> None:
    assert api.get(f"/crm/v3/objects/contacts/{given}").status_code == 404
    told = {"inputs": [{"id": given}], "properties": []}
    assert api.post("/crm/v3/objects/contacts/batch/read", json=told).status_code == 207
    found = {"filterGroups": [{"filters": [
        {"propertyName": "associations.company", "operator": "EQ", "value": given}
    ]}]}  # fmt: skip
    assert api.post("/crm/v3/objects/contacts/search", json=found).json()["total"] == 0
