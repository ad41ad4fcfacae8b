"""Publishing again what the topics have lost (docs/backup.md).

The journals of the services say what was published; what the topics no longer hold is sent again with the same bytes,
in order for each key. Whoever applied it before passes over it.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import Final

from aiokafka import TopicPartition

from legalaid.bus import Producer
from legalaid.bus.log import reader, up_to_now
from legalaid.bus.record import Raw
from legalaid.events import TOPICS, Retention
from legalaid.settings import KafkaSettings, ServiceSettings
from legalaid.store import Journal, Kept, Store

_AT_ONCE: Final = 500
_TOPICS: Final = {topic.name: topic for topic in TOPICS}


def lost(kept: Iterable[Kept], held: Iterable[tuple[str, str, str]]) -> list[Kept]:
    """What was published and is not held any more (topic, key and id), in order of each key's sequence.

    A compacted topic need hold the latest of each key alone: an older one is not lost, and sent again it would be the
    latest.
    """
    there = set(held)
    wanted: dict[tuple[str, ...], Kept] = {}
    for each in kept:
        forever = _TOPICS[each.topic].retention is Retention.FOREVER
        name = (each.topic, each.key, each.id) if forever else (each.topic, each.key)
        if name not in wanted or each.sequence > wanted[name].sequence:
            wanted[name] = each
    missing = [each for each in wanted.values() if (each.topic, each.key, each.id) not in there]
    return sorted(missing, key=lambda each: (each.topic, each.key, each.sequence))


async def held(settings: KafkaSettings, names: Iterable[str]) -> AsyncIterator[tuple[str, str, str]]:
    """Topic, key and id of every event that these topics hold now. Raises ``TransientError``."""
    partitions = [
        TopicPartition(settings.prefix + name, number) for name in names for number in range(_TOPICS[name].partitions)
    ]
    if not partitions:
        return
    async with reader(settings, partitions) as client:
        async for partition, records in up_to_now(client):
            for record in records:
                event_id = dict(record.headers).get("ce_id")
                if event_id is not None and record.key is not None:
                    yield partition.topic.removeprefix(settings.prefix), record.key.decode(), event_id.decode()


async def republish(
    settings: ServiceSettings, services: Sequence[str], *, since: datetime | None, dry_run: bool
) -> tuple[int, Counter[str]]:
    """Send again what is lost, and say how many were looked at, and how many were lost of each topic.

    Raises ``TransientError``; done again it goes on where it stopped.
    """
    store = Store(settings.mongo, app_name="legalaid-republish")
    try:
        journals = [Journal(store, each) for each in services]
        kept = [[each async for page in journal.kept(since) for each in page] for journal in journals]
        names = sorted({each.topic for one in kept for each in one})
        there = [each async for each in held(settings.kafka, names)]
        counts: Counter[str] = Counter()
        async with Producer(settings.kafka, client_id="legalaid-republish") as producer:
            for journal, one in zip(journals, kept, strict=True):
                missing = lost(one, there)
                counts.update(each.topic for each in missing)
                for start in () if dry_run else range(0, len(missing), _AT_ONCE):
                    messages = await journal.messages(missing[start : start + _AT_ONCE])
                    await producer.forward([Raw(m.topic, m.key.encode(), m.value, m.headers) for m in messages])
        return sum(map(len, kept)), counts
    finally:
        await store.close()
