"""What handlers get: the portal, the request's body, and the object type in the path."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
from starlette.datastructures import FormData
from starlette.requests import Request

from hubspot_sandbox.model.types import ObjectType, UnknownType
from hubspot_sandbox.model.values import record_id
from hubspot_sandbox.sandbox import Sandbox
from hubspot_sandbox.store.accounts import Grant
from hubspot_sandbox.store.portal import PortalStore
from hubspot_sandbox.wire.errors import ApiError, invalid


@dataclass(frozen=True, slots=True)
class Call:
    """One API call, its body read."""

    request: Request
    portal: PortalStore
    raw: bytes
    sandbox: Sandbox
    grant: Grant
    form: FormData = field(default_factory=FormData)
    """What was sent as a form."""

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
            return self.portal.types.resolve(self.request.path_params[part])
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

    @property
    def listed(self) -> list[Any]:
        """The JSON array that was sent.

        Raises:
            ApiError: HubSpot's 400 for what is no JSON array.
        """
        try:
            content = msgspec.json.decode(self.raw or b"[]")
        except msgspec.DecodeError as error:
            raise ApiError(400, f"Invalid input JSON on line 1, column 1: {error}") from None
        if not isinstance(content, list):
            raise ApiError(400, "Invalid input JSON: Cannot deserialize value from Object value")
        return content

    @property
    def is_dated(self) -> bool:
        """Whether the path is one of the date-versioned ones."""
        return "version" in self.request.path_params

    @property
    def validates(self) -> bool:
        """Whether the version enforces what an administrator requires: since 2026-09."""
        return str(self.request.path_params.get("version", "")) >= "2026-09"

    def part(self, name: str) -> str:
        """Return a part of the path."""
        return str(self.request.path_params[name])

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
        number = record_id(text)
        if number is None:
            raise ApiError(404, "resource not found")
        return number
