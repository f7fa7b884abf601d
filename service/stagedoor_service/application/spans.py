"""Makes and sends spans; needs the extra `otel`, so that only `tracing` loads it.

Attributes are names, numbers and codes. Ready-made instrumentations, FastAPI's own among them,
write whole addresses, and those hold what people search for, and the codes of consents. So the
provider is not set for all.
https://opentelemetry.io/docs/specs/semconv/http/http-spans/
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagate import extract, inject
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import NoOpTracer, Span, SpanKind, StatusCode, Tracer

from stagedoor.errors import StagedoorError
from stagedoor.hubspot.calls import Call

NAME = "stagedoor"

_providers: list[TracerProvider] = []
"""The one that sends, while one does. Ours alone: libraries find what is set for all."""


@contextmanager
def sending() -> Iterator[None]:
    """Send spans as long as the block lasts, and what is left at its end."""
    named = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": NAME}
    provider = TracerProvider(resource=Resource.create(named))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _providers.append(provider)
    try:
        yield
    finally:
        _providers.remove(provider)
        provider.shutdown()


def _tracer() -> Tracer:
    return _providers[-1].get_tracer(NAME) if _providers else NoOpTracer()


@contextmanager
def measured(
    name: str, attributes: Mapping[str, str | int], carrier: Mapping[str, str], *, serves: bool
) -> Iterator[Span]:
    """Measure the block; of an error that leaves it only the code is kept."""
    with _tracer().start_as_current_span(
        name,
        context=extract(carrier) if carrier else None,
        kind=SpanKind.SERVER if serves else SpanKind.INTERNAL,
        attributes=dict(attributes),
        record_exception=False,
        set_status_on_exception=False,
    ) as made:
        try:
            yield made
        except BaseException as error:
            code = error.code if isinstance(error, StagedoorError) else type(error).__name__
            _failed(made, code)
            raise


def carried() -> dict[str, str]:
    """Return the header `traceparent` of the span that goes on."""
    headers: dict[str, str] = {}
    inject(headers)
    return {name: value for name, value in headers.items() if name == "traceparent"}


def call_observer() -> Callable[[Call], None]:
    """Return what makes a span of each call, below the span that goes on now."""
    around = context.get_current()  # threads that call do not know of it
    tracer = _tracer()

    def observe(call: Call) -> None:
        inside = trace.get_current_span().get_span_context().is_valid
        ended = time.time_ns()
        made = tracer.start_span(
            f"{call.method} {call.route}",
            context=None if inside else around,
            kind=SpanKind.CLIENT,
            start_time=ended - int(call.ms * 1e6),
            attributes=_of_call(call),
        )
        if not call.result.startswith(("2", "3")):
            _failed(made, call.result)
        made.end(end_time=ended)

    return observe


def _failed(span: Span, code: str) -> None:
    span.set_attribute("error.type", code)
    span.set_status(StatusCode.ERROR)


def _of_call(call: Call) -> dict[str, str | int]:
    told: dict[str, str | int] = {
        "http.request.method": call.method,
        "url.template": call.route,
        "http.request.body.size": call.sent,
        "http.response.body.size": call.received,
    }
    if call.result.isdigit():
        told["http.response.status_code"] = int(call.result)
    if call.attempt > 1:
        told["http.request.resend_count"] = call.attempt - 1
    if call.correlation_id:
        told["hubspot.correlation_id"] = call.correlation_id
    return told
