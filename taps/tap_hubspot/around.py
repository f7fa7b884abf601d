"""Streams of what stands around the objects: people, pipelines, lists, consent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stagedoor.engine.batches import chunks
from stagedoor.errors import Forbidden, Reject
from stagedoor.hubspot.reading import Item
from stagedoor.hubspot.records import TIME, Record, Schema
from tap_hubspot.portal_tap import PortalTap
from tap_hubspot.relations import KEY, TEXT, schema_of
from tap_hubspot.streams import PortalStream

BOOLEAN: Schema = {"type": ["boolean", "null"]}
INTEGER: Schema = {"type": ["integer", "null"]}
_ADDRESSES = 100
"""Addresses whose subscriptions one call reads."""


class Owners(PortalStream):
    """The people of the portal."""

    rank = 3

    def __init__(self, tap: PortalTap) -> None:
        """Read them all, those who left included."""
        schema = schema_of(
            id=KEY,
            email=TEXT,
            type=TEXT,
            first_name=TEXT,
            last_name=TEXT,
            user_id=INTEGER,
            teams={"type": ["array", "null"], "items": {"type": "object"}},
            archived=BOOLEAN,
            created_at=TIME,
            updated_at=TIME,
        )
        super().__init__(tap, "owners", schema, ("id",))

    def get_records(self, context: Mapping[str, Any] | None) -> Iterator[Record]:
        """Yield owners; `hubspot_owner_id` of an object is an owner's `id`."""
        del context
        for owner in self.hubspot.portal.reading.owners():
            yield {
                "id": str(owner["id"]),
                "email": owner.get("email"),
                "type": owner.get("type"),
                "first_name": owner.get("firstName"),
                "last_name": owner.get("lastName"),
                "user_id": owner.get("userId") or owner.get("userIdIncludingInactive"),
                "teams": owner.get("teams") or [],
                "archived": bool(owner.get("archived")),
                "created_at": owner.get("createdAt"),
                "updated_at": owner.get("updatedAt"),
            }


class Pipelines(PortalStream):
    """The pipelines of deals, tickets and custom objects."""

    rank = 3

    def __init__(self, tap: PortalTap) -> None:
        """Read them all."""
        schema = schema_of(
            object_type=KEY,
            id=KEY,
            label=TEXT,
            display_order=INTEGER,
            archived=BOOLEAN,
            created_at=TIME,
            updated_at=TIME,
        )
        super().__init__(tap, "pipelines", schema, ("object_type", "id"))

    def get_records(self, context: Mapping[str, Any] | None) -> Iterator[Record]:
        """Yield pipelines."""
        del context
        for object_type, pipeline in self.hubspot.pipelines():
            yield {
                "object_type": object_type,
                "id": str(pipeline["id"]),
                **_dated(pipeline),
            }


class PipelineStages(PortalStream):
    """The stages of pipelines."""

    rank = 3

    def __init__(self, tap: PortalTap) -> None:
        """Read them all."""
        schema = schema_of(
            object_type=KEY,
            pipeline_id=KEY,
            id=KEY,
            label=TEXT,
            display_order=INTEGER,
            is_closed=BOOLEAN,
            probability={"type": ["number", "null"]},
            ticket_state=TEXT,
            archived=BOOLEAN,
            created_at=TIME,
            updated_at=TIME,
        )
        super().__init__(tap, "pipeline_stages", schema, ("object_type", "pipeline_id", "id"))

    def get_records(self, context: Mapping[str, Any] | None) -> Iterator[Record]:
        """Yield stages."""
        del context
        for object_type, pipeline in self.hubspot.pipelines():
            for stage in pipeline.get("stages") or ():
                told = stage.get("metadata") or {}
                probability = told.get("probability")
                yield {
                    "object_type": object_type,
                    "pipeline_id": str(pipeline["id"]),
                    "id": str(stage["id"]),
                    **_dated(stage),
                    "is_closed": str(told.get("isClosed", "false")).lower() == "true",
                    "probability": float(probability) if probability else None,
                    "ticket_state": told.get("ticketState"),
                }


def _dated(item: Item) -> Record:
    return {
        "label": item.get("label"),
        "display_order": item.get("displayOrder"),
        "archived": bool(item.get("archived")),
        "created_at": item.get("createdAt"),
        "updated_at": item.get("updatedAt"),
    }


class Lists(PortalStream):
    """The lists of all object types."""

    rank = 3

    def __init__(self, tap: PortalTap) -> None:
        """Read them all."""
        schema = schema_of(
            id=KEY,
            name=TEXT,
            object_type=TEXT,
            processing_type=TEXT,
            size=INTEGER,
            created_at=TIME,
            updated_at=TIME,
        )
        super().__init__(tap, "lists", schema, ("id",))

    def get_records(self, context: Mapping[str, Any] | None) -> Iterator[Record]:
        """Yield lists."""
        del context
        names = self.hubspot.type_names
        for one in self.hubspot.portal.reading.lists():
            type_id = str(one.get("objectTypeId"))
            size = one.get("size", (one.get("additionalProperties") or {}).get("hs_list_size"))
            yield {
                "id": str(one["listId"]),
                "name": one.get("name"),
                "object_type": names.get(type_id, type_id),
                "processing_type": one.get("processingType"),
                "size": None if size is None else int(size),
                "created_at": one.get("createdAt"),
                "updated_at": one.get("updatedAt"),
            }


class ListMemberships(PortalStream):
    """Who is on which list; one call a list at least, so it has to be selected."""

    rank = 3
    selected_by_default = False

    def __init__(self, tap: PortalTap) -> None:
        """Read them all."""
        schema = schema_of(list_id=KEY, object_type=TEXT, object_id=KEY, added_at=TIME)
        super().__init__(tap, "list_memberships", schema, ("list_id", "object_id"))

    def get_records(self, context: Mapping[str, Any] | None) -> Iterator[Record]:
        """Yield memberships."""
        del context
        names, reading = self.hubspot.type_names, self.hubspot.portal.reading
        for one in reading.lists():
            type_id = str(one.get("objectTypeId"))
            for member in reading.members(str(one["listId"])):
                yield {
                    "list_id": str(one["listId"]),
                    "object_type": names.get(type_id, type_id),
                    "object_id": str(member["recordId"]),
                    "added_at": member.get("membershipTimestamp"),
                }


class SubscriptionStatuses(PortalStream):
    """Who wants which kind of mail; of contacts that changed, so it has to be selected."""

    rank = 3
    selected_by_default = False

    def __init__(self, tap: PortalTap) -> None:
        """Read them by address."""
        schema = schema_of(
            contact_id=KEY,
            email=KEY,
            subscription_id=KEY,
            subscription_name=TEXT,
            status=TEXT,
            source=TEXT,
            legal_basis=TEXT,
            legal_basis_explanation=TEXT,
            set_at=TIME,
        )
        super().__init__(tap, "subscription_statuses", schema, ("email", "subscription_id"))
        self._at_once = True

    def get_records(self, context: Mapping[str, Any] | None) -> Iterator[Record]:
        """Yield the statuses of contacts that changed, or of which hints tell."""
        del context
        if self.hubspot.polls:
            for page in self.poll.pages("contacts", ("email",), together=_ADDRESSES):
                yield from self._of(page.items)
        hinted = self.hubspot.hints.of("contacts")
        if hinted:
            for items in self.hubspot.portal.reading.live("contacts", hinted.changed, ("email",)):
                yield from self._of(items)

    def _of(self, contacts: list[Item]) -> Iterator[Record]:
        by_address = {
            str(contact["properties"]["email"]).lower(): str(contact["id"])
            for contact in contacts
            if contact["properties"].get("email")
        }
        for chunk in chunks(by_address, _ADDRESSES):
            for status in self._read(chunk):
                address = str(status.get("subscriberIdString", "")).lower()
                if address in by_address:
                    yield _status(by_address[address], address, status)

    def _read(self, addresses: tuple[str, ...]) -> Iterator[Item]:
        """Yield statuses; without Marketing Hub Enterprise each address is a call."""
        reading = self.hubspot.portal.reading
        if self._at_once:
            try:
                yield from reading.statuses(addresses)
            except (Forbidden, Reject):
                self._at_once = False
                self.logger.info("Subscriptions are read one address a call: see docs/inbound.md.")
            else:
                return
        for address in addresses:
            yield from reading.statuses_of(address)


def _status(contact_id: str, address: str, status: Item) -> Record:
    return {
        "contact_id": contact_id,
        "email": address,
        "subscription_id": str(status.get("subscriptionId")),
        "subscription_name": status.get("subscriptionName"),
        "status": status.get("status"),
        "source": status.get("source"),
        "legal_basis": status.get("legalBasis"),
        "legal_basis_explanation": status.get("legalBasisExplanation"),
        "set_at": status.get("timestamp"),
    }
