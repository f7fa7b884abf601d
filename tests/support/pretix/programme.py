"""What the tests' organizer sells: five events, one of them a series, and twelve products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from support.pretix.client import Json, Organizer

NOW = datetime.now(UTC).replace(microsecond=0)
PLUGINS = ["pretix.plugins.banktransfer", "pretix.plugins.manualpayment"]


@dataclass(frozen=True)
class Plan:
    """An event to be made."""

    slug: str
    name: str
    category: str
    days: int
    """From today."""
    products: tuple[str, ...]
    currency: str = "EUR"
    dates: int = 0
    """Of a series."""


# A product is a name, a price, its variations, and whether it admits to the event.
PRODUCTS: dict[str, tuple[str, tuple[str, ...], bool]] = {
    "Standard": ("40.00", ("Adult", "Child"), True),
    "VIP": ("120.00", (), True),
    "Parking": ("9.00", (), False),
    "Regular": ("25.00", (), True),
    "Student": ("12.50", (), True),
    "Day ticket": ("15.00", (), True),
    "Exhibitor": ("0.00", (), True),
    "T-shirt": ("19.90", (), False),
    "Early bird": ("90.00", (), True),
    "Full pass": ("180.00", ("On site", "Online"), True),
    "Workshop": ("60.00", (), True),
    "Seat": ("30.00", (), True),
}
PLANS = (
    Plan("gala", "Winter Gala", "Concert", -3, ("Standard", "VIP", "Parking")),
    Plan("jazz", "Jazz Night", "Concert", 40, ("Regular", "Student")),
    Plan("fair", "Book Fair", "Fair", -1, ("Day ticket", "Exhibitor", "T-shirt")),
    Plan("summit", "Summit", "Conference", 90, ("Early bird", "Full pass", "Workshop"), "RON"),
    Plan("course", "Pottery", "Course", -2, ("Seat",), dates=4),
)


@dataclass
class Event:
    """An event that was made, and the numbers of its parts."""

    plan: Plan
    items: dict[str, Json] = field(default_factory=dict)
    dates: list[int] = field(default_factory=list)
    lists: dict[int | None, int] = field(default_factory=dict)
    """Check-in list of each date."""
    questions: dict[str, Json] = field(default_factory=dict)
    voucher: str = ""

    @property
    def path(self) -> str:
        """Where its API is."""
        return f"/events/{self.plan.slug}"


def make_programme(organizer: Organizer, plans: Sequence[Plan] = PLANS) -> list[Event]:
    """Make events."""
    for name in ("category", "city", "country"):
        organizer.post(
            "/event_meta_properties/",
            {"name": name, "default": "", "required": False, "protected": False, "choices": None},
        )
    return [_make(organizer, plan) for plan in plans]


def _make(organizer: Organizer, plan: Plan) -> Event:
    event = Event(plan)
    begins = NOW + timedelta(days=plan.days)
    meta = {"category": plan.category, "city": "Iași", "country": "RO"}
    organizer.post("/events/", {
        "name": {"en": plan.name, "de": f"{plan.name} (de)"}, "slug": plan.slug, "live": False,
        "testmode": False, "currency": plan.currency, "date_from": begins.isoformat(),
        "date_to": (begins + timedelta(hours=3)).isoformat(), "is_public": True,
        "location": {"en": f"{plan.name} Hall\nStrada Mare 1\n700001 Iași"},
        "has_subevents": bool(plan.dates), "meta_data": meta, "plugins": PLUGINS,
        "timezone": "Europe/Bucharest",
    })  # fmt: skip
    for number in range(plan.dates):
        event.dates.append(_make_date(organizer, event, number))
    for name in plan.products:
        event.items[name] = _make_item(organizer, event, name)
    _make_rest(organizer, event)
    return event


def _make_date(organizer: Organizer, event: Event, number: int) -> int:
    begins = NOW + timedelta(days=event.plan.days + 5 * number)
    made = organizer.post(f"{event.path}/subevents/", {
        "name": {"en": f"{event.plan.name} {number + 1}"}, "active": True,
        "date_from": begins.isoformat(), "date_to": (begins + timedelta(hours=2)).isoformat(),
        "location": {"en": "Studio"} if number % 2 else None,
        "item_price_overrides": [], "variation_price_overrides": [],
        "meta_data": {"category": "Masterclass"} if number == 3 else {},
    })  # fmt: skip
    return int(made["id"])


def _make_item(organizer: Organizer, event: Event, name: str) -> Json:
    price, variations, admits = PRODUCTS[name]
    return organizer.post(f"{event.path}/items/", {
        "name": {"en": name}, "active": True, "default_price": price, "admission": admits,
        "personalized": admits, "free_price": False, "tax_rule": None, "position": 0,
        "variations": [
            {"value": {"en": v}, "active": True, "default_price": price, "description": {},
             "position": n} for n, v in enumerate(variations)
        ],
    })  # fmt: skip


def _make_rest(organizer: Organizer, event: Event) -> None:
    items = [item["id"] for item in event.items.values()]
    variations = [v["id"] for item in event.items.values() for v in item["variations"]]
    dates: list[int | None] = [*event.dates] or [None]
    for date in dates:
        organizer.post(f"{event.path}/quotas/", {
            "name": "all", "size": None, "items": items, "variations": variations,
            "subevent": date, "closed": False,
        })  # fmt: skip
        made = organizer.post(f"{event.path}/checkinlists/", {
            "name": "Door", "all_products": True, "limit_products": [], "subevent": date,
        })  # fmt: skip
        event.lists[date] = made["id"]
    admitting = [i["id"] for n, i in event.items.items() if PRODUCTS[n][2]]
    for identifier, kind, options in (("JOBTITLE", "S", ()), ("DIET", "C", ("Vegan", "Any"))):
        body: dict[str, Any] = {
            "question": {"en": identifier.title()}, "type": kind, "required": False,
            "items": admitting, "position": 1, "ask_during_checkin": False,
            "identifier": identifier,
            "options": [{"answer": {"en": o}, "identifier": o.upper()} for o in options],
        }  # fmt: skip
        event.questions[identifier] = organizer.post(f"{event.path}/questions/", body)
    event.voucher = f"SPRING-{event.plan.slug}".upper()
    organizer.post(f"{event.path}/vouchers/", {
        "code": event.voucher, "max_usages": 1000, "price_mode": "percent", "value": "20.00",
        "item": admitting[0],
    })  # fmt: skip
