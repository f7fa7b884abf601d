"""What Prometheus is told; names of portals and codes, never of people."""

from __future__ import annotations

import os
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector

from stagedoor_service.application.health import gauges
from stagedoor_service.application.office import Office

CALLS = Counter("stagedoor_http_requests", "Calls answered.", ("method", "route", "status"))
SECONDS = Histogram("stagedoor_http_seconds", "Time until the answer.", ("method", "route"))
EVENTS = Counter("stagedoor_webhook_events", "Events that came in.", ("source", "outcome"))


class StoreCollector(Collector):
    """The numbers of the operational store, asked for at each scrape."""

    def __init__(self, office: Office) -> None:
        """Count in `office`'s store."""
        self._office = office

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Yield the families."""
        told = gauges(self._office)
        for name, text, labels, counts in (
            ("stagedoor_runs", "Runs on record.", ("portal", "status"), told.runs),
            ("stagedoor_dead_letters_open", "Open dead letters.", ("portal", "code"), told.letters),
            ("stagedoor_inbox", "Events kept.", ("portal", "source", "status"), told.events),
            ("stagedoor_connections", "Connections.", ("portal", "status"), told.connections),
        ):
            family = GaugeMetricFamily(name, text, labels=labels)
            for values, number in counts.items():
                family.add_metric(values, number)
            yield family


def exposition(office: Office) -> bytes:
    """Return the text of all metrics, of all processes of the service."""
    store = CollectorRegistry()
    store.register(StoreCollector(office))
    own: CollectorRegistry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        own = CollectorRegistry()
        MultiProcessCollector(own)  # type: ignore[no-untyped-call] # of prometheus_client
    return generate_latest(own) + generate_latest(store)
