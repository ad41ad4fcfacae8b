"""Dead letters: records that cannot be processed, kept as they came, with headers that say why they are here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from legalaid.bus.record import Headers, Raw, Record
from legalaid.errors import PermanentError
from legalaid.events import Event, Topic, decode

_MARK = "dlq_"


def dead_letter_topic(group: str) -> str:
    """Where a consumer group puts what it cannot process; without the prefix, like ``Topic.name``."""
    return f"legalaid.{group}.dead-letters"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record, why it is refused (a short code), and the class of the error; never an error's text, which may quote
    a person.
    """

    record: Record
    reason: str
    error: str = ""

    @classmethod
    def because(cls, record: Record, error: Exception, otherwise: str) -> "Refusal":
        """A refusal for the reason that the error knows, or ``otherwise``."""
        reason = error.reason if isinstance(error, PermanentError) else otherwise
        return cls(record, reason, type(error).__name__)


def read(topic: Topic, records: Sequence[Record]) -> tuple[list[Event[Any]], list[Record], list[Refusal]]:
    """The events in the records, the record of each event, and what is no event of this topic."""
    events: list[Event[Any]] = []
    sources: list[Record] = []
    refusals: list[Refusal] = []
    for record in records:
        try:
            event = decode(record.value, record.headers)
        except Exception as error:  # noqa: BLE001 - whatever strange bytes bring about, the rest must flow
            refusals.append(Refusal.because(record, error, "decode-error"))
            continue
        if event.data.topic.name != topic.name:
            refusals.append(Refusal(record, "wrong-topic"))
            continue
        events.append(event)
        sources.append(record)
    return events, sources, refusals


def letter(refusal: Refusal, *, group: str, topic: str, at: datetime) -> Raw:
    """The dead letter of a refusal: the original key, value and headers, and ours behind them."""
    record = refusal.record
    about = {
        "reason": refusal.reason,
        "topic": topic,
        "partition": str(record.partition),
        "offset": str(record.offset),
        "timestamp": datetime.fromtimestamp(record.timestamp / 1000, UTC).isoformat(timespec="milliseconds"),
        "group": group,
        "error": refusal.error,
        "at": at.isoformat(timespec="milliseconds"),
    }
    headers = (*record.headers, *((_MARK + name, text.encode()) for name, text in about.items()))
    # a record with neither key nor value says nothing, and the client refuses to send it
    value = b"" if record.key is None and record.value is None else record.value
    return Raw(dead_letter_topic(group), record.key, value, headers)


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter read back."""

    offset: int
    """In the dead-letter topic."""
    reason: str
    topic: str
    partition: int
    origin: int
    """The offset in the topic that it came from."""
    about: dict[str, str]
    """All that we wrote on it."""
    original: Raw
    """The record as it came, addressed to the topic that it came from."""

    @classmethod
    def of(cls, record: Record) -> "Letter":
        """Read what ``letter`` wrote. Raises ``ValueError`` for a record that it did not write."""
        about = {
            name.removeprefix(_MARK): (text or b"").decode(errors="replace")
            for name, text in record.headers
            if name.startswith(_MARK)
        }
        try:
            topic, partition, origin = about["topic"], int(about["partition"]), int(about["offset"])
            reason = about["reason"]
        except KeyError as missing:
            message = f"record {record.offset} is no dead letter: it has no {_MARK}{missing.args[0]}"
            raise ValueError(message) from None
        # a record without a key has no place of its own, so it goes back to where it was
        place = partition if record.key is None else None
        original = Raw(topic, record.key, record.value, _without_ours(record.headers), place)
        return cls(record.offset, reason, topic, partition, origin, about, original)


def _without_ours(headers: Headers) -> Headers:
    return tuple(header for header in headers if not header[0].startswith(_MARK))
