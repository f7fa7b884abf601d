"""Makes lost or corrupt state again: the replica from the platform, the ledger from HubSpot."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from stagedoor.config import HubSpotSettings
from stagedoor.engine.batches import chunks
from stagedoor.errors import Unavailable
from stagedoor.hubspot.portal import Portal
from stagedoor.mapping.lifecycle import PROPERTY
from stagedoor.model import Action, Base, Change
from stagedoor.state.files import FILE_NAME
from stagedoor.state.lease import lease
from stagedoor.sync.audience_push import link_lists
from stagedoor.sync.outbound import check_portal, plan, planner_for
from stagedoor.sync.portals import open_portal
from stagedoor.sync.provision import ensure_provisioned
from stagedoor.sync.session import Session, open_session

logger = logging.getLogger("stagedoor")

_CHUNK = 1_000


def rebuild(settings: HubSpotSettings) -> None:
    """Set the old state aside and make it again.

    Raises:
        Unavailable: The platform could not be read, or HubSpot did not answer; run it again.
    """
    with lease(settings.portal_dir, purpose="rebuild", timeout=settings.lease_timeout):
        _set_aside(settings.portal_dir)
    _read_platform()
    with open_session(settings, purpose="rebuild") as session, open_portal(settings) as portal:
        check_portal(session, portal)
        ensure_provisioned(session, portal)
        linked = link(session, portal)
        planner = planner_for(session)
        planner.plan()
        link_lists(portal, session.audience, planner.audience.lists)
        session.database.checkpoint()
    logger.info("%s objects found in HubSpot. Now run: stagedoor push", f"{linked:,}")


def link(session: Session, portal: Portal) -> int:
    """Find every desired object in HubSpot by its match key; put what is found in the ledger.

    The ledger gets the values that HubSpot holds, so that the next plan shows true differences.
    """
    linked = 0
    for phase in plan(session).plan.objects:
        if phase.action is not Action.CREATE or not phase.count:
            continue
        with session.progress.phase(f"find {phase.object_type}", phase.count) as advance:
            for chunk in chunks(phase.changes(), _CHUNK):
                found = _find(portal, phase.written_to or phase.object_type, chunk)
                if session.document.lifecycle is not None:
                    # Who set the stage that is there is not known any more: it counts as theirs.
                    found = [_without_stage(base) for base in found]
                session.ledger.settle(found)
                linked += len(found)
                advance(len(chunk))
    return linked


def _without_stage(base: Base) -> Base:
    return replace(base, properties={n: v for n, v in base.properties.items() if n != PROPERTY})


def _find(portal: Portal, hubspot_type: str, chunk: tuple[Change, ...]) -> list[Base]:
    first = chunk[0]
    names = sorted({name for change in chunk for name in change.after})
    values = [change.match_value for change in chunk]
    remote = portal.read_by(hubspot_type, first.match_property, values, names)
    bases = []
    for change in chunk:
        there = remote.get(change.match_value)
        if there is not None:
            properties = {n: there.properties.get(n) or None for n in change.after}
            bases.append(
                Base(change.ref, there.hubspot_id, change.match_value, properties, "rebuilt")
            )
    return bases


def _set_aside(portal_dir: Path) -> None:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    for name in (FILE_NAME, f"{FILE_NAME}.wal", f"{FILE_NAME}.safe", f"{FILE_NAME}.wal.safe"):
        path = portal_dir / name
        if path.exists():
            path.replace(path.with_name(f"{name}.{stamp}.old"))


def _read_platform() -> None:
    """Read the whole platform into the replica, pushing nothing.

    In a Meltano project Meltano does it, since it knows the tap's settings.
    """
    environment = {**os.environ, "TARGET_HUBSPOT_PUSH": "false"}
    python = [sys.executable, "-m"]
    if Path(os.environ.get("MELTANO_PROJECT_ROOT", "."), "meltano.yml").exists():
        steps = ["run", "--full-refresh", "tap-platform", "target-hubspot"]
        codes = [subprocess.call(["meltano", *steps], env=environment)]  # noqa: S607 - as on PATH
    else:
        tap = subprocess.Popen(
            [*python, "tap_platform", "--config", "ENV"], stdout=subprocess.PIPE, env=environment
        )
        absorb = [*python, "target_hubspot", "--config", "ENV"]
        codes = [
            subprocess.call(absorb, stdin=tap.stdout, stdout=subprocess.DEVNULL, env=environment),
            tap.wait(),
        ]
    if any(codes):
        raise Unavailable(
            "The platform could not be read; the old state is kept beside the new one. "
            "Mend what the tap said above, then rebuild again."
        )
