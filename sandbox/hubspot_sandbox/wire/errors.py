"""HubSpot's error bodies.

https://developers.hubspot.com/docs/reference/api/other-resources/error-handling
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from starlette.responses import HTMLResponse, Response

from hubspot_sandbox.wire.answers import answer

NOT_FOUND_PAGE = "<!DOCTYPE html><html><head><title>404</title></head><body>Not found</body></html>"


class ApiError(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, message: str, category: str | None = None, **more: Any) -> None:
        """Keep status and envelope."""
        super().__init__(message)
        self.status = status
        self.body = {
            "status": "error",
            "message": message,
            "correlationId": str(uuid.uuid4()),
            **({"category": category} if category else {}),
            **more,
        }

    def response(self) -> Response:
        """Return the answer."""
        return answer(self.body, self.status)


def invalid(message: str, **more: Any) -> ApiError:
    """Return a 400 of category VALIDATION_ERROR."""
    return ApiError(400, message, "VALIDATION_ERROR", **more)


def invalid_values(problems: list[dict[str, Any]], portal_id: int) -> ApiError:
    """Return the 400 that lists each value which is not valid."""
    listed = [{**problem, "portalId": portal_id} for problem in problems]
    message = "Property values were not valid: " + json.dumps(listed, separators=(",", ":"))
    errors = [
        {
            "message": problem["message"],
            "code": problem["error"],
            "context": {"propertyName": [problem["name"]]},
        }
        for problem in problems
    ]
    return invalid(message, errors=errors)


def not_found() -> ApiError:
    """Return the 404 of a record."""
    return ApiError(404, "resource not found")


def no_such_page(status: int = 404) -> Response:
    """Return the answer of a path or method that HubSpot does not have: a page."""
    return HTMLResponse(NOT_FOUND_PAGE, status)


def conflict(kind: str, existing: int) -> ApiError:
    """Return the 409 that names the record which has a unique value."""
    return ApiError(409, f"{kind} already exists. Existing ID: {existing}", "CONFLICT")
