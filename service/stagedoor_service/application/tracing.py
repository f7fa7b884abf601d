"""Spans for OpenTelemetry, where its extra is installed and `OTEL_…` says where to send them.

Otherwise nothing is measured, and nothing of it is loaded: `spans` is the only module that needs
it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from stagedoor.hubspot.calls import Observer

logger = logging.getLogger("stagedoor.service")

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


def is_wanted() -> bool:
    """Return whether the environment says where spans go."""
    off = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    off = off or os.environ.get("OTEL_TRACES_EXPORTER", "otlp") != "otlp"
    return not off and any(os.environ.get(name) for name in ENDPOINTS)


def _spans() -> Any | None:
    """Return the module `spans`; nothing where it is not wanted, or cannot be loaded."""
    try:
        return import_module("stagedoor_service.application.spans") if is_wanted() else None
    except ModuleNotFoundError:
        return None


@contextmanager
def tracing() -> Iterator[None]:
    """Send spans as long as the block lasts, if that is wanted; what is left is sent at its end."""
    spans = _spans()
    if spans is None:
        if is_wanted():
            logger.warning("OTEL_… is set, but the extra is missing: install `stagedoor[otel]`.")
        yield
        return
    with spans.sending():
        yield


@contextmanager
def span(
    name: str,
    attributes: Mapping[str, str | int] | None = None,
    *,
    carrier: Mapping[str, str] | None = None,
    serves: bool = False,
) -> Iterator[Any | None]:
    """Measure the block; gives the span, or nothing where none are wanted.

    `carrier` has the header `traceparent` of who asked; `serves` is for answers to calls.
    """
    spans = _spans()
    if spans is None:
        yield None
        return
    with spans.measured(name, attributes or {}, carrier or {}, serves=serves) as made:
        yield made


def carried() -> Mapping[str, str]:
    """Return the header `traceparent` of the span that goes on, for work that is done later."""
    spans = _spans()
    return spans.carried() if spans is not None else {}


def observers() -> Sequence[Observer]:
    """Return what makes a span of each call to HubSpot, below the span that goes on now."""
    spans = _spans()
    return (spans.call_observer(),) if spans is not None else ()
