"""Objects as records: what HubSpot tells as text, typed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from stagedoor.hubspot.merged import merges_of
from stagedoor.hubspot.records import Shaper, object_schema, property_names
from stagedoor.hubspot.schema import PropertyDefinition

TYPES = {
    "email": "string",
    "hs_score": "number",
    "hs_email_optout": "bool",
    "birthday": "date",
    "closedate": "datetime",
    "industry": "enumeration",
}
SCHEMA = object_schema(
    [PropertyDefinition(name, name, kind, "", "") for name, kind in TYPES.items()], times=True
)


def shaped(**told: str | None) -> dict[str, Any]:
    shaper = Shaper(SCHEMA, property_names(SCHEMA))
    item = {"id": "7", "properties": told, "createdAt": "a", "updatedAt": "b", "archived": False}
    properties = shaper.record(item)["properties"]
    assert isinstance(properties, dict)
    return properties


def test_every_selected_property_is_there_and_empty_is_null() -> None:
    assert shaped(email="", hs_score=None) == dict.fromkeys(TYPES)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("email", "ana@example.com", "ana@example.com"),
        ("email", "0", "0"),
        ("hs_score", "12", 12),
        ("hs_score", "0", 0),
        ("hs_score", "-3", Decimal(-3)),
        ("hs_score", "12.50", Decimal("12.50")),
        ("hs_score", "1E+3", Decimal("1E+3")),
        ("hs_score", "12345678901234567890.12", Decimal("12345678901234567890.12")),
        ("hs_score", "NaN", None),
        ("hs_score", "none", None),
        ("hs_email_optout", "true", True),
        ("hs_email_optout", "false", False),
        ("birthday", "1990-05-01", "1990-05-01"),
        ("birthday", "641520000000", "1990-05-01"),
        ("closedate", "2026-09-01T08:00:00.500Z", "2026-09-01T08:00:00.500Z"),
        ("closedate", "1788249600500", "2026-09-01T08:00:00.500Z"),
        ("industry", "a;b", "a;b"),
    ],
)
def test_a_value_has_the_type_of_its_property(name: str, text: str, value: Any) -> None:
    assert shaped(**{name: text})[name] == value


def test_a_record_has_the_object_s_own_facts() -> None:
    item = {
        "id": "7",
        "properties": {"hs_merged_object_ids": "3;5"},
        "createdAt": "2026-09-01T08:00:00.000Z",
        "updatedAt": "2026-09-02T08:00:00.000Z",
        "archived": True,
        "archivedAt": "2026-09-03T08:00:00.000Z",
    }
    assert Shaper(SCHEMA, ()).record(item) == {
        "id": "7",
        "created_at": "2026-09-01T08:00:00.000Z",
        "updated_at": "2026-09-02T08:00:00.000Z",
        "archived": True,
        "archived_at": "2026-09-03T08:00:00.000Z",
        "merged_ids": ["3", "5"],
        "properties": {},
    }


def test_the_time_of_a_value_is_that_of_its_newest_version() -> None:
    versions = [{"value": "a", "timestamp": "2026-01-01"}, {"value": "", "timestamp": "2026-02-01"}]
    item = {"id": "7", "properties": {}, "propertiesWithHistory": {"email": versions}}
    times = Shaper(SCHEMA, ["email", "industry"]).timed(item)["property_times"]
    assert times == {"email": "2026-02-01", "industry": None}


def test_the_schema_describes_each_property_as_the_portal_defines_it() -> None:
    described = SCHEMA["properties"]["properties"]["properties"]
    assert {name: (d["type"][0], d.get("format")) for name, d in described.items()} == {
        "email": ("string", None),
        "hs_score": ("number", None),
        "hs_email_optout": ("boolean", None),
        "birthday": ("string", "date"),
        "closedate": ("string", "date-time"),
        "industry": ("string", None),
    }


WINNER = {
    "id": "9",
    "properties": {"hs_merged_object_ids": "1;2;3"},
    "propertiesWithHistory": {
        "hs_merged_object_ids": [
            {"value": "1;2;3", "timestamp": "2026-03-01T00:00:00.000Z"},
            {"value": "1;2", "timestamp": "2026-01-01T00:00:00.000Z"},
        ]
    },
}


def test_each_merged_object_is_told_with_when_it_was_first_named() -> None:
    told = [(m["merged_id"], m["id"], m["merged_at"]) for m in merges_of("contacts", WINNER)]
    assert told == [
        ("1", "9", "2026-01-01T00:00:00.000Z"),
        ("2", "9", "2026-01-01T00:00:00.000Z"),
        ("3", "9", "2026-03-01T00:00:00.000Z"),
    ]


def test_merges_before_a_time_are_left_out() -> None:
    told = merges_of("contacts", WINNER, since="2026-02-01T00:00:00.000Z")
    assert [m["merged_id"] for m in told] == ["3"]


def test_without_a_history_every_merge_is_told() -> None:
    item = {"id": "9", "properties": {"hs_merged_object_ids": "1;9"}}
    told = list(merges_of("contacts", item, since="2026-02-01T00:00:00.000Z"))
    assert told == [{"object_type": "contacts", "merged_id": "1", "id": "9", "merged_at": None}]
