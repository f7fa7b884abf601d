"""Settings: connecting a portal with HubSpot, and what the service was told."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.responses import Response

from stagedoor_service.application import alerting, connecting, debugging
from stagedoor_service.application.running import OBJECT_TYPES
from stagedoor_service.web.addresses import own_address
from stagedoor_service.web.console.pages import pages
from stagedoor_service.web.console.visitors import Administrator, Connector, Fields, Reader, go

router = pages()

ALERTS_SHOWN = 5


@router.get("/settings")
def show(visitor: Reader) -> Response:
    """Show how the portal is connected, and what may be changed here."""
    page = urlsplit(connecting.consent_page(visitor.office, visitor.portal))
    return visitor.page(
        "settings.html",
        leads_to=f"{page.scheme}://{page.netloc}",
        told=connecting.report(visitor.office, visitor.portal),
        object_types={
            name: name not in visitor.office.target.switched_off for name in OBJECT_TYPES
        },
        settings=visitor.office.settings,
        channels=alerting.channels(visitor.office),
        alerts=alerting.list_alerts(visitor.office, visitor.portal, limit=ALERTS_SHOWN),
        debugging=debugging.current(visitor.office, visitor.portal),
    )


@router.post("/settings/connect")
def connect(visitor: Connector, _fields: Fields) -> Response:
    """Lead the person to HubSpot's consent page, and from there back here."""
    address = own_address(visitor.office, visitor.request)
    to = "/settings?done=connected"
    return go(connecting.authorization_url(visitor.office, visitor.portal, address, to))


@router.post("/settings/disconnect")
def disconnect(visitor: Connector, _fields: Fields) -> Response:
    """Revoke the portal's tokens at HubSpot, and forget them."""
    connecting.disconnect(visitor.office, visitor.portal)
    return go("/settings?done=disconnected")


@router.post("/settings/test-alert")
def try_alerts(visitor: Administrator, _fields: Fields) -> Response:
    """Tell a test alert by every channel."""
    alerting.send_test(visitor.office, visitor.portal, by=visitor.name)
    return go("/settings?done=tested")
