"""Which objects became part of others, from the winners' own properties; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

PROPERTY = "hs_merged_object_ids"
"""Ids of the objects that became part of one, with semicolons between them."""


def merges_of(
    object_type: str, item: Mapping[str, Any], since: str | None = None
) -> Iterator[dict[str, Any]]:
    """Yield a record for each object that became part of this one, at or after `since`.

    The history of `hs_merged_object_ids` tells when; where there is none, `merged_at` is null
    and every merge is told.
    """
    winner = str(item["id"])
    versions = (item.get("propertiesWithHistory") or {}).get(PROPERTY) or ()
    for merged_id in ids_of((item.get("properties") or {}).get(PROPERTY)):
        at = _first_told(merged_id, versions)
        if merged_id != winner and not (since and at and at < since):
            yield {
                "object_type": object_type,
                "merged_id": merged_id,
                "id": winner,
                "merged_at": at,
            }


def _first_told(merged_id: str, versions: Sequence[Mapping[str, Any]]) -> str | None:
    told = (str(v["timestamp"]) for v in versions if merged_id in ids_of(v.get("value")))
    return min(told, default=None)


def ids_of(value: Any) -> list[str]:
    """Return the ids in a value of `hs_merged_object_ids`."""
    return [one for one in str(value or "").split(";") if one]
