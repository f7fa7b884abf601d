"""For platforms that embed the engine: say what happened, and HubSpot has it when the call returns.

    with connected() as hubspot:
        hubspot.sync_contact({"customer_id": "17", "email": "ana@example.com", "city": "Iași"})

The same path as that of a run over the whole platform: replica, difference, plan, calls, ledger,
dead letters. A row is one of the platform's streams; fields that it leaves out stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Required, TypedDict

from stagedoor.config import HubSpotSettings, load_settings
from stagedoor.errors import Misconfigured
from stagedoor.hubspot.portal import Portal
from stagedoor.model import ObjectRef
from stagedoor.streams import STREAMS
from stagedoor.sync.arriving import related, send, take_rows
from stagedoor.sync.portals import open_portal
from stagedoor.sync.provision import ensure_provisioned
from stagedoor.sync.session import Session, open_session

Clock = Callable[[], datetime]


class _Row(TypedDict, total=False):
    is_deleted: bool | None
    created_at: str | None
    """ISO 8601, as all times."""
    updated_at: str
    """When the row changed; without it, now."""


class Customer(_Row, total=False):
    """A person with an account on the platform."""

    customer_id: Required[str]
    email: str | None
    first_name: str | None
    last_name: str | None
    phone: str | None
    language: str | None
    street: str | None
    postal_code: str | None
    city: str | None
    country: str | None
    job_title: str | None
    company_id: str | None
    marketing_consent: bool | None
    is_anonymised: bool | None


class Company(_Row, total=False):
    """A company that buys tickets."""

    company_id: Required[str]
    name: str | None
    domain: str | None
    phone: str | None
    street: str | None
    postal_code: str | None
    city: str | None
    country: str | None
    vat_id: str | None
    parent_company_id: str | None


class Event(_Row, total=False):
    """A date that tickets are sold for."""

    event_id: Required[str]
    name: str | None
    category: str | None
    venue: str | None
    city: str | None
    country: str | None
    starts_at: str | None
    ends_at: str | None
    capacity: int | None
    status: str | None


class OrderTicket(_Row, total=False):
    """One admission of an order."""

    order_ticket_id: Required[str]
    order_id: Required[str]
    event_id: str | None
    ticket_type: str | None
    price: float | None
    attendee_customer_id: str | None
    attendee_name: str | None
    attendee_email: str | None
    status: str | None
    checked_in_at: str | None


class Order(_Row, total=False):
    """A purchase."""

    order_id: Required[str]
    order_number: str | None
    customer_id: str | None
    company_id: str | None
    email: str | None
    first_name: str | None
    last_name: str | None
    phone: str | None
    status: str | None
    currency: str | None
    total_amount: float | None
    refunded_amount: float | None
    discount_amount: float | None
    coupon_code: str | None
    sales_channel: str | None
    ordered_at: str | None
    paid_at: str | None
    cancelled_at: str | None


class Registration(_Row, total=False):
    """What an attendee answered when registering."""

    registration_id: Required[str]
    event_id: str | None
    order_ticket_id: str | None
    customer_id: str | None
    email: str | None
    status: str | None
    answers: Mapping[str, Any] | None
    registered_at: str | None


class SupportRequest(_Row, total=False):
    """A question or complaint."""

    support_request_id: Required[str]
    customer_id: str | None
    email: str | None
    order_id: str | None
    subject: str | None
    message: str | None
    category: str | None
    priority: str | None
    status: str | None
    closed_at: str | None


@dataclass(frozen=True, slots=True)
class Synced:
    """What stands in HubSpot for the rows of one call."""

    objects: Mapping[ObjectRef, str]
    """HubSpot's id of each object that stands for them, by its key; those that are there."""
    dead_letters: int
    """How many dead letters were made: `stagedoor dead-letters list`."""

    def hubspot_id(self, object_type: str) -> str | None:
        """Return the id of the only object of a type."""
        found = [i for ref, i in self.objects.items() if ref.object_type == object_type]
        return found[0] if len(found) == 1 else None


class Hubspot:
    """A portal, for as long as it is held."""

    def __init__(self, session: Session, portal: Portal, clock: Clock) -> None:
        """Write through `portal`; rows without a time of change changed at `clock`'s."""
        self._session = session
        self._portal = portal
        self._clock = clock

    def sync_contact(self, customer: Customer) -> Synced:
        """Let the contact say what the platform says of a customer."""
        return self.sync(customers=[customer])

    def sync_company(self, company: Company, employees: Sequence[Customer] = ()) -> Synced:
        """Let the company, and the contacts of its people, say what the platform says."""
        return self.sync(companies=[company], customers=employees)

    def create_deal_from_order(
        self,
        order: Order,
        tickets: Sequence[OrderTicket] = (),
        *,
        customer: Customer | None = None,
        company: Company | None = None,
        events: Sequence[Event] = (),
    ) -> Synced:
        """Let there be one deal for an order, with its contact and company."""
        return self.sync(
            events=events,
            companies=[company] if company else [],
            customers=[customer] if customer else [],
            orders=[order],
            order_tickets=tickets,
        )

    def sync_registration(self, registration: Registration) -> Synced:
        """Let the contact say what somebody answered when registering."""
        return self.sync(registrations=[registration])

    def create_ticket_from_support_request(self, request: SupportRequest) -> Synced:
        """Let there be one ticket for a question or complaint."""
        return self.sync(support_requests=[request])

    def sync(
        self,
        *,
        customers: Sequence[Customer] = (),
        companies: Sequence[Company] = (),
        events: Sequence[Event] = (),
        orders: Sequence[Order] = (),
        order_tickets: Sequence[OrderTicket] = (),
        registrations: Sequence[Registration] = (),
        support_requests: Sequence[SupportRequest] = (),
    ) -> Synced:
        """Take rows in and write what follows from them, together.

        Raises:
            Misconfigured: A row lacks its key, or has fields that its stream lacks.
            Unavailable: HubSpot stopped answering; the rows are kept, and the next call or run
                sends what is pending.
        """
        now = self._clock().astimezone(UTC).isoformat()
        given: dict[str, Sequence[Mapping[str, Any]]] = {
            "customers": customers,
            "companies": companies,
            "events": events,
            "orders": orders,
            "order_tickets": order_tickets,
            "registrations": registrations,
            "support_requests": support_requests,
        }
        rows = {
            stream: [_checked(stream, {"updated_at": now, **row}) for row in listed]
            for stream, listed in given.items()
            if listed
        }
        before = self._session.letters.buried
        taken = take_rows(self._session, rows)
        send(self._session, self._portal, taken)
        objects = self._objects(related(self._session, taken.ids))
        return Synced(objects, self._session.letters.buried - before)

    def _objects(self, ids: set[str]) -> dict[ObjectRef, str]:
        found = self._session.database.rows(
            "SELECT object_type, key, hubspot_id FROM ledger.objects WHERE "
            "list_contains(?::VARCHAR[], key) OR list_contains(?::VARCHAR[], match_value) "
            "OR list_contains(?::VARCHAR[], substr(key, instr(key, ':') + 1))",
            [sorted(ids)] * 3,
        )
        return {ObjectRef(kind, key): hubspot_id for kind, key, hubspot_id in found}


def _checked(stream: str, row: Mapping[str, Any]) -> Mapping[str, Any]:
    spec = STREAMS[stream]
    if strangers := sorted(set(row) - {field.name for field in spec.fields}):
        raise Misconfigured(
            f"A row of {stream} has the fields {', '.join(strangers)}, which there are not. "
            "docs/platforms/sql.md lists the columns."
        )
    if not row.get(spec.key):
        raise Misconfigured(f"A row of {stream} lacks its key, {spec.key}.")
    return row


@contextmanager
def connected(
    settings: HubSpotSettings | None = None, clock: Clock = lambda: datetime.now(UTC)
) -> Iterator[Hubspot]:
    """Hold a portal and give what writes to it; other runs of it wait meanwhile.

    Settings come from the environment where they are not given.

    Raises:
        Busy: Another process holds the portal.
        Misconfigured: Settings, plugins or mapping are wrong, or the portal is not connected.
    """
    chosen = settings or load_settings()
    with ExitStack() as stack:
        session = stack.enter_context(open_session(chosen, purpose="embedded", takes_input=True))
        portal = stack.enter_context(open_portal(chosen, "realtime"))
        ensure_provisioned(session, portal)
        yield Hubspot(session, portal, clock)
