"""pretix's webhooks as hints: which object to read again, never what it says.

pretix signs nothing, sends ids only, repeats itself for three days and in any order. What protects
the receiver is a secret in its path, basic auth in its address, and that nothing in a body is
believed. https://docs.pretix.eu/dev/api/webhooks.html
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

ACTIONS = (
    "pretix.event.order.placed",
    "pretix.event.order.paid",
    "pretix.event.order.canceled",
    "pretix.event.order.reactivated",
    "pretix.event.order.expired",
    "pretix.event.order.expirychanged",
    "pretix.event.order.modified",
    "pretix.event.order.contact.changed",
    "pretix.event.order.changed.*",
    "pretix.event.order.refund.created",
    "pretix.event.order.refund.done",
    "pretix.event.checkin",
    "pretix.event.checkin.reverted",
    "pretix.customer.created",
    "pretix.customer.changed",
    "pretix.customer.anonymized",
    "pretix.event.added",
    "pretix.event.changed",
    "pretix.event.deleted",
    "pretix.subevent.added",
    "pretix.subevent.changed",
    "pretix.subevent.deleted",
)
"""What to subscribe to."""


class Notification(msgspec.Struct, frozen=True):
    """The body of a webhook call: ids, and what happened."""

    notification_id: int
    organizer: str
    action: str
    event: str | None = None
    code: str | None = None
    subevent: int | None = None
    customer: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class Hint:
    """An object that is worth reading again."""

    stream: str
    """`orders`, `customers`, or `events`: the whole list, which is short."""
    key: str = ""


def is_authorised(
    path: str, authorization: str | None, *, secret_path: str, user: str, password: str
) -> bool:
    """Return whether a call came to the secret path with the right user and password."""
    try:
        scheme, _, given = (authorization or "").partition(" ")
        told = base64.b64decode(given, validate=True) if scheme.lower() == "basic" else b""
    except (binascii.Error, ValueError):
        told = b""
    # All are compared, in time that does not depend on where they differ.
    right_path = hmac.compare_digest(path.encode(), secret_path.encode())
    right_words = hmac.compare_digest(told, f"{user}:{password}".encode())
    return right_path and right_words


def parse(body: bytes, organizer: str) -> Notification:
    """Return what a call says.

    Raises:
        ValueError: It is not a notification, or another organizer's.
    """
    try:
        found = msgspec.json.decode(body, type=Notification)
    except msgspec.DecodeError as error:
        raise ValueError(f"is not a notification of pretix: {error}") from error
    if found.organizer != organizer:
        raise ValueError(f"is for the organizer {found.organizer!r}, not {organizer!r}")
    return found


def hint(notification: Notification) -> Hint | None:
    """Return what to read again, if it is anything that Stagedoor reads."""
    match notification:
        case Notification(event=str(event), code=str(code)) if event and code:
            return Hint("orders", f"{event}/{code}")
        case Notification(customer=str(customer)) if customer:
            return Hint("customers", customer)
        case Notification(action=action) if action.startswith(("pretix.event.", "pretix.subevent")):
            return Hint("events")
        case _:
            return None


def hints(notifications: Iterable[Notification]) -> list[Hint]:
    """Return what to read again: each object once, however often it was told of."""
    return sorted({found for one in notifications if (found := hint(one))})


class Recent:
    """The numbers of the latest notifications, to know repeats by."""

    def __init__(self, capacity: int = 10_000) -> None:
        """Remember `capacity` numbers; what is repeated later does no harm, it costs a call."""
        self._capacity = capacity
        self._seen: OrderedDict[int, None] = OrderedDict()

    def is_repeat(self, notification: Notification) -> bool:
        """Return whether the notification came before, and remember it."""
        number = notification.notification_id
        if number in self._seen:
            self._seen.move_to_end(number)
            return True
        self._seen[number] = None
        if len(self._seen) > self._capacity:
            self._seen.popitem(last=False)
        return False
