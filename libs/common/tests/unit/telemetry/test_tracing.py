from collections.abc import Iterator

import pytest
import structlog
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased
from opentelemetry.trace import SpanKind, StatusCode

from legalaid.telemetry import tracing
from legalaid.telemetry.sampling import LinkedRatio
from legalaid.telemetry.tracing import TracedStep

SAMPLED = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
UNSAMPLED = "00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"


def provider_with(ratio: float, spans: InMemorySpanExporter) -> TracerProvider:
    provider = TracerProvider(sampler=ParentBased(LinkedRatio(ratio)))
    provider.add_span_processor(SimpleSpanProcessor(spans))
    return provider


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    tracing.use(provider_with(1.0, exporter))
    yield exporter
    tracing.use(None)


def test_without_a_collector_nothing_is_made() -> None:
    with tracing.span("a", parent=SAMPLED, links=[SAMPLED]) as span:
        span.set_attribute("works", "too")
        assert tracing.traceparent() is None
    assert not tracing.is_on()


def test_a_trace_goes_on_from_its_parent(spans: InMemorySpanExporter) -> None:
    with tracing.span("receive", kind=SpanKind.SERVER, parent=SAMPLED), tracing.span("store"):
        inside = tracing.traceparent()
        assert inside is not None
        assert inside.startswith("00-0af7651916cd43dd8448eb211c80319c-")
        assert tracing.ids() == tuple(inside.split("-")[1:3])
    store, receive = spans.get_finished_spans()
    assert store.parent is not None
    assert store.parent.span_id == receive.context.span_id
    assert receive.parent is not None
    assert f"{receive.parent.span_id:016x}" == "b7ad6b7169203331"


def test_a_batch_links_each_cause_once_and_passes_over_what_it_cannot_read(spans: InMemorySpanExporter) -> None:
    with tracing.span("process", kind=SpanKind.CONSUMER, links=[SAMPLED, None, "junk", SAMPLED, "00-0-0-01"]):
        pass
    (batch,) = spans.get_finished_spans()
    assert batch.parent is None
    assert [f"{link.context.trace_id:032x}" for link in batch.links] == ["0af7651916cd43dd8448eb211c80319c"]


def test_an_exception_leaves_its_class_and_no_words(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="Giàng"), tracing.span("store"):
        raise ValueError("Giàng Thị Mỷ")
    (span,) = spans.get_finished_spans()
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes == {"error.type": "ValueError"}
    assert "Giàng" not in span.to_json()
    assert not span.events


def test_steps_lie_side_by_side_each_in_its_own_trace(spans: InMemorySpanExporter) -> None:
    other = SAMPLED.replace("0af7", "0bf7")
    steps = [
        TracedStep(f"process {number}", cause, f"r{number}", {"n": number})
        for number, cause in enumerate((SAMPLED, other))
    ]
    contexts: list[str] = []

    def work() -> None:
        with tracing.span("batch") as batch, tracing.side_by_side(SpanKind.CONSUMER, steps) as given:
            assert tracing.ids()[1] == f"{batch.get_span_context().span_id:016x}"
            contexts.extend(given)
            raise ValueError("Giàng Thị Mỷ")

    with pytest.raises(ValueError, match="Giàng"):
        work()
    first, second, around = spans.get_finished_spans()
    assert [context.split("-")[1] for context in contexts] == [SAMPLED.split("-")[1], other.split("-")[1]]
    assert [f"{span.parent.span_id:016x}" for span in (first, second) if span.parent] == ["b7ad6b7169203331"] * 2
    assert [f"{span.context.span_id:016x}" for span in (first, second)] == [
        context.split("-")[2] for context in contexts
    ]
    assert [link.context for link in first.links] == [around.context]
    assert first.attributes == {"legalaid.request_id": "r0", "n": 0, "error.type": "ValueError"}
    assert "Giàng" not in first.to_json()


def test_what_is_recorded_here(spans: InMemorySpanExporter) -> None:
    contexts = (SAMPLED, UNSAMPLED, None, "junk", SAMPLED.replace("00-", "01-", 1))
    assert [tracing.is_recorded(context) for context in contexts] == [True, False, False, False, False]
    with tracing.onward("send", SAMPLED, kind=SpanKind.CLIENT), tracing.onward("send", UNSAMPLED, kind=SpanKind.CLIENT):
        pass
    assert len(spans.get_finished_spans()) == 1
    tracing.use(None)
    assert not tracing.is_recorded(SAMPLED)


def test_a_request_id_is_on_the_span_and_in_the_log(spans: InMemorySpanExporter) -> None:
    with structlog.testing.capture_logs() as lines, tracing.span("POST"):
        tracing.about("r1", step="post:request")
    (span,) = spans.get_finished_spans()
    assert span.attributes == {"legalaid.request_id": "r1"}
    ids = {"trace_id": f"{span.context.trace_id:032x}", "span_id": f"{span.context.span_id:016x}"}
    about = {"event": "request_traced", "log_level": "info", "step": "post:request", "request_id": "r1"}
    assert lines == [about | ids]


def test_an_exemplar_names_a_recorded_trace_or_nothing(spans: InMemorySpanExporter) -> None:
    del spans
    assert tracing.exemplar() is None
    with tracing.span("POST", parent=SAMPLED):
        assert tracing.exemplar() == {"trace_id": "0af7651916cd43dd8448eb211c80319c"}
        assert tracing.exemplar_of(UNSAMPLED) is None
        assert tracing.exemplar_of(None) is None
    with tracing.span("POST", parent=UNSAMPLED), structlog.testing.capture_logs() as lines:
        assert tracing.exemplar() is None
        tracing.about("r1", step="post:request")
    assert lines == []
    assert tracing.exemplar_of(SAMPLED) == {"trace_id": "0af7651916cd43dd8448eb211c80319c"}
    tracing.use(None)
    assert tracing.exemplar_of(SAMPLED) is None


def test_a_batch_with_a_recorded_cause_is_recorded_whatever_the_ratio() -> None:
    exporter = InMemorySpanExporter()
    tracing.use(provider_with(0.0, exporter))
    try:
        with tracing.span("no cause"), tracing.span("inside"):
            assert tracing.traceparent() is None
        with tracing.span("unrecorded cause", links=[UNSAMPLED]):
            assert tracing.traceparent() is None
        with tracing.span("recorded cause", links=[UNSAMPLED, SAMPLED]):
            assert tracing.traceparent() is not None
        with tracing.span("unrecorded parent", parent=UNSAMPLED):
            assert tracing.traceparent() is None
    finally:
        tracing.use(None)
    assert [span.name for span in exporter.get_finished_spans()] == ["recorded cause"]
