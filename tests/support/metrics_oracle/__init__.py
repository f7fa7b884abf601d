"""Metrics, a second opinion in plain Python over plain rows.

Nothing of Stagedoor is imported: this follows docs/metrics.md.
"""

from support.metrics_oracle.companies import company_metrics
from support.metrics_oracle.events import event_metrics
from support.metrics_oracle.orders import order_metrics
from support.metrics_oracle.people import consent, person_metrics
from support.metrics_oracle.platform import (
    PAID,
    Person,
    Platform,
    Row,
    Rules,
    from_sqlite,
    in_moments,
    rounded,
)

__all__ = [
    "PAID",
    "Person",
    "Platform",
    "Row",
    "Rules",
    "company_metrics",
    "consent",
    "event_metrics",
    "from_sqlite",
    "in_moments",
    "order_metrics",
    "person_metrics",
    "rounded",
]
