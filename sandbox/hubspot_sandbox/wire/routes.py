"""Which path goes where: each handler under the date-versioned path and its older twins.

https://developers.hubspot.com/docs/developer-tooling/platform/versioning
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from starlette.responses import Response

from hubspot_sandbox.wire import associations, batches, objects, properties, settings
from hubspot_sandbox.wire.calls import Call

Kind = Literal["read", "write", "provision"]
Handler = Callable[[Call], Response]


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
        if self.api == "account-info":
            yield f"/account-info/{{version:dated}}{rest}"
            yield f"/account-info/v3{rest}"
            return
        yield f"/crm/{self.api}/{{version:dated}}{rest}"
        older = ("v4", "v3") if self.api in ("associations", "objects") else ("v3",)
        yield from (f"/crm/{version}/{self.api}{rest}" for version in older)

    @property
    def name(self) -> str:
        """The operation as statistics and the call log name it."""
        return f"{self.method} {self.api}/{self.rest}".rstrip("/")


def _endpoints(api: str, kind: Kind, *rows: tuple[str, str, Handler]) -> list[Endpoint]:
    return [Endpoint(method, api, rest, handler, kind) for method, rest, handler in rows]


_PAIR = "{type}/{id}/associations/{to}/{to_id}"

ENDPOINTS: tuple[Endpoint, ...] = (
    *_endpoints(
        "objects",
        "read",
        ("POST", "{type}/batch/read", batches.read_batch),
        ("POST", "{type}/search", objects.search_records),
        ("GET", "{type}/{id}/associations/{to}", associations.list_of_record),
        ("GET", "{type}/{id}", objects.read_record),
        ("GET", "{type}", objects.list_records),
    ),
    *_endpoints(
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
    *_endpoints(
        "associations",
        "read",
        ("POST", "{from}/{to}/batch/read", associations.read_batch),
        ("GET", "{from}/{to}/labels", associations.list_labels),
    ),
    *_endpoints(
        "associations",
        "write",
        ("POST", "{from}/{to}/batch/create", associations.create_batch),
        ("POST", "{from}/{to}/batch/associate/default", associations.associate_default_batch),
        ("POST", "{from}/{to}/batch/archive", associations.archive_batch),
    ),
    *_endpoints(
        "properties",
        "read",
        ("GET", "{type}/groups", properties.list_groups),
        ("GET", "{type}/{name}", properties.read_property),
        ("GET", "{type}", properties.list_properties),
    ),
    *_endpoints(
        "properties",
        "provision",
        ("POST", "{type}/groups", properties.create_group),
        ("POST", "{type}/batch/create", properties.create_properties),
        ("POST", "{type}", properties.create_property),
        ("PATCH", "{type}/{name}", properties.change_property),
        ("DELETE", "{type}/{name}", properties.archive_property),
    ),
    *_endpoints(
        "pipelines",
        "read",
        ("GET", "{type}/{id}", settings.read_pipeline),
        ("GET", "{type}", settings.list_pipelines),
    ),
    *_endpoints(
        "pipelines",
        "provision",
        ("POST", "{type}", settings.create_pipeline),
        ("PUT", "{type}/{id}", settings.replace_pipeline),
        ("PATCH", "{type}/{id}", settings.replace_pipeline),
        ("DELETE", "{type}/{id}", settings.delete_pipeline),
    ),
    *_endpoints("owners", "read", ("GET", "{id}", settings.owner), ("GET", "", settings.owners)),
    *_endpoints("account-info", "read", ("GET", "details", settings.details)),
)
