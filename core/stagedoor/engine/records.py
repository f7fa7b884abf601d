"""Judges records by their stream's schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from stagedoor.errors import Misconfigured


class RecordCheck:
    """Checks the records of one stream."""

    def __init__(self, stream: str, schema: Mapping[str, Any]) -> None:
        """Compile the schema.

        Raises:
            Misconfigured: The tap sent a schema that is not a JSON schema.
        """
        try:
            self._validator = jsonschema_rs.validator_for(dict(schema))
        except (jsonschema_rs.ValidationError, ValueError) as error:
            raise Misconfigured(
                f"The schema of stream {stream!r} is not a valid JSON schema: {error}. "
                "Mend it in the tap."
            ) from error

    def problem(self, record: dict[str, Any]) -> tuple[str, str] | None:
        """Return the name of the first bad field and what is wrong with it."""
        if self._validator.is_valid(record):
            return None
        error = next(iter(self._validator.iter_errors(record)))
        field = str(error.instance_path[0]) if error.instance_path else "(record)"
        return field, error.message
