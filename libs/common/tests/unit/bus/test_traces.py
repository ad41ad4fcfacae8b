"""Only what is recorded has spans of its own, on its way out and on its way in."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased

from legalaid import ids
from legalaid.bus import Batch, traces
from legalaid.bus.meters import Meters
from legalaid.bus.traces import BatchPlace
from legalaid.bus.worker import Worker
from legalaid.events import Event, calls, decode, encode
from legalaid.settings import ConsumerSettings
from legalaid.telemetry import tracing
from legalaid.telemetry.sampling import LinkedRatio

AT = datetime(2026, 11, 24, 1, tzinfo=UTC)
SAMPLED = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
UNSAMPLED = "00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
CAUSES = (None, SAMPLED, UNSAMPLED)
PLACE = BatchPlace("routing", calls.TOPIC.name, 3)


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """Spans are made only for what others record: our own share is 0."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(sampler=ParentBased(LinkedRatio(0)))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.use(provider)
    yield exporter
    tracing.use(None)


def events(causes: Sequence[str | None] = CAUSES) -> list[Event[Any]]:
    made: list[Event[Any]] = []
    for cause in causes:
        call = ids.random_id()
        data = calls.CallAnswered(call_id=call, answered_at=AT)
        made.append(Event(ids.event_id(call, data.event_type), call, 1, AT, call, data, cause))
    return made


def context(span: ReadableSpan) -> str:
    return f"00-{span.context.trace_id:032x}-{span.context.span_id:016x}-01"


def sources(count: int) -> list[Any]:
    return [type("Record", (), {"offset": offset + 70})() for offset in range(count)]


def test_a_recorded_event_goes_on_from_its_processing_and_others_as_they_came(spans: InMemorySpanExporter) -> None:
    given = events()
    with traces.batch(PLACE, given), traces.processing(PLACE, given, sources(3)) as traced:
        assert traced[0] is given[0]
        assert traced[2] is given[2]
    step, batch = spans.get_finished_spans()
    assert traced[1] == replace(given[1], traceparent=context(step))
    assert (step.name, batch.name) == ("process legalaid.calls", "batch legalaid.calls")
    assert step.parent is not None
    assert f"{step.parent.span_id:016x}" == "b7ad6b7169203331"
    assert dict(step.attributes or {}) == {
        "legalaid.request_id": given[1].correlation_id,
        "messaging.system": "kafka",
        "messaging.operation.type": "process",
        "messaging.destination.name": "legalaid.calls",
        "messaging.destination.partition.id": "3",
        "messaging.consumer.group.name": "routing",
        "messaging.message.id": given[1].id,
        "messaging.kafka.offset": 71,
    }


def test_a_recorded_message_carries_the_context_of_its_being_sent(spans: InMemorySpanExporter) -> None:
    messages = [encode(event) for event in events()]
    with traces.sending(messages) as sent:
        assert sent[0] is messages[0]
        assert sent[2] is messages[2]
    (step,) = spans.get_finished_spans()
    assert step.name == "send legalaid.calls"
    before, after = (decode(each[1].value, each[1].headers) for each in (messages, sent))
    assert after == replace(before, traceparent=context(step))
    assert [name for name, _ in sent[1].headers] == [name for name, _ in messages[1].headers]


@pytest.mark.parametrize("causes", [(None, UNSAMPLED), ()])
def test_what_is_not_recorded_is_handed_on_untouched(spans: InMemorySpanExporter, causes: Sequence[str | None]) -> None:
    given = events(causes)
    messages = [encode(event) for event in given]
    with traces.processing(PLACE, given, sources(len(given))) as traced, traces.sending(messages) as sent:
        assert traced is given
        assert sent is messages
    assert spans.get_finished_spans() == ()


def test_without_traces_even_recorded_events_are_handed_on_untouched() -> None:
    given = events()
    messages = [encode(event) for event in given]
    with traces.processing(PLACE, given, sources(3)) as traced, traces.sending(messages) as sent:
        assert traced is given
        assert sent is messages


def test_what_a_handler_is_given_leads_back_to_its_processing(spans: InMemorySpanExporter) -> None:
    (given,) = events([SAMPLED])
    message = encode(given)
    record: Any = type(
        "Record",
        (),
        {"partition": 3, "offset": 0, "timestamp": 0, "key": b"k", "value": message.value, "headers": message.headers},
    )()
    handled: list[str | None] = []

    async def handler(batch: Batch) -> None:
        handled.extend(event.traceparent for event in batch.events)
        if len(handled) == 1:
            raise RuntimeError("a bug, once: the event is then tried alone")

    async def scenario() -> None:
        nobody: Any = None
        meters = Meters.of("routing", calls.TOPIC.name)
        one = Worker(calls.TOPIC, 3, handler, producer=nobody, pace=ConsumerSettings(), meters=meters, tap=nobody)
        one.put([record])
        running = asyncio.create_task(one.run())
        while one.progress.done is None:  # noqa: ASYNC110 - progress is no event
            await asyncio.sleep(0)
        one.close()
        await running

    asyncio.run(scenario())
    step = next(span for span in spans.get_finished_spans() if span.name == "process legalaid.calls")
    assert handled == [context(step)] * 2
