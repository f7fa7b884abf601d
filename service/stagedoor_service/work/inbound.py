"""Follows what HubSpot tells: its hints are read live, and what was edited goes back."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from stagedoor.errors import StagedoorError, Unavailable
from stagedoor.mapping.document import MappingDocument
from stagedoor.plugins import load_plugins
from stagedoor.sync.session import load_document
from stagedoor_service.application.office import Office
from stagedoor_service.work.pipes import Pipe

logger = logging.getLogger("stagedoor.service")

STATE_FILE = "tap-hubspot.json"
SOURCE = "hubspot"
CATALOG_LASTS = 3_600.0
"""Seconds after which HubSpot is asked again which properties there are."""
NOTHING_DONE = 60.0
"""Seconds after a pipe that followed nothing of what waits."""
PAUSE = 1.0
"""Seconds between two pipes; what comes meanwhile is followed together."""


def follow_hubspot(office: Office, portal: str) -> float:
    """Follow what waits in a portal's inbox; return how many seconds to wait before the next."""
    inbox = office.store.inbox(portal)
    try:
        before = inbox.counts(SOURCE)
        _follow(office, portal)
        if inbox.counts(SOURCE) == before:
            return NOTHING_DONE  # such as hints about object types that the tap does not read
    except StagedoorError as error:
        logger.warning("Webhooks of HubSpot wait: %s: %s", error.code, error)
        return 10.0
    except Exception:
        logger.exception("Webhooks of HubSpot wait")
        return 30.0
    return PAUSE


def _follow(office: Office, portal: str) -> None:
    settings = office.portal_settings(portal)
    document = load_document(settings, load_plugins(settings.plugins))
    inbox = office.store.inbox(portal)
    if not any(entry.two_way for entry in document.objects.values()):
        token = secrets.token_hex(16)
        taken = inbox.take(token, 10_000, source=SOURCE)
        inbox.note([entry.id for entry in taken], "left: nothing in the mapping goes back")
        inbox.confirm(token)
        return
    properties = _properties(document)
    environment = {
        "TAP_HUBSPOT_MODES": '["webhook"]',
        "TAP_HUBSPOT_PORTAL": portal,
        "TAP_HUBSPOT_OBJECT_TYPES": json.dumps(sorted(properties)),
        "TAP_HUBSPOT_PROPERTIES": json.dumps(properties),
        "TARGET_HUBSPOT_PORTAL": portal,
        "TARGET_PLATFORM_PORTAL": portal,
        "TAP_HUBSPOT_LOGLEVEL": "WARNING",
        "TARGET_PLATFORM_LOGLEVEL": "WARNING",
        **_token_of(office, portal),
    }
    catalog = catalog_of(settings.portal_dir, environment, sorted(properties))
    pipe = Pipe("tap_hubspot", "target_platform", settings.portal_dir / STATE_FILE, catalog)
    state = pipe.run(environment)
    # The state was acknowledged and is on the disk: what its token took is done.
    followed = ((state.get("bookmarks") or {}).get("inbox") or {}).get("token")
    if followed:
        inbox.confirm(str(followed))


def _properties(document: MappingDocument) -> dict[str, list[str]]:
    """Return the mapped properties of each object type from which something goes back."""
    found: dict[str, set[str]] = {}
    for name, entry in document.objects.items():
        if entry.two_way:
            found.setdefault(entry.object_type or name, set()).update(entry.properties)
    return {name: sorted(properties) for name, properties in found.items()}


def catalog_of(folder: Path, environment: Mapping[str, str], object_types: Sequence[str]) -> Path:
    """Return the file of a catalog that selects what goes back, made anew once an hour.

    What else there is to read in HubSpot may need scopes that nobody has granted.

    Raises:
        Unavailable: The tap could not tell its streams.
    """
    wanted = {*object_types, "merges", "deletions"}
    digest = hashlib.sha256(environment["TAP_HUBSPOT_PROPERTIES"].encode()).hexdigest()[:12]
    path = folder / f"tap-hubspot-{digest}.catalog.json"
    if path.exists() and time.time() - path.stat().st_mtime < CATALOG_LASTS:
        return path
    told = subprocess.run(
        [sys.executable, "-m", "tap_hubspot", "--config", "ENV", "--discover"],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        check=False,
    )
    if told.returncode:
        raise Unavailable(
            f"tap_hubspot cannot tell its streams (it ended with {told.returncode}); the service's "
            "log says why."
        )
    catalog = json.loads(told.stdout)
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if not entry["breadcrumb"]:
                entry["metadata"]["selected"] = stream["tap_stream_id"] in wanted
    path.write_text(json.dumps(catalog))
    return path


def _token_of(office: Office, portal: str) -> dict[str, str]:
    """Return the static token that opens a portal, for processes that ask the environment."""
    token = office.portal_settings(portal).access_token
    return {"TARGET_HUBSPOT_ACCESS_TOKEN": token.get_secret_value()} if token else {}
