"""Single records of one portal: found, made or changed while somebody waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from stagedoor.errors import Reject
from stagedoor.hubspot import record_requests as requests
from stagedoor.hubspot.outcomes import normal
from stagedoor.hubspot.requests import Paths, Request
from stagedoor.hubspot.responses import existing_id

Call: TypeAlias = Callable[[Request], dict[str, Any]]
Record: TypeAlias = dict[str, Any]
"""A record as HubSpot answers it."""


@dataclass(frozen=True, slots=True)
class Association:
    """A record that another one is to be associated with."""

    object_type: str
    record_id: str


@dataclass(frozen=True, slots=True)
class Written:
    """A record that was made or changed."""

    record: Record
    is_new: bool


class SingleRecords:
    """The records of one portal."""

    def __init__(self, call: Call, paths: Paths) -> None:
        """Send by `call`, which raises `Reject` where HubSpot refuses."""
        self._call = call
        self._paths = paths

    def search(self, object_type: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return a page of records that fit, as HubSpot answers it.

        Raises:
            Reject: HubSpot does not take the search.
        """
        return self._call(requests.search(self._paths, object_type, body))

    def read(
        self,
        object_type: str,
        record_id: str,
        *,
        id_property: str | None = None,
        properties: Sequence[str] = (),
    ) -> Record | None:
        """Return one record, or nothing where there is none."""
        request = requests.read(
            self._paths, object_type, record_id, id_property=id_property, properties=properties
        )
        try:
            return self._call(request)
        except Reject as error:
            if error.status == 404:
                return None
            raise

    def write(
        self,
        object_type: str,
        properties: Mapping[str, str],
        *,
        found_by: str | None = None,
        associations: Sequence[Association] = (),
    ) -> Written:
        """Change the record that has the value of `found_by`, or make one; then associate it.

        A contact that was made a moment ago is not in the search yet, and one with the address
        as a secondary one is not found by it: HubSpot then names the record that has the value,
        and that one is changed.

        Raises:
            Reject: HubSpot refuses it.
        """
        value = properties.get(found_by) if found_by else None
        known = self._find(object_type, found_by, value) if found_by and value else None
        written = self._write(object_type, properties, known)
        for association in associations:
            self._call(
                requests.associate_default(
                    self._paths,
                    object_type,
                    str(written.record["id"]),
                    association.object_type,
                    association.record_id,
                )
            )
        return written

    def _write(self, object_type: str, properties: Mapping[str, str], known: str | None) -> Written:
        if known is None:
            try:
                made = self._call(requests.create(self._paths, object_type, properties))
            except Reject as error:
                known = existing_id(str(error))
                if known is None:
                    raise
            else:
                return Written(made, is_new=True)
        changed = self._call(requests.update(self._paths, object_type, known, properties))
        return Written(changed, is_new=False)

    def _find(self, object_type: str, name: str, value: str) -> str | None:
        """Return the id of the record with a value; contacts by their secondary addresses too."""
        groups = [[{"propertyName": name, "operator": "EQ", "value": normal(value)}]]
        if (object_type, name) == ("contacts", "email"):
            more = {"propertyName": "hs_additional_emails", "operator": "CONTAINS_TOKEN"}
            groups.append([{**more, "value": normal(value)}])
        body = {"filterGroups": [{"filters": g} for g in groups], "properties": [name], "limit": 1}
        results = self.search(object_type, body).get("results") or []
        return str(results[0]["id"]) if results else None
