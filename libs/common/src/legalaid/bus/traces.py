"""The way of recorded events through Kafka: a span for each, in its own trace, where it is sent and where processed.

So one trace holds the whole story of a request, through all services (docs/telemetry.md). An event of a trace that is
not recorded carries no trace context, and costs one look at that.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

from opentelemetry.trace import SpanKind

from legalaid.bus.record import Record
from legalaid.events import Event, Message
from legalaid.telemetry import tracing
from legalaid.telemetry.tracing import TracedStep, side_by_side


@dataclass(frozen=True)
class BatchPlace:
    """Where a batch is processed."""

    group: str
    topic: str
    partition: int

    def attributes(self) -> dict[str, str | int]:
        """By the names of OpenTelemetry's messaging conventions."""
        return {
            "messaging.system": "kafka",
            "messaging.operation.type": "process",
            "messaging.destination.name": self.topic,
            "messaging.destination.partition.id": str(self.partition),
            "messaging.consumer.group.name": self.group,
        }


def batch(place: BatchPlace, events: Sequence[Event[Any]]) -> AbstractContextManager[Any]:
    """The span of a whole batch, in a trace of its own: what is logged and measured meanwhile belongs to it."""
    return tracing.span(
        f"batch {place.topic}",
        kind=SpanKind.CONSUMER,
        links=[event.traceparent for event in events] if tracing.is_on() else (),
        attributes={**place.attributes(), "messaging.batch.message_count": len(events)},
    )


def processing(
    place: BatchPlace, events: list[Event[Any]], sources: Sequence[Record]
) -> AbstractContextManager[list[Event[Any]]]:
    """Within it: the events, with recorded ones replaced by copies that whatever they cause is traced back to."""
    recorded = _recorded(event.traceparent for event in events)
    return _processing(place, events, sources, recorded) if recorded else nullcontext(events)


@contextmanager
def _processing(
    place: BatchPlace, events: list[Event[Any]], sources: Sequence[Record], recorded: Mapping[int, str]
) -> Iterator[list[Event[Any]]]:
    steps = []
    for number, traceparent in recorded.items():
        event, about = events[number], place.attributes()
        about |= {"messaging.message.id": event.id, "messaging.kafka.offset": sources[number].offset}
        steps.append(TracedStep(f"process {place.topic}", traceparent, event.correlation_id, about))
    with side_by_side(SpanKind.CONSUMER, steps) as contexts:
        copies = list(events)
        for number, context in zip(recorded, contexts, strict=True):
            copies[number] = replace(events[number], traceparent=context)
        yield copies


def sending(messages: Sequence[Message]) -> AbstractContextManager[Sequence[Message]]:
    """Within it: the messages, with recorded ones replaced by copies that carry the context of their being sent."""
    recorded = _recorded(message.traceparent for message in messages)
    return _sending(messages, recorded) if recorded else nullcontext(messages)


@contextmanager
def _sending(messages: Sequence[Message], recorded: Mapping[int, str]) -> Iterator[Sequence[Message]]:
    steps = []
    for number, traceparent in recorded.items():
        message = messages[number]
        about: dict[str, str | int] = {
            "messaging.system": "kafka",
            "messaging.operation.type": "send",
            "messaging.destination.name": message.topic,
            "messaging.message.id": message.id,
        }
        steps.append(TracedStep(f"send {message.topic}", traceparent, message.correlation_id, about))
    with side_by_side(SpanKind.PRODUCER, steps) as contexts:
        copies = list(messages)
        for number, context in zip(recorded, contexts, strict=True):
            copies[number] = messages[number].carrying(context)
        yield copies


def _recorded(contexts: Iterable[str | None]) -> dict[int, str]:
    """Those of traces that are recorded, by their position."""
    if not tracing.is_on():
        return {}
    return {number: context for number, context in enumerate(contexts) if context and tracing.is_recorded(context)}
