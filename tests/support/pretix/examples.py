"""pretix's JSON made up for tests of pure functions: as little as pretix itself would send."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

MOMENT = "2026-11-24T10:00:00Z"


def order(**fields: Any) -> Json:
    """Return a paid order of one ticket."""
    return {
        "code": "ABC12", "event": "jazz", "status": "p", "testmode": False, "total": "25.00",
        "email": "ann@corp.example", "phone": None, "datetime": MOMENT, "last_modified": MOMENT,
        "expires": "2026-12-08T22:59:59Z", "cancellation_date": None, "customer": None,
        "sales_channel": "web", "invoice_address": None, "positions": [position()],
        "payments": [payment("25.00")], "refunds": [], **fields,
    }  # fmt: skip


def position(**fields: Any) -> Json:
    """Return a ticket that nobody used."""
    return {
        "positionid": 1, "item": 1, "variation": None, "subevent": None, "price": "25.00",
        "attendee_name": None, "attendee_email": None, "voucher": None, "voucher_budget_use": None,
        "canceled": False, "checkins": [], "answers": [], **fields,
    }  # fmt: skip


def payment(amount: str, state: str = "confirmed") -> Json:
    """Return a payment."""
    return {"amount": amount, "state": state, "payment_date": MOMENT}


def refund(amount: str, state: str = "done", number: int = 1) -> Json:
    """Return a refund."""
    return {"local_id": number, "amount": amount, "state": state, "execution_date": MOMENT}


def business(company: str, vat_id: str = "") -> Json:
    """Return a firm's address."""
    return {
        "is_business": True, "company": company, "vat_id": vat_id, "name_parts": {},
        "street": "S 1", "zipcode": "1", "city": "Berlin", "country": "DE",
    }  # fmt: skip


def account(**fields: Any) -> Json:
    """Return a customer."""
    return {
        "identifier": "C0001", "email": "ann@corp.example", "phone": None, "is_active": True,
        "name_parts": {"_scheme": "given_family", "given_name": "Ann", "family_name": "Lee"},
        "locale": "de", "date_joined": MOMENT, "last_modified": MOMENT, **fields,
    }  # fmt: skip


def event(**fields: Any) -> Json:
    """Return a single event."""
    return {
        "slug": "jazz", "name": {"en": "Jazz Night"}, "currency": "EUR", "has_subevents": False,
        "date_from": "2027-03-01T19:00:00Z", "date_to": None, "meta_data": {},
        "location": {"en": "Town Hall\nMain Street 1"}, **fields,
    }  # fmt: skip


def item(**fields: Any) -> Json:
    """Return a product."""
    return {
        "id": 1, "name": {"en": "Regular"}, "internal_name": None, "admission": True,
        "variations": [], **fields,
    }  # fmt: skip


def page(rows: list[Json], *, more: bool = False) -> Json:
    """Return one page of a list."""
    return {
        "count": len(rows),
        "next": "there" if more else None,
        "previous": None,
        "results": rows,
    }
