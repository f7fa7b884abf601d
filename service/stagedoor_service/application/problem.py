"""What goes wrong while a call is answered, by code; routes make RFC 9457 problem details of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stagedoor.errors import Reject, StagedoorError
from stagedoor.explanations import EXPLANATIONS


class Problem(Exception):
    """An answer that is not the one that was asked for."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        errors: Sequence[Mapping[str, Any]] = (),
        more: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Explain by one of the codes in `explanations`; `detail` has nothing personal in it."""
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.errors = tuple(errors)
        self.more = dict(more or {})
        self.headers = dict(headers or {})

    @property
    def status(self) -> int:
        """The HTTP status."""
        return EXPLANATIONS[self.code].status or 500

    @property
    def title(self) -> str:
        """What the code means."""
        return EXPLANATIONS[self.code].what

    def body(self) -> dict[str, Any]:
        """Return the problem details.

        https://www.rfc-editor.org/rfc/rfc9457
        """
        told: dict[str, Any] = {
            "type": f"/errors/{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            **self.more,
        }
        return told | ({"errors": list(self.errors)} if self.errors else {})


def problem_of(error: StagedoorError) -> Problem:
    """Return how an error of the engine is told to who called."""
    if isinstance(error, Reject):
        more: dict[str, object] = {"hubspot_status": error.status}
        for name, value in (("category", error.category), ("correlation_id", error.correlation_id)):
            if value is not None:
                more[f"hubspot_{name}"] = value
        return Problem(error.code, str(error), more=more)
    headers = {"Retry-After": "30"} if error.code in ("UNAVAILABLE", "RETRY", "BUSY") else {}
    return Problem(error.code, str(error), headers=headers)
