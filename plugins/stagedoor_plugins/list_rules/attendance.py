"""Lists by what people came to.

As with the metrics: where anybody was scanned at an event, whoever was scanned came; otherwise
whoever held a valid ticket, once the event is over.
"""

from __future__ import annotations

from stagedoor.extension import ListRule, RuleParameter

_CAME = """
SELECT a.key, a.event_id, a.starts_at, a.ends_at, e.category, e.venue, e.city
FROM admissions a JOIN events e ON e.event_id = a.event_id
WHERE a.key IS NOT NULL
  AND CASE WHEN a.was_scanned THEN a.checked_in_at IS NOT NULL ELSE a.ends_at < $now END
"""
_EVENT_LABELS = """
SELECT event_id AS value,
    concat_ws(' · ', nullif(trim(name), ''), strftime(starts_at, '%Y-%m-%d')) AS label
FROM events
"""
_SINCE = RuleParameter(
    "since", "only what began on this day or later", "starts_at >= $value", "date", required=False
)


def _by(name: str, what: str, labels: str | None = None) -> RuleParameter:
    """Return a parameter that is compared with a column of its own name."""
    column = "event_id" if name == "event" else name
    return RuleParameter(name, what, f"{column} = $value", column=column, labels=labels)


RULES = (
    ListRule(
        "attended_event",
        "Came to one event.",
        _CAME,
        (_by("event", "the platform's number of the event", _EVENT_LABELS),),
    ),
    ListRule(
        "attended_category",
        "Came to an event of a category.",
        _CAME,
        (_by("category", "the category"), _SINCE),
    ),
    ListRule(
        "attended_venue",
        "Came to an event at a venue.",
        _CAME,
        (_by("venue", "name of the venue"), _SINCE),
    ),
    ListRule(
        "events_attended",
        "Came to so many different events.",
        f"SELECT key, count(DISTINCT event_id) AS events FROM ({_CAME}) GROUP BY key",
        (
            RuleParameter("from", "fewest events", "events >= $value", "number"),
            RuleParameter("to", "most events", "events <= $value", "number", required=False),
        ),
    ),
    ListRule(
        "missed_event",
        "Held a ticket for one event that was scanned and is over, and was not scanned.",
        "SELECT key, event_id FROM admissions WHERE key IS NOT NULL AND was_scanned "
        "AND ends_at < $now GROUP BY key, event_id HAVING count(checked_in_at) = 0",
        (_by("event", "the platform's number of the event", _EVENT_LABELS),),
    ),
    ListRule(
        "holds_ticket_for",
        "Holds a valid ticket for one event.",
        "SELECT key, event_id FROM admissions WHERE key IS NOT NULL",
        (_by("event", "the platform's number of the event", _EVENT_LABELS),),
    ),
)
