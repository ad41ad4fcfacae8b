"""Events on the wire: CloudEvents 1.0 in Kafka binary content mode (``ce_`` headers, JSON value)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError
from pydantic_core import to_json

from legalaid.errors import PermanentError
from legalaid.events.base import Event, EventData, model_of

_SPEC_VERSION = b"1.0"
_CONTENT_TYPE = b"application/json"
_JSON = re.compile(rb"^application/json\s*(;.*)?$", re.IGNORECASE)
_SEQUENCE = re.compile(rb"[0-9]{1,18}")
_SEQUENCE_DIGITS = 10
"""The CloudEvents extension ``sequence`` must compare as text, so it is padded with zeros."""
_TRACE = "traceparent"
_TRACEPARENT = re.compile(rb"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True, slots=True)
class Message:
    """One record, ready for Kafka: what an outbox keeps and a producer sends."""

    id: str
    """The event's id."""
    topic: str
    key: str
    value: bytes
    headers: tuple[tuple[str, bytes], ...]

    @property
    def traceparent(self) -> str | None:
        """The trace context that it carries: the last header, where ``encode`` puts it."""
        name, value = self.headers[-1] if self.headers else ("", b"")
        return value.decode() if name == _TRACE else None

    def carrying(self, traceparent: str) -> "Message":
        """The same message with another trace context in place of its own."""
        return replace(self, headers=(*self.headers[:-1], (_TRACE, traceparent.encode())))

    @property
    def correlation_id(self) -> str:
        """The request or call that it belongs to."""
        return dict(self.headers)["ce_correlationid"].decode()


class UndecodableError(PermanentError):
    """The record is not an event that this code knows. The reason is a code; the bytes are never quoted."""


def encode(event: Event[EventData]) -> Message:
    """The record of an event. Raises ``ValueError`` for a time without an offset or a sequence below 1, which no reader
    would take.
    """
    if event.time.tzinfo is None or event.sequence < 1:
        message = f"{event.type} needs an aware time and a sequence from 1"
        raise ValueError(message)
    headers = [
        ("ce_specversion", _SPEC_VERSION),
        ("ce_id", event.id.encode()),
        ("ce_source", event.source.encode()),
        ("ce_type", event.type.encode()),
        ("ce_subject", event.subject.encode()),
        ("ce_time", event.time.isoformat().encode()),
        ("ce_sequence", str(event.sequence).zfill(_SEQUENCE_DIGITS).encode()),
        ("ce_correlationid", event.correlation_id.encode()),
        ("content-type", _CONTENT_TYPE),
    ]
    if event.traceparent is not None:
        headers.append((_TRACE, event.traceparent.encode()))
    value = to_json(event.data)
    return Message(event.id, event.topic.name, event.subject, value, tuple(headers))


def decode(value: bytes | None, headers: Sequence[tuple[str, bytes | None]]) -> Event[Any]:
    """The event in a record. Raises ``UndecodableError`` with one of the reasons ``not-cloudevents``,
    ``missing-attribute``, ``unknown-type``, ``bad-attribute`` and ``bad-data``.

    A field that this code does not know is passed over: the writer may be newer. A bad ``traceparent`` is dropped, as
    W3C asks: it must not cost a person their event.
    """
    attributes = {name: text for name, text in headers if text is not None}  # Kafka allows a header without a value
    if attributes.get("ce_specversion") != _SPEC_VERSION or value is None:
        raise UndecodableError("not-cloudevents")
    if not _JSON.match(attributes.get("content-type", b"")):
        raise UndecodableError("not-cloudevents")
    try:
        event_type = attributes["ce_type"].decode()
        event_id, subject = attributes["ce_id"].decode(), attributes["ce_subject"].decode()
        sequence = _sequence(attributes["ce_sequence"])
        time = datetime.fromisoformat(attributes["ce_time"].decode())
        correlation_id = attributes["ce_correlationid"].decode()
    except KeyError:
        raise UndecodableError("missing-attribute") from None
    except ValueError:
        raise UndecodableError("bad-attribute") from None
    if not event_id or not subject or sequence < 1 or time.tzinfo is None:
        raise UndecodableError("bad-attribute")
    model = model_of(event_type)
    if model is None:
        raise UndecodableError("unknown-type")
    try:
        data = model.model_validate_json(value, extra="ignore")
    except ValidationError:
        raise UndecodableError("bad-data") from None
    trace = attributes.get(_TRACE, b"")
    traceparent = trace.decode() if _TRACEPARENT.fullmatch(trace) else None
    return Event(event_id, subject, sequence, time.astimezone(UTC), correlation_id, data, traceparent)


def _sequence(text: bytes) -> int:
    """Digits only: ``int`` alone would also take signs, spaces and underscores."""
    if not _SEQUENCE.fullmatch(text):
        message = "not a sequence"
        raise ValueError(message)
    return int(text)
