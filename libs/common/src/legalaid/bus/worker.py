"""The worker of one partition: takes what has arrived, batch by batch, in order, and never lets poison through."""

import asyncio
import traceback
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice
from typing import Any, Protocol, TypeVar

import structlog

from legalaid import clock
from legalaid.bus import traces
from legalaid.bus.backoff import delays
from legalaid.bus.batch import Batch, Handler
from legalaid.bus.breaker import Breaker
from legalaid.bus.dead_letters import Refusal, letter, read
from legalaid.bus.meters import Meters
from legalaid.bus.offsets import Progress
from legalaid.bus.producer import Producer
from legalaid.bus.record import Record
from legalaid.errors import TransientError
from legalaid.events import Event, Topic
from legalaid.settings import ConsumerSettings
from legalaid.telemetry import tracing

log = structlog.get_logger()

R = TypeVar("R")

_LATE_SECONDS = 30.0
"""The promise of freshness: nearly all events are settled sooner (docs/operations.md)."""


class Tap(Protocol):
    """Lets the records of a partition flow, or holds them back at the brokers."""

    def open(self) -> None: ...  # noqa: D102 - see the class
    def shut(self) -> None: ...  # noqa: D102


class _ClosingError(Exception):
    """Told to close while waiting for a dependency: the batch stays undone and is delivered again."""


class Worker:
    """Works through one partition until it is closed, or until its breaker opens."""

    def __init__(
        self,
        topic: Topic,
        partition: int,
        handler: Handler,
        *,
        producer: Producer,
        pace: ConsumerSettings,
        meters: Meters,
        tap: Tap,
    ) -> None:
        self.progress = Progress()
        self.breaker = Breaker(pace.breaker_failures)
        self.tries = 0
        """Grows with every retry: a worker that waits for a dependency is not stuck."""
        self.is_paused = False
        self.topic = topic
        self._partition = partition
        self._handler = handler
        self._producer = producer
        self._pace = pace
        self._meters = meters
        self._tap = tap
        self._capacity = pace.queue_batches * pace.batch_records
        self._waiting: deque[Record] = deque()
        self._arrived = asyncio.Event()
        self._closing = asyncio.Event()
        self._place = traces.BatchPlace(meters.group, topic.name, partition)
        self._log = log.bind(group=meters.group, topic=topic.name, partition=partition)

    def put(self, records: Sequence[Record]) -> None:
        """Queue fetched records, and shut the tap when they are many."""
        self.progress.take(records[-1].offset + 1)
        self._waiting.extend(records)
        self._arrived.set()
        if len(self._waiting) >= self._capacity and not self.is_paused:
            self.is_paused = True
            self._tap.shut()

    def close(self) -> None:
        """Finish the batch in hand and begin no other; ``run`` then returns."""
        self._closing.set()
        self._arrived.set()

    async def run(self) -> None:
        """Work until closed. After the breaker has opened there is no more work, only the alarm."""
        try:
            while not self._closing.is_set():
                if not self._waiting:
                    self._arrived.clear()
                    await self._arrived.wait()
                elif not await self._settle(self._next()):
                    self._tap.shut()
                    self._waiting.clear()
                    self._log.error("partition_stopped", dead_letters_in_a_row=self._pace.breaker_failures)
                    return
        except _ClosingError:
            return

    def _next(self) -> list[Record]:
        count = min(len(self._waiting), self._pace.batch_records)
        records = [self._waiting.popleft() for _ in range(count)]
        if self.is_paused and len(self._waiting) < self._capacity / 2:
            self.is_paused = False
            self._tap.open()
        return records

    async def _settle(self, records: list[Record]) -> bool:
        """Handle the batch, bury what is dead, and only then count it as done. False: the breaker is open."""
        begun = clock.elapsed()
        events, sources, refusals = read(self.topic, records)
        exemplar = None
        if events:
            with traces.batch(self._place, events), traces.processing(self._place, events, sources) as traced:
                exemplar = tracing.exemplar()
                refusals += await self._handled(traced, sources)
        settled = await self._bury(records, refusals)
        if settled:
            self.progress.finish(records[settled - 1].offset + 1)
        now = clock.real_now().timestamp()
        self._meters.events.inc(settled)
        self._meters.late.inc(sum(now - record.timestamp / 1000 > _LATE_SECONDS for record in records[:settled]))
        self._meters.records.observe(len(records))
        self._meters.duration.observe(clock.elapsed() - begun, exemplar)
        self._meters.age.observe(now - records[0].timestamp / 1000)
        return not self.breaker.is_open

    async def _handled(self, events: list[Event[Any]], sources: list[Record]) -> list[Refusal]:
        """Give the events to the handler, together or, when that fails, one at a time."""
        try:
            rejected = await self._patiently(lambda: self._attempt(events))
        except _ClosingError:
            raise
        except Exception as error:  # noqa: BLE001 - a bug of the handler costs the culprit, never the partition
            self._log.warning("batch_failed", error=type(error).__name__, at=_place(error), events=len(events))
            return await self._one_by_one(events, sources)
        return _refusals(events, sources, rejected)

    async def _one_by_one(self, events: list[Event[Any]], sources: list[Record]) -> list[Refusal]:
        refusals: list[Refusal] = []
        in_a_row = 0
        for event, record in zip(events, sources, strict=True):
            try:
                rejected = await self._patiently(lambda event=event: self._attempt([event]))  # type: ignore[misc]  # https://github.com/python/mypy/issues/12557
            except _ClosingError:
                raise
            except Exception as error:  # noqa: BLE001 - see above
                self._log.error("event_failed", error=type(error).__name__, at=_place(error), offset=record.offset)
                found = [Refusal.because(record, error, "handler-error")]
            else:
                found = _refusals([event], [record], rejected)
            refusals += found
            in_a_row = in_a_row + 1 if found else 0
            if in_a_row >= self._pace.breaker_failures:  # the breaker will open here: spare the rest
                break
        return refusals

    async def _attempt(self, events: Sequence[Event[Any]]) -> dict[int, str]:
        batch = Batch(self.topic, self._partition, events)
        await self._handler(batch)
        return batch.rejected

    async def _bury(self, records: list[Record], refusals: list[Refusal]) -> int:
        """Publish the dead letters, oldest first, and say how many of the records are settled."""
        if not refusals:
            return self.breaker.admit([False] * len(records))
        dead = {refusal.record.offset: refusal for refusal in refusals}
        settled = self.breaker.admit([record.offset in dead for record in records])
        buried = [dead[record.offset] for record in islice(records, settled) if record.offset in dead]
        now = clock.real_now()
        letters = [letter(one, group=self._meters.group, topic=self.topic.name, at=now) for one in buried]
        await self._patiently(lambda: self._producer.forward(letters))
        for one in buried:
            self._meters.buried(one)
            self._log.warning("dead_letter", offset=one.record.offset, reason=one.reason, error=one.error)
        return settled

    async def _patiently(self, operation: Callable[[], Awaitable[R]]) -> R:
        """Try until no dependency is in the way. The partition waits meanwhile, so that order is kept."""
        for delay in delays(self._pace.retry_first_seconds, self._pace.retry_most_seconds):
            try:
                return await operation()
            except TransientError as error:
                self.tries += 1
                self._meters.retries.inc()
                cause = type(error.__cause__ or error).__name__
                self._log.warning("batch_retried", cause=cause, after_seconds=round(delay, 3))
            try:
                async with asyncio.timeout(delay):
                    await self._closing.wait()
            except TimeoutError:
                continue
            raise _ClosingError
        raise AssertionError("delays never end")


def _refusals(events: list[Event[Any]], sources: list[Record], rejected: dict[int, str]) -> list[Refusal]:
    if not rejected:
        return []
    return [
        Refusal(record, rejected[id(event)])
        for event, record in zip(events, sources, strict=True)
        if id(event) in rejected
    ]


def _place(error: Exception) -> str:
    """Where it was raised. The error's own text may quote a person and is never logged."""
    frames = traceback.extract_tb(error.__traceback__, limit=-1)
    return f"{frames[-1].filename}:{frames[-1].lineno} {frames[-1].name}" if frames else ""
