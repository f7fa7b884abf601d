"""Which path goes where: each handler under the date-versioned path and its older twins.

https://developers.hubspot.com/docs/developer-tooling/platform/versioning
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from starlette.responses import Response

from hubspot_sandbox.wire import (
    associations,
    batches,
    events,
    imports,
    labels,
    lists,
    marketing_events,
    objects,
    pipelines,
    preferences,
    properties,
    schemas,
    settings,
)
from hubspot_sandbox.wire.calls import Call
from hubspot_sandbox.wire.limits import Sort

Kind = Literal["read", "write", "provision"]
Handler = Callable[[Call], Response]

PREFIXES: dict[str, tuple[str, ...]] = {
    "objects": ("/crm/objects/{version:dated}", "/crm/v3/objects", "/crm/v4/objects"),
    "associations": ("/crm/associations/{version:dated}", "/crm/v4/associations"),
    "properties": ("/crm/properties/{version:dated}", "/crm/v3/properties"),
    "pipelines": ("/crm/pipelines/{version:dated}", "/crm/v3/pipelines"),
    "schemas": (
        "/crm-object-schemas/{version:dated}/schemas",
        "/crm-object-schemas/v3/schemas",
        "/crm/v3/schemas",
    ),
    "owners": ("/crm/owners/{version:dated}", "/crm/v3/owners"),
    "lists": ("/crm/lists/{version:dated}", "/crm/v3/lists"),
    "imports": ("/crm/imports/{version:dated}", "/crm/v3/imports"),
    "marketing-events": (
        "/marketing/marketing-events/{version:dated}",
        "/marketing/v3/marketing-events",
    ),
    "event-definitions": (
        "/events/{version:dated}/event-definitions",
        "/events/custom/{version:dated}/event-definitions",
        "/events/v3/event-definitions",
    ),
    "events-send": (
        "/events/{version:dated}/send",
        "/events/custom/{version:dated}/send",
        "/events/v3/send",
    ),
    "event-occurrences": ("/events/event-occurrences/{version:dated}", "/events/v3/events"),
    "communication-preferences": (
        "/communication-preferences/{version:dated}",
        "/communication-preferences/v4",
    ),
    "limits": ("/crm/limits/{version:dated}", "/crm/v3/limits"),
    "account-info": ("/account-info/{version:dated}", "/account-info/v3"),
}
"""Where each API lives; the date-versioned path comes first."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operation of an API."""

    method: str
    api: str
    rest: str
    handler: Handler
    kind: Kind

    def paths(self) -> Iterator[str]:
        """Yield all spellings of the path, the date-versioned one first."""
        rest = f"/{self.rest}" if self.rest else ""
        yield from (f"{prefix}{rest}" for prefix in PREFIXES[self.api])

    @property
    def name(self) -> str:
        """The operation as statistics and the call log name it."""
        return f"{self.method} {self.api}/{self.rest}".rstrip("/")

    @property
    def sort(self) -> Sort:
        """Which limit counts its calls."""
        if self.rest.endswith("/search") and self.api == "objects":
            return "search"
        return "association" if self.api == "associations" else "plain"

    @property
    def writes(self) -> bool:
        """Whether it asks for a scope that lets an app write."""
        return self.kind != "read"


def endpoints(api: str, kind: Kind, *rows: tuple[str, str, Handler]) -> list[Endpoint]:
    """Return the operations of one API that are of one kind."""
    return [Endpoint(method, api, rest, handler, kind) for method, rest, handler in rows]


_PAIR = "{type}/{id}/associations/{to}/{to_id}"
_STAGE = "{type}/{id}/stages/{stage}"

ENDPOINTS: tuple[Endpoint, ...] = (
    *endpoints(
        "objects",
        "read",
        ("POST", "{type}/batch/read", batches.read_batch),
        ("POST", "{type}/search", objects.search_records),
        ("GET", "{type}/{id}/associations/{to}", associations.list_of_record),
        ("GET", "{type}/{id}", objects.read_record),
        ("GET", "{type}", objects.list_records),
    ),
    *endpoints(
        "objects",
        "write",
        ("POST", "{type}/batch/create", batches.create_batch),
        ("POST", "{type}/batch/update", batches.update_batch),
        ("POST", "{type}/batch/upsert", batches.upsert_batch),
        ("POST", "{type}/batch/archive", batches.archive_batch),
        ("PUT", "{type}/{id}/associations/default/{to}/{to_id}", associations.put_default),
        ("PUT", _PAIR, associations.put_labelled),
        ("DELETE", _PAIR, associations.delete_pair),
        ("POST", "{type}/merge", objects.merge_records),
        ("POST", "{type}/gdpr-delete", objects.erase_record),
        ("POST", "{type}", objects.create_record),
        ("PATCH", "{type}/{id}", objects.update_record),
        ("DELETE", "{type}/{id}", objects.archive_record),
    ),
    *endpoints(
        "associations",
        "read",
        ("POST", "{from}/{to}/batch/read", associations.read_batch),
        ("GET", "{from}/{to}/labels", labels.list_labels),
    ),
    *endpoints(
        "associations",
        "write",
        ("POST", "{from}/{to}/batch/create", associations.create_batch),
        ("POST", "{from}/{to}/batch/associate/default", associations.associate_default_batch),
        ("POST", "{from}/{to}/batch/archive", associations.archive_batch),
        ("POST", "{from}/{to}/batch/labels/archive", associations.archive_labels),
    ),
    *endpoints(
        "associations",
        "provision",
        ("POST", "{from}/{to}/labels", labels.create_label),
        ("PUT", "{from}/{to}/labels", labels.change_label),
        ("DELETE", "{from}/{to}/labels/{type_id}", labels.delete_label),
    ),
    *endpoints(
        "properties",
        "read",
        ("GET", "{type}/groups/{name}", properties.read_group),
        ("GET", "{type}/groups", properties.list_groups),
        ("POST", "{type}/batch/read", properties.read_properties),
        ("GET", "{type}/{name}", properties.read_property),
        ("GET", "{type}", properties.list_properties),
    ),
    *endpoints(
        "properties",
        "provision",
        ("POST", "{type}/groups", properties.create_group),
        ("PATCH", "{type}/groups/{name}", properties.change_group),
        ("DELETE", "{type}/groups/{name}", properties.archive_group),
        ("POST", "{type}/batch/create", properties.create_properties),
        ("POST", "{type}/batch/archive", properties.archive_properties),
        ("POST", "{type}", properties.create_property),
        ("PATCH", "{type}/{name}", properties.change_property),
        ("DELETE", "{type}/{name}", properties.archive_property),
    ),
    *endpoints(
        "pipelines",
        "read",
        ("GET", _STAGE, pipelines.read_stage),
        ("GET", "{type}/{id}/stages", pipelines.list_stages),
        ("GET", "{type}/{id}", pipelines.read_pipeline),
        ("GET", "{type}", pipelines.list_pipelines),
    ),
    *endpoints(
        "pipelines",
        "provision",
        ("POST", "{type}/{id}/stages", pipelines.create_stage),
        ("PATCH", _STAGE, pipelines.change_stage),
        ("PUT", _STAGE, pipelines.change_stage),
        ("DELETE", _STAGE, pipelines.delete_stage),
        ("POST", "{type}", pipelines.create_pipeline),
        ("PUT", "{type}/{id}", pipelines.replace_pipeline),
        ("PATCH", "{type}/{id}", pipelines.replace_pipeline),
        ("DELETE", "{type}/{id}", pipelines.delete_pipeline),
    ),
    *endpoints(
        "schemas",
        "read",
        ("GET", "{type}", schemas.read_schema),
        ("GET", "", schemas.list_schemas),
    ),
    *endpoints(
        "schemas",
        "provision",
        ("POST", "{type}/associations", schemas.associate_schema),
        ("POST", "", schemas.create_schema),
        ("PATCH", "{type}", schemas.change_schema),
        ("DELETE", "{type}", schemas.delete_schema),
    ),
    *endpoints("owners", "read", ("GET", "{id}", settings.owner), ("GET", "", settings.owners)),
    *endpoints("limits", "read", ("GET", "custom-properties", settings.custom_property_limits)),
    *endpoints(
        "account-info",
        "read",
        ("GET", "details", settings.details),
        ("GET", "api-usage/daily/private-apps", settings.usage),
    ),
    *endpoints(
        "lists",
        "read",
        ("POST", "search", lists.search_lists),
        ("GET", "object-type-id/{type}/name/{name}", lists.read_list_named),
        ("GET", "records/{type}/{id}/memberships", lists.lists_of_record),
        ("POST", "records/memberships/batch/read", lists.lists_of_records),
        ("GET", "{list}/memberships/join-order", lists.read_members_by_time),
        ("GET", "{list}/memberships", lists.read_members),
        ("GET", "{list}", lists.read_list),
        ("GET", "", lists.read_lists),
    ),
    *endpoints(
        "lists",
        "write",
        ("PUT", "{list}/memberships/add-from/{source}", lists.copy_members),
        ("PUT", "{list}/memberships/add-and-remove", lists.move_members),
        ("PUT", "{list}/memberships/add", lists.add_members),
        ("PUT", "{list}/memberships/remove", lists.remove_members),
        ("DELETE", "{list}/memberships", lists.clear_members),
    ),
    *endpoints(
        "lists",
        "provision",
        ("PUT", "{list}/update-list-filters", lists.change_filters),
        ("PUT", "{list}/update-list-name", lists.rename_list),
        ("PUT", "{list}/restore", lists.restore_list),
        ("POST", "", lists.create_list),
        ("DELETE", "{list}", lists.delete_list),
    ),
    *endpoints(
        "imports",
        "read",
        ("GET", "{id}/errors", imports.read_errors),
        ("GET", "{id}", imports.read_import),
        ("GET", "", imports.list_imports),
    ),
    *endpoints(
        "imports",
        "write",
        ("POST", "{id}/cancel", imports.cancel_import),
        ("POST", "", imports.start_import),
    ),
    *endpoints(
        "marketing-events",
        "read",
        ("GET", "events/search", marketing_events.search_events),
        ("GET", "events/{event}", marketing_events.read_event),
        ("GET", "{event}/identifiers", marketing_events.identifiers),
        (
            "GET",
            "participations/contacts/{contact}/breakdown",
            marketing_events.contact_breakdown,
        ),
        ("GET", "participations/{object_id:int}/breakdown", marketing_events.breakdown),
        ("GET", "participations/{account}/{event}/breakdown", marketing_events.breakdown),
        ("GET", "participations/{object_id:int}", marketing_events.counters),
        ("GET", "participations/{account}/{event}", marketing_events.counters),
        ("GET", "{object_id:int}", marketing_events.read_event),
        ("GET", "", marketing_events.list_events),
    ),
    *endpoints(
        "marketing-events",
        "write",
        ("POST", "events/upsert", marketing_events.upsert_events),
        ("POST", "events/delete", marketing_events.delete_events),
        ("POST", "events", marketing_events.create_event),
        ("PUT", "events/{event}", marketing_events.replace_event),
        ("PATCH", "events/{event}", marketing_events.change_event),
        ("DELETE", "events/{event}", marketing_events.delete_event),
        ("POST", "events/{event}/cancel", marketing_events.cancel_event),
        ("POST", "events/{event}/complete", marketing_events.complete_event),
        ("POST", "attendance/{event}/{state}/create", marketing_events.attend),
        ("POST", "attendance/{event}/{state}/email-create", marketing_events.attend),
        ("POST", "{object_id:int}/attendance/{state}/create", marketing_events.attend),
        ("POST", "{object_id:int}/attendance/{state}/email-create", marketing_events.attend),
        ("POST", "batch/update", marketing_events.update_batch),
        ("POST", "batch/archive", marketing_events.archive_batch),
        ("PATCH", "{object_id:int}", marketing_events.change_event),
        ("DELETE", "{object_id:int}", marketing_events.delete_event),
    ),
    *endpoints(
        "event-definitions",
        "read",
        ("GET", "{event}", events.definition),
        ("GET", "", events.definitions),
    ),
    *endpoints(
        "event-definitions",
        "provision",
        ("POST", "", events.define),
        ("DELETE", "{event}", events.delete_definition),
    ),
    *endpoints(
        "events-send", "write", ("POST", "batch", events.send_batch), ("POST", "", events.send)
    ),
    *endpoints("event-occurrences", "read", ("GET", "", events.occurrences)),
    *endpoints(
        "communication-preferences",
        "read",
        ("GET", "definitions", preferences.definitions),
        ("POST", "statuses/batch/read", preferences.read_batch),
        ("GET", "statuses/{email}", preferences.read_statuses),
    ),
    *endpoints(
        "communication-preferences",
        "write",
        ("POST", "statuses/batch/write", preferences.write_batch),
        ("POST", "statuses/{email}/unsubscribe-all", preferences.unsubscribe_all),
        ("POST", "statuses/{email}", preferences.write_status),
    ),
)
