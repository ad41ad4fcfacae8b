"""An aggregate: one document that changes as a whole, with the events that its changes caused.

The events wait in the aggregate's own document (its outbox), so that state and events are written in one atomic write,
without a transaction (docs/outbox.md).
"""

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from legalaid import ids
from legalaid.events import Event, EventData, Message, encode
from legalaid.store.client import Document

_KEPT_APART = {"id", "version", "outbox", "outbox_since"}


class Aggregate(BaseModel):
    """The base of every stored aggregate. Change it in place or as a ``model_copy``: no copy shares its outbox.

    A field may hold whatever Pydantic reads back from text, numbers, times, bytes, lists and dicts keyed by text.
    """

    model_config = ConfigDict(extra="forbid")

    id: str
    """Stored as ``_id``; the subject and Kafka key of its events."""
    version: int = 0
    """How often it was written; 0 means that it never was. Owned by ``Documents``."""
    sequence: int = 0
    """The number of its last event."""
    applied: dict[str, int] = Field(default_factory=dict)
    """The last sequence taken from each topic (by its short name) that this document is made from."""
    outbox: list[Message] = Field(default_factory=list)
    """Its events that are not known to be published, oldest first."""
    outbox_since: datetime | None = None
    """Since when, in real time, the sweeper should care; None while nobody but a consumer's offset has to."""

    def emit(
        self,
        data: EventData,
        *,
        cause: str,
        time: datetime,
        correlation_id: str,
        index: int = 0,
        traceparent: str | None = None,
    ) -> Event[Any]:
        """Add the aggregate's next event. ``cause`` is the id of the event or command that led to it.

        ``index`` tells apart several events of one type with one cause.
        """
        self.sequence += 1
        event_id = ids.event_id(cause, data.event_type, index)
        event: Event[Any] = Event(event_id, self.id, self.sequence, time, correlation_id, data, traceparent)
        self.outbox = [*self.outbox, encode(event)]
        return event

    def to_document(self) -> Document:
        """The state as BSON can hold it, without what ``Documents`` adds: version and outbox."""
        return {"_id": self.id, **self.model_dump(exclude=_KEPT_APART)}

    @classmethod
    def from_document(cls, document: Document) -> Self:
        """Read back. Unknown fields are passed over, so that a newer release's documents can be read."""
        outbox = document.pop("outbox", ())
        document["id"] = document.pop("_id")
        aggregate = cls.model_validate(document, strict=False, extra="ignore")
        aggregate.outbox = [message_from(entry) for entry in outbox]
        return aggregate


def message_to(message: Message) -> Document:
    """An outbox entry. Header names are unique in our messages, so a subdocument holds them."""
    return {
        "id": message.id,
        "topic": message.topic,
        "key": message.key,
        "value": message.value,
        "headers": dict(message.headers),
    }


def message_from(entry: Document) -> Message:
    """The message of an outbox entry, byte for byte as it was."""
    return Message(entry["id"], entry["topic"], entry["key"], entry["value"], tuple(entry["headers"].items()))
