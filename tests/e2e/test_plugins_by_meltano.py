"""Plugins that are none of ours, by Meltano: an installed package, and a file in the settings."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from support import plugin_packages, readback
from support.audience import mapped
from support.oracle import opened
from support.picture import RATES
from support.project import ROOT, Portal, Project

EXAMPLES = ROOT / "docs" / "examples"
TIERS = (("gold", 500), ("silver", 200), ("bronze", 1))
MAPPING = "metrics: {exchange_rates: {RON: 0.2, USD: 0.9, GBP: 1.15, HUF: 0.0025, CHF: 1.05}}\n"
VENUES = {
    "name": "venues",
    "labels": {"singular": "Venue", "plural": "Venues"},
    "primaryDisplayProperty": "name",
    "requiredProperties": [],
    "properties": [{"name": "name", "label": "Name", "type": "string", "fieldType": "text"}],
    "associatedObjects": ["CONTACT"],
}


def tiers(database: sqlite3.Connection) -> dict[str, str]:
    """Return the tier of everybody who paid something in the last 24 months, by address."""
    now = datetime.now(UTC)
    since = now.replace(year=now.year - 2, day=min(now.day, 28)).strftime("%Y-%m-%d %H:%M:%S")
    paid: defaultdict[str, float] = defaultdict(float)
    for address, currency, total, refunded in database.execute(
        "SELECT address, upper(currency), total_amount, coalesce(refunded_amount, 0) "
        "FROM orders JOIN buyer USING (order_id) WHERE address IS NOT NULL "
        "AND status IN ('paid', 'partially_refunded') AND ordered_at > ?",
        [since],
    ):
        paid[address] += (total - refunded) * float(RATES[currency])
    return {who: tier for who, total in paid.items() if (tier := _tier(total))}


def _tier(total: float) -> str | None:
    return next((tier for tier, least in TIERS if total >= least), None)


def test_plugins_from_outside_reach_the_portal_and_leave_it_quiet(
    project: Project, portal: Portal, tmp_path: Path
) -> None:
    """A calculator with its codec, a custom object with its association, a transformation."""
    portal.post("/crm-object-schemas/2026-09/schemas", VENUES).raise_for_status()
    source = Path(shutil.copytree(EXAMPLES / "loyalty", tmp_path / "loyalty"))
    scripts = plugin_packages.environment(tmp_path / "environment", source)
    project.settings["PATH"] = f"{scripts}{os.pathsep}{project.environment['PATH']}"
    project.settings["TARGET_HUBSPOT_PLUGINS"] = json.dumps([str(EXAMPLES / "venues.py")])
    mapped(project, MAPPING).main_job()

    listed = project.stagedoor("plugins", "list", "--json").stdout.splitlines()
    environments = {one["plugin"]: one["environment"] for one in map(json.loads, listed)}
    assert environments["loyalty"] == str(tmp_path / "environment")
    assert str(EXAMPLES / "venues.py") in environments
    database = opened(project.sample)
    contacts = readback.by(portal, "contacts", "email", "loyalty_tier")
    wanted = tiers(database)
    assert set(wanted.values()) == {"gold", "silver", "bronze"}
    told = {who: one["loyalty_tier"] for who, one in contacts.items() if "loyalty_tier" in one}
    assert told == wanted

    events: defaultdict[str, int] = defaultdict(int)
    for (venue,) in database.execute("SELECT venue FROM events WHERE is_deleted = 0"):
        events["venue:" + " ".join(venue.split()).lower()] += 1
    venues = readback.by(portal, "p_venues", "stagedoor_id", "events")
    assert {key: int(one["events"]) for key, one in venues.items()} == dict(events)
    visits: Any = readback.pairs(portal, "p_venues", "contacts")
    assert {venue for pairs in visits.values() for venue, _ in pairs} <= set(events)
    assert sum(map(len, visits.values())) > 100

    portal.forget_calls()
    project.main_job()
    assert (portal.stats()["write"], portal.stats()["provision"]) == (0, 0)
