"""What a token must be allowed to read, and what is said when it is not."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from support.pretix.buyers import Seeded
from support.pretix.filled import Filled
from support.project import Project, make_project

EVENT_RIGHTS = ["event.orders:read", "event.vouchers:read"]
ORGANIZER_RIGHTS = ["organizer.customers:read"]


def project_of_a_team(
    seeded: Seeded, path: Path, event_rights: list[str], organizer_rights: list[str]
) -> Project:
    """Return a project with the token of a team that has these rights only."""
    team = seeded.organizer.post("/teams/", {
        "name": path.name, "all_events": True, "limit_events": [],
        "limit_event_permissions": event_rights, "limit_organizer_permissions": organizer_rights,
    })  # fmt: skip
    token = seeded.organizer.post(f"/teams/{team['id']}/tokens/", {"name": "tests"})["token"]
    settings = json.dumps({**seeded.organizer.settings, "token": token})
    return make_project(
        path / "project", {"TAP_PLATFORM_SOURCE": "pretix", "TAP_PLATFORM_PRETIX": settings}
    )


def counted(project: Project) -> Counter[str]:
    lines = project.run("tap-platform", "--config", "ENV").stdout.splitlines()
    return Counter(m["stream"] for line in lines if (m := json.loads(line))["type"] == "RECORD")


def test_a_team_that_may_only_view_orders_vouchers_and_customers_is_enough(
    filled: Filled, seeded: Seeded, tmp_path: Path
) -> None:
    project = project_of_a_team(seeded, tmp_path, EVENT_RIGHTS, ORGANIZER_RIGHTS)
    found = counted(project)
    assert found == counted(filled.project)
    assert set(found) == {
        "customers", "companies", "events", "orders", "order_tickets", "registrations"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("event_rights", "organizer_rights"),
    [(EVENT_RIGHTS[:1], ORGANIZER_RIGHTS), (EVENT_RIGHTS, [])],
    ids=["vouchers", "customers"],
)
def test_a_right_that_is_missing_stops_the_run_in_one_line_that_names_it(
    seeded: Seeded,
    tmp_path: Path,
    event_rights: list[str],
    organizer_rights: list[str],
    request: pytest.FixtureRequest,
) -> None:
    project = project_of_a_team(seeded, tmp_path, event_rights, organizer_rights)
    done = project.run("tap-platform", "--config", "ENV", check=False)
    assert done.returncode == 2
    last = done.stderr.strip().splitlines()[-1]
    refused, _, advice = last.partition(" (403). ")
    assert refused.startswith("MISCONFIGURED: pretix refused GET ")
    assert f"/{request.node.callspec.id}/" in refused
    assert "may view orders, vouchers and customers" in advice
    token = json.loads(project.settings["TAP_PLATFORM_PRETIX"])["token"]
    assert token not in done.stderr
