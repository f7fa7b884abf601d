"""What HubSpot lacks, and what stands in the way."""

from __future__ import annotations

from dataclasses import replace

from stagedoor.hubspot.schema import (
    MAX_UNIQUE,
    PropertyDefinition,
    PropertyOption,
    ProvisionPlan,
    from_payload,
    provision_plan,
)

TEXT = PropertyDefinition("vat_id", "VAT number", "string", "text", "stagedoor")
KEY = replace(TEXT, name="stagedoor_id", has_unique_value=True)


def plan(
    *required: PropertyDefinition, there: tuple[PropertyDefinition, ...] = ()
) -> ProvisionPlan:
    existing = {"companies": {definition.name: definition for definition in there}}
    names = {"companies": tuple(definition.name for definition in required)}
    return provision_plan({"companies": required}, existing, names)


def test_what_is_missing_is_made_and_what_is_there_is_left() -> None:
    made = plan(TEXT, KEY, there=(TEXT,))
    assert made.missing == {"companies": (KEY,)}
    assert made.conflicts == ()
    assert "make companies.stagedoor_id (string, unique) in group stagedoor" in made.explain()


def test_nothing_to_do_is_said() -> None:
    assert plan(TEXT, there=(TEXT,)).is_empty
    assert "every property" in plan(TEXT, there=(TEXT,)).explain()


def test_another_type_stands_in_the_way() -> None:
    (conflict,) = plan(TEXT, there=(replace(TEXT, type="number"),)).conflicts
    assert "companies.vat_id has the type number" in conflict


def test_uniqueness_cannot_be_added_later() -> None:
    (conflict,) = plan(KEY, there=(replace(KEY, has_unique_value=False),)).conflicts
    assert "is not unique" in conflict


def test_missing_options_are_named() -> None:
    options = (PropertyOption("a", "A"), PropertyOption("b", "B"))
    wanted = replace(TEXT, type="enumeration", options=options)
    (conflict,) = plan(wanted, there=(replace(wanted, options=options[:1]),)).conflicts
    assert "lacks the options b" in conflict


def test_a_read_only_property_is_not_written() -> None:
    (conflict,) = plan(TEXT, there=(replace(TEXT, read_only=True),)).conflicts
    assert "read-only" in conflict


def test_a_written_property_that_nobody_makes_is_named() -> None:
    found = provision_plan({"companies": ()}, {"companies": {}}, {"companies": ("typo",)})
    assert "companies.typo does not exist" in found.conflicts[0]


def test_hubspot_allows_ten_unique_properties() -> None:
    there = tuple(replace(KEY, name=f"key_{n}") for n in range(MAX_UNIQUE))
    (conflict,) = plan(KEY, there=there).conflicts
    assert f"{MAX_UNIQUE + 1} properties with unique values" in conflict


def test_a_definition_survives_the_way_to_hubspot_and_back() -> None:
    definition = replace(
        TEXT, type="enumeration", field_type="select", options=(PropertyOption("a", "A"),)
    )
    assert from_payload(definition.as_input()) == definition
