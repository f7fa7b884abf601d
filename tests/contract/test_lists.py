"""Lists and memberships, by HubSpot's own client.

https://developers.hubspot.com/docs/guides/api/crm/lists/overview
"""

from __future__ import annotations

from typing import Any

import pytest
from hubspot.crm.contacts import SimplePublicObjectInput
from hubspot.crm.lists import (
    ApiException,
    ListCreateRequest,
    ListFilterUpdateRequest,
    ListSearchRequest,
    MembershipChangeRequest,
)


def condition(name: str, kind: str, operator: str, **more: Any) -> dict[str, Any]:
    """A filter branch of one condition."""
    operation = {"operationType": kind, "operator": operator, **more}
    entry = {"filterType": "PROPERTY", "property": name, "operation": operation}
    below = {"filterBranchType": "AND", "filterBranches": [], "filters": [entry]}
    return {"filterBranchType": "OR", "filters": [], "filterBranches": [below]}


def make(hubspot: Any, name: str = "VIPs", kind: str = "MANUAL", **more: Any) -> Any:
    request = ListCreateRequest(name=name, object_type_id="0-1", processing_type=kind, **more)
    return hubspot.crm.lists.lists_api.create(request).list


def members(hubspot: Any, number: str) -> list[str]:
    page = hubspot.crm.lists.memberships_api.get_page(number)
    return [entry.record_id for entry in page.results]


def test_a_manual_list_is_made_and_read(hubspot: Any) -> None:
    made = make(hubspot)
    assert made.processing_type == "MANUAL"
    assert made.processing_status == "COMPLETE"
    read = hubspot.crm.lists.lists_api.get_by_id(made.list_id).list
    assert (read.name, read.object_type_id, read.list_version) == ("VIPs", "0-1", 1)
    assert hubspot.crm.lists.lists_api.get_by_name("VIPs", "0-1").list.list_id == made.list_id


def test_a_name_is_taken_once(hubspot: Any) -> None:
    make(hubspot)
    with pytest.raises(ApiException) as error:
        make(hubspot)
    assert error.value.status == 400


def test_members_come_and_go(hubspot: Any, contacts: list[str]) -> None:
    number, api = make(hubspot).list_id, hubspot.crm.lists.memberships_api
    added = api.add(number, contacts[:3])
    assert added.records_ids_added == contacts[:3]
    again = api.add(number, [*contacts[:4], "999999"])
    assert again.records_ids_added == [contacts[3]]
    assert again.record_ids_missing == ["999999"]
    change = MembershipChangeRequest(
        record_ids_to_add=[contacts[4]], record_ids_to_remove=contacts[:2]
    )
    moved = api.add_and_remove(number, change)
    assert moved.records_ids_added == [contacts[4]]
    assert moved.record_ids_removed == contacts[:2]
    assert members(hubspot, number) == contacts[2:]
    api.remove(number, contacts[2:3])
    assert members(hubspot, number) == contacts[3:]
    api.remove_all(number)
    assert members(hubspot, number) == []


def test_members_are_paged(hubspot: Any, contacts: list[str]) -> None:
    number, api = make(hubspot).list_id, hubspot.crm.lists.memberships_api
    api.add(number, contacts)
    first = api.get_page(number, limit=3)
    rest = api.get_page(number, limit=3, after=first.paging.next.after)
    assert [m.record_id for m in (*first.results, *rest.results)] == contacts
    assert rest.paging is None


def test_archived_records_leave_lists(hubspot: Any, contacts: list[str]) -> None:
    number = make(hubspot).list_id
    hubspot.crm.lists.memberships_api.add(number, contacts)
    hubspot.crm.contacts.basic_api.archive(contacts[0])
    assert members(hubspot, number) == contacts[1:]


def test_members_are_copied_from_another_list(hubspot: Any, contacts: list[str]) -> None:
    source, target = make(hubspot, "Source").list_id, make(hubspot, "Target").list_id
    hubspot.crm.lists.memberships_api.add(source, contacts)
    hubspot.crm.lists.memberships_api.add_all_from_list(target, source)
    assert members(hubspot, target) == contacts


CASES = [
    ("firstname", "MULTISTRING", "IS_EQUAL_TO", {"values": ["ana"]}, {0}),
    ("firstname", "STRING", "CONTAINS", {"value": "an"}, {0, 1}),
    ("firstname", "STRING", "STARTS_WITH", {"value": "d"}, {1}),
    ("firstname", "ALL_PROPERTY", "IS_KNOWN", {}, {0, 1}),
    ("firstname", "ALL_PROPERTY", "IS_UNKNOWN", {}, {2, 3, 4}),
    ("lifecyclestage", "ENUMERATION", "IS_ANY_OF", {"values": ["customer"]}, {1}),
    ("lifecyclestage", "ENUMERATION", "IS_NONE_OF", {"values": ["lead"]}, {1}),
    ("closedate", "TIME_POINT", "IS_AFTER", {"timestamp": 1_790_000_000_000}, {2}),
]


@pytest.mark.parametrize(("name", "kind", "operator", "more", "found"), CASES)
def test_a_dynamic_list_follows_its_filter(
    hubspot: Any,
    contacts: list[str],
    name: str,
    kind: str,
    operator: str,
    more: dict[str, Any],
    found: set[int],
) -> None:
    api = hubspot.crm.contacts.basic_api
    api.update(contacts[0], SimplePublicObjectInput(properties={"firstname": "Ana"}))
    changed = {"firstname": "Dan", "lifecyclestage": "customer"}
    api.update(contacts[1], SimplePublicObjectInput(properties=changed))
    changed = {"closedate": "2026-11-01T00:00:00Z"}
    api.update(contacts[2], SimplePublicObjectInput(properties=changed))
    branch = condition(name, kind, operator, **more)
    made = make(hubspot, kind="DYNAMIC", filter_branch=branch)
    assert members(hubspot, made.list_id) == [contacts[n] for n in sorted(found)]


def test_a_dynamic_list_moves_with_its_records(hubspot: Any, contacts: list[str]) -> None:
    branch = condition("city", "MULTISTRING", "IS_EQUAL_TO", values=["Cluj"])
    number = make(hubspot, kind="DYNAMIC", filter_branch=branch).list_id
    assert members(hubspot, number) == []
    change = SimplePublicObjectInput(properties={"city": "Cluj"})
    hubspot.crm.contacts.basic_api.update(contacts[3], change)
    assert members(hubspot, number) == [contacts[3]]


def test_a_snapshot_stays_as_it_was(hubspot: Any, contacts: list[str]) -> None:
    branch = condition("city", "ALL_PROPERTY", "IS_UNKNOWN")
    number = make(hubspot, kind="SNAPSHOT", filter_branch=branch).list_id
    change = SimplePublicObjectInput(properties={"city": "Cluj"})
    hubspot.crm.contacts.basic_api.update(contacts[3], change)
    assert members(hubspot, number) == contacts


def test_a_dynamic_list_is_not_filled_by_hand(hubspot: Any, contacts: list[str]) -> None:
    branch = condition("city", "ALL_PROPERTY", "IS_UNKNOWN")
    number = make(hubspot, kind="DYNAMIC", filter_branch=branch).list_id
    with pytest.raises(ApiException) as error:
        hubspot.crm.lists.memberships_api.add(number, contacts)
    assert error.value.status == 400


def test_filters_are_changed(hubspot: Any, contacts: list[str]) -> None:
    branch = condition("city", "ALL_PROPERTY", "IS_KNOWN")
    number = make(hubspot, kind="DYNAMIC", filter_branch=branch).list_id
    request = ListFilterUpdateRequest(filter_branch=condition("city", "ALL_PROPERTY", "IS_UNKNOWN"))
    changed = hubspot.crm.lists.lists_api.update_list_filters(number, request).updated_list
    assert changed.list_version == 2
    assert members(hubspot, number) == contacts


@pytest.mark.parametrize(
    "branch",
    [
        {"filterBranchType": "AND", "filters": [], "filterBranches": []},
        {"filterBranchType": "OR", "filters": [], "filterBranches": []},
        condition("city", "NO_SUCH_OPERATION", "IS_KNOWN"),
    ],
)
def test_a_filter_that_is_none_is_refused(hubspot: Any, branch: dict[str, Any]) -> None:
    with pytest.raises(ApiException) as error:
        make(hubspot, kind="DYNAMIC", filter_branch=branch)
    assert error.value.status == 400


def test_lists_are_searched_renamed_deleted_and_restored(hubspot: Any) -> None:
    api = hubspot.crm.lists.lists_api
    numbers = [make(hubspot, f"Gala {n}").list_id for n in range(3)]
    make(hubspot, "Other")
    request = ListSearchRequest(query="gala", count=2, offset=0, processing_types=["MANUAL"])
    found = api.do_search(request)
    assert (found.total, found.has_more, len(found.lists)) == (3, True, 2)
    api.update_name(numbers[0], list_name="Ball")
    assert api.get_by_id(numbers[0]).list.name == "Ball"
    api.remove(numbers[0])
    with pytest.raises(ApiException) as error:
        api.get_by_id(numbers[0])
    assert error.value.status == 404
    api.restore(numbers[0])
    assert api.get_by_id(numbers[0]).list.name == "Ball"


def test_several_lists_are_read_at_once(hubspot: Any) -> None:
    numbers = [make(hubspot, f"Gala {n}").list_id for n in range(3)]
    answer = hubspot.crm.lists.lists_api.get_all(list_ids=numbers[:2])
    assert [entry.list_id for entry in answer.lists] == numbers[:2]


def test_a_record_tells_its_lists(hubspot: Any, contacts: list[str]) -> None:
    number = make(hubspot).list_id
    hubspot.crm.lists.memberships_api.add(number, contacts[:1])
    answer = hubspot.crm.lists.memberships_api.get_lists("0-1", contacts[0])
    assert [entry.list_id for entry in answer.results] == [number]
