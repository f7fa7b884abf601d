"""What handlers get: the portal, the request's body, and the object type in the path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.requests import Request

from hubspot_sandbox.model.types import ObjectType, UnknownType, resolve
from hubspot_sandbox.store.portal import PortalStore
from hubspot_sandbox.wire.errors import ApiError, invalid


@dataclass(frozen=True, slots=True)
class Call:
    """One API call, its body read."""

    request: Request
    portal: PortalStore
    raw: bytes

    @property
    def kind(self) -> ObjectType:
        """The object type that the path names."""
        return self.type_named("type")

    def type_named(self, part: str) -> ObjectType:
        """Return the object type in one part of the path.

        Raises:
            ApiError: HubSpot's 400 for a word that names none.
        """
        try:
            return resolve(self.request.path_params[part])
        except UnknownType as error:
            raise ApiError(400, str(error)) from None

    @property
    def body(self) -> dict[str, Any]:
        """The JSON object that was sent.

        Raises:
            ApiError: HubSpot's 400 for what is no JSON object.
        """
        try:
            content = msgspec.json.decode(self.raw or b"{}")
        except msgspec.DecodeError as error:
            raise ApiError(400, f"Invalid input JSON on line 1, column 1: {error}") from None
        if not isinstance(content, dict):
            raise ApiError(400, "Invalid input JSON: Cannot deserialize value from Array value")
        return content

    def inputs(self, limit: int) -> list[dict[str, Any]]:
        """Return the inputs of a batch of at most `limit`.

        Raises:
            ApiError: There are none, or too many.
        """
        inputs = self.body.get("inputs")
        if not isinstance(inputs, list) or not inputs:
            raise invalid("Some required fields were not set: [inputs]")
        if len(inputs) > limit:
            raise invalid(f"The maximum number of inputs supported in a batch request is {limit}")
        return inputs

    def query(self, name: str) -> str | None:
        """Return a query parameter."""
        return self.request.query_params.get(name)

    def flag(self, name: str) -> bool:
        """Return a query parameter that is true or false; HubSpot's Python client says `True`."""
        return (self.query(name) or "").lower() == "true"

    def names(self, name: str) -> list[str] | None:
        """Return a query parameter that lists names, repeated or with commas."""
        given = self.request.query_params.getlist(name)
        listed = [part for value in given for part in value.split(",") if part]
        return listed or None

    def number(self, text: Any) -> int:
        """Return a record id.

        Raises:
            ApiError: HubSpot's 404 for what is no id.
        """
        if not str(text).isdigit():
            raise ApiError(404, "resource not found")
        return int(text)
