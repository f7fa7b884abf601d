"""The neutral platform streams: what any ticketing platform can say, in one vocabulary.

Taps emit these, the replica stores these, the shipped mapping and calculators read these.
Every stream is incremental on `updated_at` and flags rows that were deleted at the source.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

FieldType: TypeAlias = Literal["string", "integer", "decimal", "boolean", "timestamp", "json"]

_JSON_TYPES: dict[FieldType, dict[str, Any]] = {
    "string": {"type": ["string", "null"]},
    "integer": {"type": ["integer", "null"]},
    "decimal": {"type": ["number", "null"]},
    "boolean": {"type": ["boolean", "null"]},
    "timestamp": {"type": ["string", "null"], "format": "date-time"},
    "json": {"type": ["object", "null"], "additionalProperties": True},
}


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a stream."""

    name: str
    type: FieldType
    description: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """One platform stream: its key, its fields, and what a row stands for."""

    name: str
    description: str
    key: str
    fields: tuple[Field, ...]
    replication_key: str = "updated_at"

    def json_schema(self) -> dict[str, Any]:
        """Return the stream's Singer schema."""
        return {
            "type": "object",
            "properties": {column.name: _property_schema(column) for column in self.fields},
            "required": [column.name for column in self.fields if column.required],
        }


def _property_schema(column: Field) -> dict[str, Any]:
    schema = dict(_JSON_TYPES[column.type])
    if column.required:
        schema["type"] = schema["type"][0]
    return {**schema, "description": column.description}


def _stream(name: str, description: str, key: str, *columns: Field) -> StreamSpec:
    changed = (
        Field("is_deleted", "boolean", "Whether the platform has deleted this row."),
        Field("created_at", "timestamp", "When the row was made, UTC."),
        Field("updated_at", "timestamp", "When the row last changed, UTC.", required=True),
    )
    own_key = Field(key, "string", "The platform's own identifier.", required=True)
    return StreamSpec(name, description, key, (own_key, *columns, *changed))


CUSTOMERS = _stream(
    "customers",
    "People with an account on the platform.",
    "customer_id",
    Field("email", "string", "E-mail address as typed; may be padded, upper-case or shared."),
    Field("first_name", "string", "Given name."),
    Field("last_name", "string", "Family name."),
    Field("phone", "string", "Phone number as typed, often in local format."),
    Field("language", "string", "ISO 639-1 code of the preferred language."),
    Field("street", "string", "Street and number."),
    Field("postal_code", "string", "Postal code."),
    Field("city", "string", "City."),
    Field("country", "string", "ISO 3166-1 alpha-2 code."),
    Field("job_title", "string", "Position at the company."),
    Field("company_id", "string", "Company the person buys for."),
    Field("marketing_consent", "boolean", "Whether marketing messages are allowed."),
    Field("is_anonymised", "boolean", "Whether personal data was erased on request."),
)
COMPANIES = _stream(
    "companies",
    "Organisations that buy or whose people buy.",
    "company_id",
    Field("name", "string", "Registered or trading name."),
    Field("domain", "string", "Web domain, without scheme."),
    Field("vat_id", "string", "VAT or tax number."),
    Field("phone", "string", "Switchboard number."),
    Field("street", "string", "Street and number."),
    Field("postal_code", "string", "Postal code."),
    Field("city", "string", "City."),
    Field("country", "string", "ISO 3166-1 alpha-2 code."),
    Field("parent_company_id", "string", "Company that owns this one."),
)
EVENTS = _stream(
    "events",
    "Dates that tickets are sold for.",
    "event_id",
    Field("name", "string", "Public name."),
    Field("category", "string", "Kind of event, such as Concert."),
    Field("venue", "string", "Name of the place."),
    Field("city", "string", "City of the venue."),
    Field("country", "string", "ISO 3166-1 alpha-2 code of the venue."),
    Field("starts_at", "timestamp", "Start, UTC."),
    Field("ends_at", "timestamp", "End, UTC."),
    Field("capacity", "integer", "Tickets on sale at most."),
    Field("status", "string", "scheduled or cancelled."),
)
ORDERS = _stream(
    "orders",
    "Purchases; one order may hold tickets of several events.",
    "order_id",
    Field("order_number", "string", "Number that the buyer sees."),
    Field("customer_id", "string", "Account of the buyer; null for guests and box office."),
    Field("company_id", "string", "Company that the order is for."),
    Field("email", "string", "E-mail address given with the order; null at the box office."),
    Field("first_name", "string", "Given name of the buyer."),
    Field("last_name", "string", "Family name of the buyer."),
    Field("phone", "string", "Phone number given with the order."),
    Field("status", "string", "pending, paid, partially_refunded, refunded or cancelled."),
    Field("currency", "string", "ISO 4217 code."),
    Field("total_amount", "decimal", "Charged in total, in units of `currency`."),
    Field("refunded_amount", "decimal", "Paid back, in units of `currency`."),
    Field("discount_amount", "decimal", "Taken off by coupons, in units of `currency`."),
    Field("coupon_code", "string", "Coupon used."),
    Field("sales_channel", "string", "web, app, box_office, phone or reseller."),
    Field("ordered_at", "timestamp", "When it was placed, UTC."),
    Field("paid_at", "timestamp", "When it was paid, UTC."),
    Field("cancelled_at", "timestamp", "When it was cancelled, UTC."),
)
ORDER_TICKETS = _stream(
    "order_tickets",
    "Admissions: one row per seat or place in an order.",
    "order_ticket_id",
    Field("order_id", "string", "Order it belongs to."),
    Field("event_id", "string", "Event it admits to."),
    Field("ticket_type", "string", "Such as Standard, Student or VIP."),
    Field("price", "decimal", "Price paid, in units of the order's currency."),
    Field("attendee_customer_id", "string", "Account of the attendee, where known."),
    Field("attendee_name", "string", "Name on the ticket."),
    Field("attendee_email", "string", "E-mail address of the attendee, where given."),
    Field("status", "string", "valid, cancelled or refunded."),
    Field("checked_in_at", "timestamp", "When it was scanned at the door, UTC; null if not."),
)
REGISTRATIONS = _stream(
    "registrations",
    "Answers that attendees gave when registering.",
    "registration_id",
    Field("event_id", "string", "Event registered for."),
    Field("order_ticket_id", "string", "Admission it belongs to, where there is one."),
    Field("customer_id", "string", "Account of the person, where known."),
    Field("email", "string", "E-mail address given."),
    Field("status", "string", "registered, attended or cancelled."),
    Field("answers", "json", "Question identifier to answer."),
    Field("registered_at", "timestamp", "When, UTC."),
)
SUPPORT_REQUESTS = _stream(
    "support_requests",
    "Questions and complaints of buyers.",
    "support_request_id",
    Field("customer_id", "string", "Account of the person, where known."),
    Field("email", "string", "E-mail address of the person."),
    Field("order_id", "string", "Order it is about."),
    Field("subject", "string", "Subject line."),
    Field("message", "string", "First message."),
    Field("category", "string", "refund, access, ticket, invoice or other."),
    Field("priority", "string", "low, medium, high or urgent."),
    Field("status", "string", "new, waiting_on_customer, waiting_on_us or closed."),
    Field("closed_at", "timestamp", "When it was closed, UTC."),
)

STREAMS: dict[str, StreamSpec] = {
    spec.name: spec
    for spec in (
        CUSTOMERS,
        COMPANIES,
        EVENTS,
        ORDERS,
        ORDER_TICKETS,
        REGISTRATIONS,
        SUPPORT_REQUESTS,
    )
}
