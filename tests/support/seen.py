"""What tap-hubspot says of a portal's objects, read by a hand of our own; and people who edit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from support.messages import lines
from support.project import Portal, Project

KEYS = {
    "merges": ["object_type", "merged_id"],
    "deletions": ["object_type", "id"],
}


@dataclass(frozen=True)
class Tap:
    """Reads a portal as tap-hubspot does."""

    portal: Portal
    properties: Sequence[str]
    object_type: str = "contacts"

    def read(self, ids: Iterable[str], *, times: bool = False) -> list[dict[str, Any]]:
        """Return the records of live objects."""
        wanted, records = list(ids), []
        for start in range(0, len(wanted), 50):
            body: dict[str, Any] = {
                "inputs": [{"id": i} for i in wanted[start : start + 50]],
                "properties": list(self.properties),
            }
            if times:
                body["propertiesWithHistory"] = list(self.properties)
            answer = self.portal.post(f"/crm/v3/objects/{self.object_type}/batch/read", body)
            answer.raise_for_status()
            records += [self._record(item) for item in answer.json()["results"]]
        return records

    def _record(self, item: Mapping[str, Any]) -> dict[str, Any]:
        held = item["properties"]
        record = {
            "id": item["id"],
            "created_at": item["createdAt"],
            "updated_at": item["updatedAt"],
            "archived": item["archived"],
            "archived_at": item.get("archivedAt"),
            "properties": {name: held.get(name) or None for name in self.properties},
        }
        if history := item.get("propertiesWithHistory"):
            record["property_times"] = {n: h[0]["timestamp"] for n, h in history.items() if h}
        return record

    def ids(self) -> list[str]:
        """Return the ids of all objects."""
        return [item["id"] for item in self.all()]

    def all(self) -> Iterator[dict[str, Any]]:
        """Yield all objects, as HubSpot lists them."""
        after = ""
        while True:
            names = ",".join(self.properties)
            query = f"?limit=100&properties={names}{after}"
            told: Any = self.portal.get(f"/crm/v3/objects/{self.object_type}{query}")
            yield from told["results"]
            following = told.get("paging", {}).get("next")
            if following is None:
                return
            after = f"&after={following['after']}"

    def id_of(self, **properties: str) -> str:
        """Return the id of the one object that holds these values."""
        (found,) = [
            item["id"]
            for item in self.all()
            if all(item["properties"].get(n) == v for n, v in properties.items())
        ]
        return str(found)

    def held(self, hubspot_id: str) -> dict[str, Any]:
        """Return what an object holds."""
        (record,) = self.read([hubspot_id])
        found: dict[str, Any] = record["properties"]
        return found

    def edit(self, edits: Mapping[str, Mapping[str, str]]) -> None:
        """Edit objects by HubSpot's API, 100 a call."""
        inputs = [{"id": i, "properties": dict(p)} for i, p in edits.items()]
        for start in range(0, len(inputs), 100):
            path = f"/crm/v3/objects/{self.object_type}/batch/update"
            self.portal.post(path, {"inputs": inputs[start : start + 100]}).raise_for_status()

    def messages(self, records: Sequence[Mapping[str, Any]]) -> str:
        """Return the Singer messages of records of the object type."""
        return messages(self.object_type, records, ["id"])


def messages(stream: str, records: Sequence[Mapping[str, Any]], keys: Sequence[str] = ()) -> str:
    """Return the Singer messages of records."""
    schema = {
        "type": "SCHEMA",
        "stream": stream,
        "schema": {"type": "object", "properties": {}, "additionalProperties": True},
        "key_properties": list(keys or KEYS[stream]),
    }
    told = [{"type": "RECORD", "stream": stream, "record": record} for record in records]
    state = {"type": "STATE", "value": {"bookmarks": {stream: {"at": len(records)}}}}
    return lines(*(json.dumps(message) for message in (schema, *told, state)))


def inbound(project: Project, text: str, *, check: bool = True) -> str:
    """Give messages to target-platform; return what it said."""
    done = project.run("target-platform", "--config", "ENV", stdin=text, check=check)
    print(done.stderr)
    return done.stderr
