"""The error tree, sorted by what to do next.

    StagedoorError
    ├── Misconfigured     a person must change a setting; nothing was written      exit 2
    │   └── Forbidden     the token lacks a scope, or the account a feature        exit 2
    ├── Unavailable       the portal or the platform cannot be reached; run again  exit 3
    ├── Busy              another process holds the portal; wait or stop it        exit 4
    ├── Refused           the plan is larger than `max_changes` allows             exit 5
    ├── Moved             what a saved plan stands on has changed; plan again      exit 7
    ├── Incomplete        the tap ended early; nothing was pushed; run again       exit 6
    ├── Retry             the same call may succeed later (caught by the client)
    └── Reject            HubSpot refused one object (becomes a dead letter)

Every message says what happened, to which object, and what to do next.
"""

from __future__ import annotations

from typing import ClassVar


class StagedoorError(Exception):
    """Base of all errors that Stagedoor raises on purpose."""

    exit_code: ClassVar[int] = 1
    code: ClassVar[str] = "STAGEDOOR"


class Misconfigured(StagedoorError):
    """A setting, plugin or mapping is wrong; the run stops before its first write."""

    exit_code = 2
    code = "MISCONFIGURED"


class Forbidden(Misconfigured):
    """The token lacks a scope, or the HubSpot account the feature that it opens."""

    code = "FORBIDDEN"


class Unavailable(StagedoorError):
    """The portal or the platform did not answer in time; what is pending stays pending."""

    exit_code = 3
    code = "UNAVAILABLE"


class Busy(StagedoorError):
    """Another process holds the lease on this portal."""

    exit_code = 4
    code = "BUSY"


class Refused(StagedoorError):
    """The plan changes more of what is there than `max_changes` or `max_removals` allows."""

    exit_code = 5
    code = "TOO_MANY_CHANGES"


class Incomplete(StagedoorError):
    """The input ended before the tap said that it was whole; nothing was pushed."""

    exit_code = 6
    code = "INCOMPLETE_INPUT"


class Moved(StagedoorError):
    """What a saved plan depended on has changed; nothing was written; plan again."""

    exit_code = 7
    code = "PLAN_MOVED"


class Retry(StagedoorError):
    """The call may succeed when repeated after `after` seconds."""

    code = "RETRY"

    def __init__(self, message: str, *, after: float) -> None:
        """Keep how long to wait, in seconds."""
        super().__init__(message)
        self.after = after


class Reject(StagedoorError):
    """HubSpot refused this call for what it contains; repeating it would not help."""

    code = "REJECT"

    def __init__(
        self,
        message: str,
        *,
        status: int,
        category: str | None = None,
        correlation_id: str | None = None,
    ) -> None:
        """Keep HubSpot's own words for the dead letter."""
        super().__init__(message)
        self.status = status
        self.category = category
        self.correlation_id = correlation_id
