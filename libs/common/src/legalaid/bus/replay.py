"""Looking into dead letters, and sending them back to where they came from."""

import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

import structlog
from aiokafka import TopicPartition

from legalaid.bus.dead_letters import Letter, dead_letter_topic
from legalaid.bus.log import reader, up_to_now
from legalaid.bus.producer import Producer
from legalaid.bus.record import Raw, Record
from legalaid.settings import KafkaSettings

log = structlog.get_logger()

_MARKER = "dlq_replayed"
_CHUNK = 500


@dataclass(frozen=True)
class Replayed:
    """What was sent back already: for each reason, all letters before this offset.

    It is kept in the dead-letter topic itself, as a marker record after the letters: offsets that a group without
    members has committed are forgotten by the brokers after a week.
    """

    before: dict[str, int]

    def has(self, letter: Letter) -> bool:
        """Whether this letter was sent back."""
        return letter.offset < self.before.get(letter.reason, 0)

    def and_also(self, letters: Iterable[Letter]) -> "Replayed":
        """With these, oldest first, sent back too."""
        return Replayed(self.before | {letter.reason: letter.offset + 1 for letter in letters})

    def marker(self, group: str) -> Raw:
        """The record that remembers this."""
        return Raw(dead_letter_topic(group), b"replayed", b"", ((_MARKER, json.dumps(self.before).encode()),))


async def letters(settings: KafkaSettings, group: str) -> AsyncIterator[Letter]:
    """All dead letters of a group, oldest first. To be read to the end: only then is the connection closed at once."""
    async for record in _records(settings, group):
        if _marker_in(record) is None:
            try:
                yield Letter.of(record)
            except ValueError:
                log.warning("not_a_dead_letter", offset=record.offset)


async def replayed(settings: KafkaSettings, group: str) -> Replayed:
    """What the latest marker says."""
    found = Replayed({})
    async for record in _records(settings, group):
        marker = _marker_in(record)
        if marker is not None:
            found = Replayed(json.loads(marker))
    return found


async def replay(
    settings: KafkaSettings, group: str, *, reason: str | None, limit: int | None, dry_run: bool
) -> dict[str, int]:
    """Send dead letters back to their topics, oldest first, each once; count them by reason.

    Keys, values and headers are as they came, so consumers that had applied an event pass over it. A failure leaves
    the letters of one chunk unmarked: they are sent again by the next replay. Raises ``TransientError``.
    """
    done = await replayed(settings, group)
    counts: dict[str, int] = {}
    chunk: list[Letter] = []
    async with Producer(settings, client_id=f"legalaid-{group}-replay") as producer:

        async def send() -> None:
            nonlocal done
            if chunk and not dry_run:
                await producer.forward([letter.original for letter in chunk])
                done = done.and_also(chunk)
                await producer.forward([done.marker(group)])
            chunk.clear()

        async for letter in letters(settings, group):
            if done.has(letter) or reason not in {None, letter.reason}:
                continue
            if limit is not None and sum(counts.values()) >= limit:
                continue
            chunk.append(letter)
            counts[letter.reason] = counts.get(letter.reason, 0) + 1
            if len(chunk) >= _CHUNK:
                await send()
        await send()
    return counts


async def _records(settings: KafkaSettings, group: str) -> AsyncIterator[Record]:
    """From the first to what was the last when this began."""
    partition = TopicPartition(settings.prefix + dead_letter_topic(group), 0)
    async with reader(settings, [partition]) as client:
        async for _, records in up_to_now(client):
            for record in records:
                yield record


def _marker_in(record: Record) -> bytes | None:
    return dict(record.headers).get(_MARKER)
