"""The registry of object types and their spellings.

https://developers.hubspot.com/docs/guides/api/crm/understanding-the-crm
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ObjectType:
    """One kind of record."""

    id: str
    name: str
    singular: str
    display: tuple[str, ...]
    """Properties that name a record to a person."""
    default_properties: tuple[str, ...]
    """Properties of a read that asks for none."""
    modified: str = "hs_lastmodifieddate"
    """The property that tells when a record last changed."""
    created: str = "createdate"
    """The property that tells when a record was made."""
    required: tuple[str, ...] = ()
    """Properties that a new record must have."""
    searchable: tuple[str, ...] = ()
    """Properties that a search for words looks at."""

    @property
    def is_custom(self) -> bool:
        """Whether the portal's owner defined it."""
        return self.id.startswith("2-")


_TIMES = ("createdate", "hs_lastmodifieddate", "hs_object_id")

STANDARD = (
    ObjectType(
        "0-1",
        "contacts",
        "contact",
        ("firstname", "lastname"),
        ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
        modified="lastmodifieddate",
        searchable=(
            *("firstname", "lastname", "email", "phone", "hs_additional_emails", "fax"),
            *("mobilephone", "company"),
        ),
    ),
    ObjectType(
        "0-2",
        "companies",
        "company",
        ("name",),
        ("domain", "name", *_TIMES),
        searchable=("website", "phone", "name", "domain"),
    ),
    ObjectType(
        "0-3",
        "deals",
        "deal",
        ("dealname",),
        ("amount", "closedate", "dealname", "dealstage", "pipeline", *_TIMES),
        required=("dealname", "dealstage"),
        searchable=("dealname", "pipeline", "dealstage", "description", "dealtype"),
    ),
    ObjectType(
        "0-5",
        "tickets",
        "ticket",
        ("subject",),
        (
            *("content", "hs_pipeline", "hs_pipeline_stage", "hs_ticket_category"),
            *("hs_ticket_priority", "subject", *_TIMES),
        ),
        required=("subject", "hs_pipeline_stage"),
        searchable=("subject", "content", "hs_pipeline_stage", "hs_ticket_category"),
    ),
    ObjectType(
        "0-7",
        "products",
        "product",
        ("name",),
        ("description", "name", "price", *_TIMES),
        searchable=("name", "description", "price", "hs_sku"),
    ),
    ObjectType(
        "0-8",
        "line_items",
        "line_item",
        ("name",),
        ("quantity", "amount", "price", *_TIMES),
        searchable=("name", "hs_sku"),
    ),
    ObjectType(
        "0-54",
        "marketing_events",
        "marketing_event",
        ("hs_event_name",),
        ("hs_event_name", "hs_event_description", *_TIMES),
        required=("hs_event_name", "hs_event_description"),
        searchable=("hs_event_name", "hs_event_description"),
    ),
    ObjectType(
        "0-410",
        "courses",
        "course",
        ("hs_course_name",),
        ("hs_course_name", *_TIMES),
        searchable=("hs_course_name", "hs_course_id"),
    ),
)

_ID = re.compile(r"\d+-\d+")


class UnknownType(ValueError):
    """No object type is spelled so; the sentence is HubSpot's."""


class Registry:
    """The object types of one portal: HubSpot's own, and those that its owner defined."""

    def __init__(self, portal_id: int) -> None:
        """Begin with HubSpot's own types."""
        self._portal_id = portal_id
        self.reset()

    def reset(self) -> None:
        """Know HubSpot's own types only."""
        self._types: dict[str, ObjectType] = {}
        self._by_spelling: dict[str, ObjectType] = {}
        for kind in STANDARD:
            self.add(kind)

    def add(self, kind: ObjectType) -> None:
        """Know a type by all its spellings; bare names of custom types are none."""
        self._types[kind.name] = kind
        for spelling in self._spellings(kind):
            self._by_spelling[spelling] = kind

    def remove(self, kind: ObjectType) -> None:
        """Forget a custom type."""
        self._types.pop(kind.name, None)
        for spelling in self._spellings(kind):
            self._by_spelling.pop(spelling, None)

    def _spellings(self, kind: ObjectType) -> Iterable[str]:
        if not kind.is_custom:
            return kind.id, kind.name, kind.singular
        bare = kind.name.removeprefix(f"p{self._portal_id}_")
        return kind.id, kind.name, f"p_{bare}"

    def __iter__(self) -> Iterator[ObjectType]:
        """Yield every type, HubSpot's own first."""
        return iter(list(self._types.values()))

    def named(self, name: str) -> ObjectType:
        """Return the type that the store calls `name`."""
        return self._types[name]

    def resolve(self, spelling: str) -> ObjectType:
        """Return the object type of a path segment: a plural, a singular or a type id.

        Raises:
            UnknownType: With HubSpot's sentence.
        """
        kind = self._by_spelling.get(spelling.lower())
        if kind is not None:
            return kind
        if _ID.fullmatch(spelling):
            raise UnknownType(f"Invalid object or event type id: {spelling}")
        raise UnknownType(f"Unable to infer object type from: {spelling}")
