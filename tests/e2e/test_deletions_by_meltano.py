"""Deletions by Meltano, from the platform's database to HubSpot's bin."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from support.project import Portal, Project

MAPPING = """
objects:
  contacts: {when_deleted: archive, when_anonymised: gdpr_delete}
"""


def contacts(portal: Portal) -> set[str]:
    export: dict[str, Any] = portal.export()
    return {entry["name"] for entry in export["objects"]["contacts"]}


def full_refresh(project: Project) -> str:
    done = project.meltano("run", "--full-refresh", "tap-platform", "target-hubspot")
    return done.stdout + done.stderr


def lonely(project: Project) -> list[tuple[str, str]]:
    """Return accounts whose address nobody shares and no order or request names otherwise."""
    with sqlite3.connect(project.sample) as connection:
        return list(
            connection.execute(
                "SELECT customer_id, lower(trim(email)) AS address FROM customers c "
                "WHERE NOT is_deleted AND NOT is_anonymised AND email LIKE '%@%.com' "
                "AND NOT EXISTS (SELECT 1 FROM customers o WHERE o.customer_id <> c.customer_id "
                "AND lower(trim(o.email)) = lower(trim(c.email))) "
                "AND NOT EXISTS (SELECT 1 FROM orders o WHERE lower(trim(o.email)) = "
                "lower(trim(c.email))) AND NOT EXISTS (SELECT 1 FROM support_requests s "
                "WHERE lower(trim(s.email)) = lower(trim(c.email))) ORDER BY 1"
            )
        )


def test_a_row_that_disappears_is_archived_after_two_full_refreshes_and_not_by_the_hour(
    project: Project, portal: Portal, tmp_path: Path
) -> None:
    mapping = tmp_path / "mapping.yml"
    mapping.write_text(MAPPING, encoding="utf-8")
    project.settings["TARGET_HUBSPOT_MAPPING"] = str(mapping)
    project.main_job()
    before = contacts(portal)
    (removed, gone), (anonymised, erased), *_ = lonely(project)
    assert {gone, erased} <= before
    with sqlite3.connect(project.sample) as connection:
        connection.execute("DELETE FROM customers WHERE customer_id = ?", [removed])
        connection.execute(
            "UPDATE customers SET is_anonymised = 1, email = NULL, first_name = NULL, "
            "last_name = NULL, updated_at = (SELECT datetime(max(updated_at), '+1 second') "
            "FROM customers) WHERE customer_id = ?",
            [anonymised],
        )
    project.main_job()
    project.main_job()
    assert contacts(portal) == before - {erased}
    full_refresh(project)
    project.main_job()
    assert contacts(portal) == before - {erased}
    full_refresh(project)
    assert contacts(portal) == before - {erased, gone}
    portal.forget_calls()
    full_refresh(project)
    assert portal.stats()["write"] == 0
