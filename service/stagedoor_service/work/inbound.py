"""Follows what HubSpot tells: its hints are read live, and what was edited goes back."""

from __future__ import annotations

import logging
import secrets

from stagedoor.errors import StagedoorError
from stagedoor.plugins import load_plugins
from stagedoor.sync.session import load_document
from stagedoor_service.application.office import Office
from stagedoor_service.work.pipes import Pipe

logger = logging.getLogger("stagedoor.service")

STATE_FILE = "tap-hubspot.json"
SOURCE = "hubspot"
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
    pipe = Pipe("tap_hubspot", "target_platform", settings.portal_dir / STATE_FILE)
    state = pipe.run(
        {
            "TAP_HUBSPOT_MODES": '["webhook"]',
            "TAP_HUBSPOT_PORTAL": portal,
            "TARGET_HUBSPOT_PORTAL": portal,
            "TARGET_PLATFORM_PORTAL": portal,
            "TAP_HUBSPOT_LOGLEVEL": "WARNING",
            "TARGET_PLATFORM_LOGLEVEL": "WARNING",
            **_token_of(office, portal),
        }
    )
    # The state was acknowledged and is on the disk: what its token took is done.
    followed = ((state.get("bookmarks") or {}).get("inbox") or {}).get("token")
    if followed:
        inbox.confirm(str(followed))


def _token_of(office: Office, portal: str) -> dict[str, str]:
    """Return the static token that opens a portal, for processes that ask the environment."""
    token = office.portal_settings(portal).access_token
    return {"TARGET_HUBSPOT_ACCESS_TOKEN": token.get_secret_value()} if token else {}
