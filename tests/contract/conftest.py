"""HubSpot's own Python client, pointed at a portal.

https://github.com/HubSpot/hubspot-api-python
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hubspot import HubSpot

from support.project import Portal, running_portal


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with running_portal(tmp_path_factory.mktemp("contract") / "portal.db") as running:
        yield running


@pytest.fixture
def hubspot(shared: Portal) -> Any:
    """The client, on an empty portal."""
    shared.post("/_sandbox/reset", {"data": True}).raise_for_status()
    return HubSpot(access_token=shared.sandbox.token, host=shared.sandbox.url)


@pytest.fixture
def raw(shared: Portal) -> Iterator[httpx.Client]:
    """Plain HTTP, for what the client has no method for."""
    headers = {"Authorization": f"Bearer {shared.sandbox.token}"}
    with httpx.Client(base_url=shared.sandbox.url, headers=headers, timeout=30) as client:
        yield client


@pytest.fixture
def contacts(hubspot: Any) -> list[str]:
    """The ids of five contacts, ana1@example.com to ana5@example.com."""
    from hubspot.crm.contacts import SimplePublicObjectInputForCreate as Given

    api = hubspot.crm.contacts.basic_api
    return [
        api.create(Given(properties={"email": f"ana{n}@example.com"}, associations=[])).id
        for n in range(1, 6)
    ]
