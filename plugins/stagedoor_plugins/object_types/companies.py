"""Companies: one per company of the platform, with its parent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stagedoor.extension import AssociationSource, ObjectType, PlatformRow
from stagedoor.model import AssociationType

NAME = "companies"

SOURCE = """
SELECT 'company:' || company_id AS key, * FROM companies WHERE NOT coalesce(is_deleted, false)
"""

DELETED = "SELECT 'company:' || company_id AS key FROM companies WHERE is_deleted"

PARENT_OF = """
SELECT 'company:' || parent.company_id AS from_key, 'company:' || child.company_id AS to_key
FROM companies child JOIN companies parent ON parent.company_id = child.parent_company_id
WHERE NOT coalesce(child.is_deleted, false) AND NOT coalesce(parent.is_deleted, false)
"""


def object_type(mapping: Mapping[str, Any]) -> ObjectType:
    """Return the object type."""
    parent = AssociationType(
        "companies_to_child_companies",
        "companies",
        "companies",
        13,
        default=False,
        label="Child company",
    )
    return ObjectType(
        name=NAME,
        description="One per company that buys, or whose people buy.",
        sql=SOURCE,
        deleted=DELETED,
        associations=(AssociationSource(parent, PARENT_OF),),
        mapping=mapping,
        row=PlatformRow("companies", "company:"),
        order=10,
    )
