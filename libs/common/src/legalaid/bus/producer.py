"""Publishing: idempotent, pipelined, and quick to say that the brokers are away."""

import asyncio
import random
import zlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Self

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, KafkaTimeoutError, MessageSizeTooLargeError

from legalaid import clock
from legalaid.bus import traces
from legalaid.bus.connection import connection
from legalaid.bus.record import Raw
from legalaid.errors import PermanentError, TransientError
from legalaid.events import Message
from legalaid.health import Check
from legalaid.settings import KafkaSettings
from legalaid.telemetry import metrics

log = structlog.get_logger()

PATIENCE_SECONDS = 10.0
"""How long a publication may wait for its acknowledgements, and a connection for its brokers."""
_BATCH_BYTES = 256 * 1024
"""aiokafka's 16 KiB would hold six of our events, and one batch per partition is on its way at a time."""

LARGEST_RECORD_BYTES = 2 * 1024 * 1024
"""Twice Kafka's default limit, so that any record fits into the dead letters with the headers that say why."""


def partition_of(key: bytes | None, partitions: Sequence[int], available: Sequence[int]) -> int:
    """CRC-32 of the key, as librdkafka does it; aiokafka's murmur2 in Python is the dearest step of a publication.

    Changing this sends the later events of a key elsewhere than its earlier ones, so it is never changed.
    """
    if key is None:
        return random.choice(available or partitions)  # noqa: S311 - spreads load, guards nothing
    return zlib.crc32(key) % len(partitions)


class Producer:
    """Sends to the brokers; connects when it must, so that it starts and goes on while they are away.

    The client inside is thrown away after an error that it cannot outlive: an idempotent client whose sequence broke
    refuses everything from then on (aio-libs/aiokafka#1017).
    """

    def __init__(self, settings: KafkaSettings, *, client_id: str) -> None:
        self._settings = settings
        self._client_id = client_id
        self._client: AIOKafkaProducer | None = None
        self._connecting = asyncio.Lock()
        self._attempts = 0
        self._stopped = False
        self._closing: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Connect if the brokers answer; if not, the first publication will."""
        self._stopped = False
        with suppress(TransientError):
            await self._connected()

    async def stop(self) -> None:
        """Send what is pending and disconnect; until the next start nothing connects again."""
        self._stopped = True
        async with self._connecting:  # a client that is coming up would be left open
            if self._client is not None:
                self._discard(self._client)
        await asyncio.gather(*self._closing)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self.stop()

    async def publish(self, messages: Sequence[Message]) -> None:
        """Send all, in order, and return when all are acknowledged by every in-sync replica.

        Raises ``TransientError`` when that is not known to have happened: some may have arrived, and sending them
        again is right. Raises ``PermanentError`` (``too-large``) for a message that no broker would take.
        """
        with traces.sending(messages) as sent:
            await self._send(Raw(each.topic, each.key.encode(), each.value, each.headers) for each in sent)

    async def forward(self, records: Sequence[Raw]) -> None:
        """``publish`` for records that are only bytes to us."""
        await self._send(records)

    async def ready(self) -> Check:
        """Whether a broker answers now."""
        try:
            client = await self._connected()
            async with asyncio.timeout(PATIENCE_SECONDS):
                answered = await client.client.force_metadata_update()
        except (TransientError, TimeoutError):
            answered = False
        return Check("producer", answered, "" if answered else "no broker answers")

    async def _send(self, records: Iterable[Raw]) -> None:
        client = await self._connected()
        prefix = self._settings.prefix
        futures: list[asyncio.Future[object]] = []
        begun = clock.elapsed()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                for record in records:
                    futures.append(  # noqa: PERF401 - what was sent before an error must be known
                        await client.send(
                            prefix + record.topic,
                            record.value,
                            record.key,
                            record.partition,
                            headers=list(record.headers),
                        )
                    )
                for future in futures:
                    await future
        except MessageSizeTooLargeError:
            self._discard(client)
            raise PermanentError("too-large") from None
        except (KafkaError, TimeoutError) as error:
            metrics.PRODUCER_FAILURES.inc()
            log.warning("publish_failed", error=type(error).__name__, messages=len(futures))
            self._discard(client)
            raise TransientError("the brokers did not acknowledge") from error
        finally:
            for future in futures:
                future.add_done_callback(_hear)
        metrics.PRODUCER_MESSAGES.inc(len(futures))
        metrics.PRODUCER_PUBLISH_SECONDS.observe(clock.elapsed() - begun)

    async def _connected(self) -> AIOKafkaProducer:
        return self._client or await self._connect()

    async def _connect(self) -> AIOKafkaProducer:
        seen = self._attempts
        async with self._connecting:
            if self._client is not None:
                return self._client
            if self._stopped:
                raise TransientError("the producer has stopped")
            if self._attempts != seen:  # somebody tried while this call waited: do not queue up for one more wait
                raise TransientError("no broker answers")
            self._attempts += 1
            client = AIOKafkaProducer(
                client_id=self._client_id,
                enable_idempotence=True,
                compression_type="lz4",
                max_batch_size=_BATCH_BYTES,
                max_request_size=LARGEST_RECORD_BYTES,
                partitioner=partition_of,
                request_timeout_ms=int(PATIENCE_SECONDS * 1000),
                **connection(self._settings),
            )
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await client.start()
            except (KafkaError, TimeoutError) as error:
                await client.stop()
                raise TransientError("no broker answers") from error
            except BaseException:  # cancelled, say: who gives up a start leaves nothing open
                await client.stop()
                raise
            self._client = client
            return client

    def _discard(self, client: AIOKafkaProducer) -> None:
        if self._client is client:
            self._client = None
            task = asyncio.create_task(_close(client))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)


async def _close(client: AIOKafkaProducer) -> None:
    """Send what is pending within half of our patience; within the other half give up the rest, and disconnect.

    Stopping alone would not end it: an idempotent client never gives up a message, and sends it when the brokers are
    back, long after its owner has sent it again.
    """
    try:
        async with asyncio.timeout(PATIENCE_SECONDS / 2):
            await client.flush()
    except TimeoutError:
        log.warning("producer_gave_up_messages")
    try:
        async with asyncio.timeout(PATIENCE_SECONDS / 2):
            await client._sender.close()  # noqa: SLF001 - aiokafka has no word of its own for giving up
            client._message_accumulator.fail_all(KafkaTimeoutError())  # noqa: SLF001 - as above
            await client.stop()
    except (KafkaError, TimeoutError) as error:
        log.warning("producer_not_closed", error=type(error).__name__)
    finally:
        await client.client.close()  # a stop that is cut short leaves its connections open


def _hear(future: asyncio.Future[object]) -> None:
    """Look at an error that nobody awaits any more, or asyncio complains of it."""
    if not future.cancelled():
        future.exception()
