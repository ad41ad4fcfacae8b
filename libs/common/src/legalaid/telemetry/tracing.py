"""Traces: spans of OpenTelemetry, or nothing at all where no collector is set.

A batch is one span with links to the contexts of its events; only an event of a recorded trace has spans of its own
(for every event they would triple the CPU that it costs). The message of an exception never becomes part of a span: it
may quote what a person said.
"""

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

import structlog
from opentelemetry import trace
from opentelemetry.trace import INVALID_SPAN, Link, Span, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from legalaid.settings import TelemetrySettings

log = structlog.get_logger()

REQUEST_ID: Final = "legalaid.request_id"
"""The attribute by which the trace of a request, or of a call, is found."""
_TRACEPARENT = re.compile(r"^00-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})$")
_tracer: trace.Tracer | None = None
_off: AbstractContextManager[Span] = nullcontext(INVALID_SPAN)
_plain_trace_id: ContextVar[str | None] = ContextVar("plain_trace_id", default=None)
"""The trace id of a request in a process that makes no spans: its logs and its errors can still be matched."""

Attributes = Mapping[str, str | int | float | bool]


def start(service: str, settings: TelemetrySettings, *, version: str) -> None:
    """Make spans from now on and send them to the collector of the settings."""
    # the SDK and its exporter are heavy, and most processes of a small installation make no spans
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - see above
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    from opentelemetry.sdk.trace.sampling import ParentBased  # noqa: PLC0415

    from legalaid.telemetry.sampling import LinkedRatio  # noqa: PLC0415

    resource = Resource.create({"service.name": service, "service.namespace": "legalaid", "service.version": version})
    provider = TracerProvider(resource=resource, sampler=ParentBased(LinkedRatio(settings.trace_ratio)))
    exporter = OTLPSpanExporter(endpoint=f"{settings.otlp_endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    use(provider)


def use(provider: trace.TracerProvider | None) -> None:
    """Make spans with ``provider``, or none at all."""
    global _tracer  # noqa: PLW0603 - one tracer for the process
    _tracer = provider.get_tracer("legalaid") if provider else None


def is_on() -> bool:
    """Whether spans are made."""
    return _tracer is not None


def traceparent() -> str | None:
    """The current span as W3C trace context, for an event or a call; None where nothing is recorded."""
    return _traceparent_of(trace.get_current_span())


def _traceparent_of(span: Span) -> str | None:
    context = span.get_span_context()
    if _tracer is None or not context.is_valid or not context.trace_flags.sampled:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-01"


def is_recorded(traceparent: str | None) -> bool:
    """Whether this context belongs to a trace that is recorded, here too."""
    if _tracer is None or traceparent is None:
        return False
    context = _context(traceparent)
    return context is not None and context.trace_flags.sampled


def exemplar() -> dict[str, str] | None:
    """What joins a measured value to the trace of the current span, if that is recorded."""
    return exemplar_of(traceparent())


def exemplar_of(text: str | None) -> dict[str, str] | None:
    """What joins a measured value to the trace of this ``traceparent``, if that is recorded."""
    return {"trace_id": text.split("-")[1]} if text and is_recorded(text) else None


def about(request_id: str, *, step: str) -> None:
    """Say which request or call the current span is about, if it is recorded, so that its trace is found by that id.

    The trace store finds it by the attribute, the log by a line; ``step`` is a short word for what is done.
    """
    span = trace.get_current_span()
    if span.is_recording():
        span.set_attribute(REQUEST_ID, request_id)
        _log_step(step, request_id, span)


def ids() -> tuple[str | None, str | None]:
    """Trace id and span id of now, for a log line or an error body."""
    if _tracer is not None:
        context = trace.get_current_span().get_span_context()
        if context.is_valid:
            return f"{context.trace_id:032x}", f"{context.span_id:016x}"
    return _plain_trace_id.get(), None


def begin_plain(parent: str | None) -> None:
    """Give the current task a trace id without a span: the caller's, or a new one."""
    match = _TRACEPARENT.match(parent) if parent else None
    _plain_trace_id.set(match["trace"] if match else secrets.token_hex(16))


def span(
    name: str,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    parent: str | None = None,
    links: Sequence[str | None] = (),
    attributes: Attributes | None = None,
) -> AbstractContextManager[Span]:
    """A span around the block; ``parent`` and ``links`` are ``traceparent`` texts, bad ones are passed over.

    Without a parent it belongs to the current span. An exception marks it with its class name and goes on.
    """
    if _tracer is None:
        return _off
    return _recorded(_tracer, name, kind, parent, links, attributes)


def onward(name: str, traceparent: str | None, *, kind: SpanKind) -> AbstractContextManager[Span]:
    """A span around the block in the trace of ``traceparent``, if that is recorded; else none at all."""
    return span(name, kind=kind, parent=traceparent) if is_recorded(traceparent) else _off


@contextmanager
def _recorded(
    tracer: trace.Tracer,
    name: str,
    kind: SpanKind,
    parent: str | None,
    links: Sequence[str | None],
    attributes: Attributes | None,
) -> Iterator[Span]:
    above = _context(parent)
    with tracer.start_as_current_span(
        name,
        context=trace.set_span_in_context(trace.NonRecordingSpan(above)) if above else None,
        kind=kind,
        links=[Link(linked) for linked in map(_context, dict.fromkeys(links)) if linked],
        attributes=attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as made:
        try:
            yield made
        except BaseException as error:
            _mark(made, error)
            raise


@dataclass(frozen=True)
class TracedStep:
    """What is done about one recorded event."""

    name: str
    parent: str
    """The event's context, as a ``traceparent``."""
    request_id: str
    attributes: Attributes


@contextmanager
def side_by_side(kind: SpanKind, steps: Sequence[TracedStep]) -> Iterator[list[str]]:
    """A span around the block for each step, linked to the current span; none of them becomes the current one.

    Gives their contexts as ``traceparent`` texts. An exception marks them all and goes on.
    """
    tracer = _tracer or trace.NoOpTracer()
    here = trace.get_current_span().get_span_context()
    spans = [_begin(tracer, kind, step, [Link(here)] if here.is_valid else []) for step in steps]
    try:
        yield [_traceparent_of(span) or step.parent for span, step in zip(spans, steps, strict=True)]
    except BaseException as error:
        for span in spans:
            _mark(span, error)
        raise
    finally:
        for span in spans:
            span.end()


def _begin(tracer: trace.Tracer, kind: SpanKind, step: TracedStep, links: Sequence[Link]) -> Span:
    above = _context(step.parent)
    span = tracer.start_span(
        step.name,
        context=trace.set_span_in_context(trace.NonRecordingSpan(above)) if above else None,
        kind=kind,
        links=links,
        attributes={REQUEST_ID: step.request_id, **step.attributes},
    )
    _log_step(step.name.replace(" ", ":"), step.request_id, span)
    return span


def _log_step(step: str, request_id: str, span: Span) -> None:
    context = span.get_span_context()
    about = {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}
    log.info("request_traced", step=step, request_id=request_id, **about)


def _mark(span: Span, error: BaseException) -> None:
    span.set_attribute("error.type", type(error).__name__)
    span.set_status(Status(StatusCode.ERROR))


def _context(text: str | None) -> SpanContext | None:
    match = _TRACEPARENT.match(text) if text else None
    if match is None:
        return None
    flags = TraceFlags(int(match["flags"], 16) & TraceFlags.SAMPLED)
    context = SpanContext(int(match["trace"], 16), int(match["span"], 16), is_remote=True, trace_flags=flags)
    return context if context.is_valid else None
