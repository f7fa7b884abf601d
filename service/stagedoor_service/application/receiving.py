"""What HubSpot and the platform tell: judged, read, and kept before anybody is thanked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stagedoor.arrivals import Arrival
from stagedoor.engine import platform_events
from stagedoor.hubspot.signatures import Delivery, Judgement, judge
from stagedoor.hubspot.webhook_events import from_webhook
from stagedoor.store.inbox import Entry
from stagedoor_service.application import signing
from stagedoor_service.application.deliveries import by_account
from stagedoor_service.application.office import Office
from stagedoor_service.application.problem import Problem

_VERDICTS: Mapping[Judgement, tuple[str, str]] = {
    Judgement.MISSING: ("SIGNATURE_MISSING", "The delivery has no signature that counts here."),
    Judgement.WRONG: ("SIGNATURE_INVALID", "The signature does not fit the delivery."),
    Judgement.EXPIRED: ("SIGNATURE_EXPIRED", "The delivery was signed too long ago."),
}


@dataclass(frozen=True, slots=True)
class Received:
    """Events of one call, by the portal whose inbox they belong into."""

    arrivals: Mapping[str, Sequence[Arrival]]
    strangers: int = 0
    """Events of accounts that are not connected; they are left out."""

    @property
    def count(self) -> int:
        """How many events are kept."""
        return sum(map(len, self.arrivals.values()))


def from_hubspot(office: Office, delivery: Delivery, now: int) -> Received:
    """Return the events of a genuine delivery; `now` is in milliseconds since 1970.

    Raises:
        Problem: It is not genuine, or holds no events.
    """
    secret = office.target.client_secret
    if secret is None:
        raise Problem("WEBHOOKS_OFF", "Set HUBSPOT_CLIENT_SECRET to that of the app.")
    older = office.settings.older_signatures
    judgement = judge(delivery, secret.get_secret_value(), now, older=older)
    if judgement is not Judgement.GENUINE:
        raise Problem(*_VERDICTS[judgement])
    try:
        told = by_account(delivery.body)
    except ValueError as error:
        raise Problem("INVALID_EVENT", str(error)) from None
    found: dict[str, list[Arrival]] = {}
    strangers = 0
    for hub_id, events in told.items():
        portal = office.portal_of(hub_id)
        if portal is None:
            strangers += len(events)
        else:
            found.setdefault(portal, []).extend(from_webhook(events))
    return Received(found, strangers)


def from_platform(
    office: Office, portal: str, body: bytes, signature: str | None, now: int
) -> Received:
    """Return the events of a signed call; `now` is in seconds since 1970.

    Raises:
        Problem: It is not signed rightly, or an event has mistakes.
    """
    secret = office.settings.platform_secret
    if secret is None:
        raise Problem("WEBHOOKS_OFF", "Set STAGEDOOR_PLATFORM_SECRET on both sides.")
    signing.check(signature, secret.get_secret_value(), body, now)
    try:
        events = platform_events.read_events(body)
    except platform_events.Unreadable as error:
        errors = [{"field": m.field, "message": m.message} for m in error.mistakes[:100]]
        raise Problem(
            "INVALID_EVENT", "None of the events was taken; `errors` says why.", errors=errors
        ) from None
    return Received({portal: [event.arrival() for event in events]})


def retry(office: Office, portal: str, ids: Sequence[int]) -> int:
    """Let events that are done be followed once more; return how many those are.

    What they lead to is read or compared as it is now: nothing newer is undone.

    Raises:
        Problem: None of them is done.
    """
    retried = office.store.inbox(portal).retry(ids)
    if not retried:
        raise Problem("NOT_FOUND", "No event of these ids is done; what waits is followed anyway.")
    return retried


def history(
    office: Office,
    portal: str,
    *,
    limit: int = 50,
    before: int | None = None,
    source: str | None = None,
    status: str | None = None,
) -> list[Entry]:
    """Return what came in, newest first."""
    return office.store.inbox(portal).history(limit, before=before, source=source, status=status)
