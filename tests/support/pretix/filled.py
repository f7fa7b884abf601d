"""A portal that was filled from pretix, and what it must hold."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from support.pretix.client import Organizer
from support.pretix.facts import Facts, read
from support.pretix.oracle import Expected, expect
from support.pretix.participation import Told
from support.project import Portal, Project, make_project

MAPPING = """
version: 1
extends: [metrics, marketing_events]
metrics:
  exchange_rates: {RON: 0.2}
"""


@dataclass(repr=False)
class Filled:
    """A portal that was filled from pretix: what was true after the first run, and its export."""

    organizer: Organizer
    project: Project
    portal: Portal
    facts: Facts
    expected: Expected
    export: dict[str, Any]
    told: Told
    """What the portal knew of participation."""

    def run_again(self) -> tuple[dict[str, Any], Expected]:
        """Run the main job; return what the portal holds now, and what it must hold."""
        self.project.main_job()
        return self.portal.export(), expected_now(read(self.organizer))


def expected_now(facts: Facts) -> Expected:
    """Return what a portal filled now must hold."""
    return expect(facts, datetime.now(UTC).replace(tzinfo=None))


def pretix_project(path: Path, organizer: Organizer, portal: Portal, **more: Any) -> Project:
    """Return a project that reads an organizer and writes to a portal, with all metrics."""
    project = make_project(
        path,
        {
            **portal.settings,
            "TAP_PLATFORM_SOURCE": "pretix",
            "TAP_PLATFORM_PRETIX": json.dumps({**organizer.settings, **more}),
            "TARGET_HUBSPOT_MAPPING": "mapping.yml",
        },
    )
    (path / "mapping.yml").write_text(MAPPING)
    return project
