"""What a portal does where HubSpot's answer is not known, or differs from portal to portal.

Each field is one open question: its default is the answer chosen here, the others are there so
that a client can prove that it lives with either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args, get_type_hints


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a portal behaves; change it with `POST /_sandbox/behaviour`."""

    index_delay_ms: int = 0
    """How long a write takes to reach the search index; HubSpot's takes seconds."""
    post_create_bump_ms: int = 0
    """How long after its creation a record's modified date moves by itself; 0 is never."""
    conflict: Literal["batch", "row"] = "batch"
    """Whether a taken address fails the whole batch (409) or, with trace ids, its row (207)."""
    trace_ids: Literal["echoed", "errors_only"] = "echoed"
    """Whether results carry `objectWriteTraceId`, or errors alone."""
    cleared: Literal["empty", "null"] = "empty"
    """How a cleared property reads."""
    merged_id: Literal["new", "primary"] = "new"
    """Whether a merged record gets a new id or keeps the primary's."""
    no_associations: Literal["omitted", "error"] = "omitted"
    """What a batch read of associations says of a record that has none."""
    emails: Literal["lowered", "kept"] = "lowered"
    """Whether addresses are stored in lower case or as they were sent."""
    event_for_unknown_email: Literal["creates", "refused"] = "creates"
    """What a custom event for an unknown address does."""
    refreshed: Literal["kept", "rotated"] = "kept"
    """Whether a refresh answers with the same refresh token or a new one."""
    pipeline_ids: Literal["asked", "own"] = "asked"
    """Whether a new pipeline or stage gets the id that was asked for, or one of HubSpot's."""

    def changed(self, given: Mapping[str, Any]) -> Behaviour:
        """Return this behaviour with some answers changed.

        Raises:
            ValueError: Naming what is no question, or no answer to one.
        """
        hints = get_type_hints(Behaviour)
        for name, value in given.items():
            if name not in hints:
                known = ", ".join(field.name for field in fields(self))
                raise ValueError(f"no behaviour is called {name}; there are {known}")
            choices = get_args(hints[name])
            if choices and value not in choices:
                raise ValueError(f"{name} is one of {', '.join(choices)}")
            if not choices and (not isinstance(value, int) or value < 0):
                raise ValueError(f"{name} is a number of milliseconds")
        return replace(self, **given)
