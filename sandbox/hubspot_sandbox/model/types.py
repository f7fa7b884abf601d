"""The registry of object types and their spellings.

https://developers.hubspot.com/docs/guides/api/crm/understanding-the-crm
"""

from __future__ import annotations

import re
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

    @property
    def created(self) -> str:
        """The property that tells when a record was made."""
        return "createdate"


TYPES = (
    ObjectType(
        "0-1",
        "contacts",
        "contact",
        ("firstname", "lastname"),
        ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
        modified="lastmodifieddate",
    ),
    ObjectType(
        "0-2",
        "companies",
        "company",
        ("name",),
        ("createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"),
    ),
    ObjectType(
        "0-3",
        "deals",
        "deal",
        ("dealname",),
        (
            "amount",
            "closedate",
            "createdate",
            "dealname",
            "dealstage",
            "hs_lastmodifieddate",
            "hs_object_id",
            "pipeline",
        ),
    ),
    ObjectType(
        "0-5",
        "tickets",
        "ticket",
        ("subject",),
        (
            "content",
            "createdate",
            "hs_lastmodifieddate",
            "hs_object_id",
            "hs_pipeline",
            "hs_pipeline_stage",
            "hs_ticket_category",
            "hs_ticket_priority",
            "subject",
        ),
    ),
    ObjectType(
        "0-7",
        "products",
        "product",
        ("name",),
        ("createdate", "description", "hs_lastmodifieddate", "hs_object_id", "name", "price"),
    ),
    ObjectType(
        "0-410",
        "courses",
        "course",
        ("hs_course_name",),
        ("hs_course_name", "createdate", "hs_lastmodifieddate", "hs_object_id"),
    ),
)

_BY_SPELLING = {
    spelling: kind for kind in TYPES for spelling in (kind.id, kind.name, kind.singular)
}
_ID = re.compile(r"\d+-\d+")


class UnknownType(ValueError):
    """No object type is spelled so; the sentence is HubSpot's."""


def resolve(spelling: str) -> ObjectType:
    """Return the object type of a path segment: a plural, a singular or a type id.

    Raises:
        UnknownType: With HubSpot's sentence.
    """
    kind = _BY_SPELLING.get(spelling.lower())
    if kind is not None:
        return kind
    if _ID.fullmatch(spelling):
        raise UnknownType(f"Invalid object or event type id: {spelling}")
    raise UnknownType(f"Unable to infer object type from: {spelling}")
