"""What an answer of pretix's API means for the one who asked.

https://docs.pretix.eu/dev/api/fundamentals.html
"""

from __future__ import annotations

from stagedoor.errors import Misconfigured, Retry

JSON = "application/json"
LONGEST_WAIT = 300.0


def judge(
    status: int,
    content_type: str,
    retry_after: str | None,
    *,
    where: str,
    attempt: int = 0,
    expected: str = JSON,
) -> None:
    """Return when the answer can be read.

    Raises:
        Retry: The same call may succeed later. That includes pages in place of data: a proxy's
            error page, and pretix's own 500.
        Misconfigured: A person must change a setting.
    """
    if 200 <= status < 300 and content_type.startswith(expected):
        return
    if status in (409, 429) or status >= 500 or 200 <= status < 300:
        what = f"{status} {content_type.partition(';')[0]}".strip()
        raise Retry(f"{where} was answered with {what}", after=wait(retry_after, attempt))
    raise Misconfigured(f"pretix refused {where} ({status}). {_advice(status)}")


def wait(retry_after: str | None, attempt: int) -> float:
    """Return how many seconds to wait: what the answer asks for, else longer each time."""
    try:
        return min(max(float(retry_after or ""), 0.0), LONGEST_WAIT)
    except ValueError:
        return float(min(2.0**attempt, 60.0))


def _advice(status: int) -> str:
    match status:
        case 401:
            return (
                "The token is not valid: make one for a team of the organizer, set `pretix.token`."
            )
        case 403:
            return (
                "The token's team may not see this, or it does not exist: check "
                "`pretix.organizer`, and that the team may view orders, vouchers and customers."
            )
        case 404:
            return "There is no such thing: check `pretix.url` and `pretix.organizer`."
        case _ if 300 <= status < 400:
            return "It lives at another address: set `pretix.url` to the one that a browser shows."
        case _:
            return "Stagedoor and this pretix do not understand each other; please report it."
