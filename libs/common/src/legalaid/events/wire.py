"""Events on the wire: CloudEvents 1.0 in Kafka binary content mode (``ce_`` headers, JSON value)."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from legalaid.errors import PermanentError
from legalaid.events.base import Event, EventData, registered

_SPEC_VERSION = b"1.0"
_CONTENT_TYPE = b"application/json"
_JSON = re.compile(rb"^application/json\s*(;.*)?$")


@dataclass(frozen=True, slots=True)
class Message:
    """One record, ready for Kafka: what an outbox keeps and a producer sends."""

    id: str
    """The event's id."""
    topic: str
    key: str
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


class UndecodableError(PermanentError):
    """The record is not an event that this code knows. The reason is a code; the bytes are never quoted."""


def encode(event: Event[EventData]) -> Message:
    """The record of an event."""
    headers = [
        ("ce_specversion", _SPEC_VERSION),
        ("ce_id", event.id.encode()),
        ("ce_source", event.source.encode()),
        ("ce_type", event.type.encode()),
        ("ce_subject", event.subject.encode()),
        ("ce_time", event.time.isoformat().encode()),
        ("ce_sequence", str(event.sequence).encode()),
        ("ce_correlationid", event.correlation_id.encode()),
        ("content-type", _CONTENT_TYPE),
    ]
    if event.traceparent is not None:
        headers.append(("traceparent", event.traceparent.encode()))
    value = event.data.model_dump_json().encode()
    return Message(event.id, event.topic.name, event.subject, value, tuple(headers))


def decode(value: bytes | None, headers: tuple[tuple[str, bytes], ...]) -> Event[Any]:
    """The event in a record. Raises ``UndecodableError`` with one of the reasons ``not-cloudevents``,
    ``missing-attribute``, ``unknown-type``, ``bad-attribute`` and ``bad-data``.
    """
    attributes = dict(headers)
    if attributes.get("ce_specversion") != _SPEC_VERSION or value is None:
        raise UndecodableError("not-cloudevents")
    if not _JSON.match(attributes.get("content-type", b"")):
        raise UndecodableError("not-cloudevents")
    try:
        event_type = attributes["ce_type"].decode()
        event_id, subject = attributes["ce_id"].decode(), attributes["ce_subject"].decode()
        sequence = int(attributes["ce_sequence"])
        time = datetime.fromisoformat(attributes["ce_time"].decode())
        correlation_id = attributes["ce_correlationid"].decode()
        traceparent = attributes["traceparent"].decode("ascii") if "traceparent" in attributes else None
    except KeyError:
        raise UndecodableError("missing-attribute") from None
    except ValueError:
        raise UndecodableError("bad-attribute") from None
    if not event_id or not subject or sequence < 1 or time.tzinfo is None:
        raise UndecodableError("bad-attribute")
    model = _models.get(event_type)
    if model is None:
        _models.update(registered())
        model = _models.get(event_type)
        if model is None:
            raise UndecodableError("unknown-type")
    try:
        data = model.model_validate_json(value, extra="ignore")
    except ValidationError:
        raise UndecodableError("bad-data") from None
    return Event(event_id, subject, sequence, time, correlation_id, data, traceparent)


_models: dict[str, type[EventData]] = {}
