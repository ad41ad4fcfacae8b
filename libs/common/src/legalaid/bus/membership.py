"""One membership of a consumer group: from joining it until it is left or lost."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from legalaid import clock
from legalaid.bus import lag
from legalaid.bus.watchdog import Watchdog
from legalaid.bus.worker import Tap, Worker
from legalaid.settings import ConsumerSettings
from legalaid.telemetry import metrics

log = structlog.get_logger()

_POLL_MS = 250
_JOIN_SECONDS = 120.0
_ANSWER_SECONDS = 5.0
"""How long a commit or a question to the brokers may take. The next one will say the same."""
_LEAVE_SECONDS = 10.0


class LostError(Exception):
    """The membership cannot go on: join again, from the committed offsets."""


@dataclass(frozen=True)
class _PartitionTap:
    client: AIOKafkaConsumer
    partition: TopicPartition

    def open(self) -> None:
        if self.partition in self.client.assignment():
            self.client.resume(self.partition)

    def shut(self) -> None:
        if self.partition in self.client.assignment():
            self.client.pause(self.partition)


class Membership(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
    """Fetches for its partitions, has one worker for each, and commits what they have done."""

    def __init__(
        self,
        client: AIOKafkaConsumer,
        topics: Sequence[str],
        hire: Callable[[TopicPartition, Tap], Worker],
        *,
        group: str,
        pace: ConsumerSettings,
        watchdog: Watchdog,
    ) -> None:
        self.is_joined = False
        self.workers: dict[TopicPartition, Worker] = {}
        self._client = client
        self._topics = topics
        self._hire = hire
        self._group = group
        self._pace = pace
        self._watchdog = watchdog
        self._tasks: dict[TopicPartition, asyncio.Task[None]] = {}
        self._nursery = asyncio.TaskGroup()
        self._is_over = False
        self._is_rebalancing = True
        self._rebalances = 0
        self._log = log.bind(group=group)

    @property
    def stopped(self) -> list[str]:
        """Partitions whose breaker is open."""
        return [lag.name(partition) for partition, worker in self.workers.items() if worker.breaker.is_open]

    async def run(self, stopping: asyncio.Event) -> None:
        """Join, work until told to stop, drain, commit, leave. An exception group with ``LostError`` ends it early."""
        self._client.subscribe(self._topics, listener=self)
        told = asyncio.create_task(stopping.wait())
        serving = asyncio.create_task(self._serve())
        try:
            async with self._nursery:
                try:
                    await asyncio.wait({told, serving}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    self._is_over = True
                    serving.cancel()
                    await asyncio.wait({serving})
                await self._release()
                if not serving.cancelled():
                    serving.result()
        finally:
            told.cancel()
            self.is_joined = False
            await self._leave()

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        """Others may take over when this returns: finish what is in hand, commit it, forget the rest."""
        self._is_rebalancing = True
        self._rebalances += 1
        if revoked:
            metrics.CONSUMER_REBALANCES.labels(self._group).inc()
        await self._release()

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        """Begin anew with these, from the committed offsets."""
        self._is_rebalancing = False
        self.is_joined = True
        self._log.info("partitions_assigned", partitions=sorted(map(lag.name, assigned)))
        if self._is_over:
            return
        for partition in assigned:
            worker = self._hire(partition, _PartitionTap(self._client, partition))
            self.workers[partition] = worker
            self._tasks[partition] = self._nursery.create_task(self._guarded(worker.run()), name=lag.name(partition))

    async def _guarded(self, work: Awaitable[None]) -> None:
        """A task group that is being torn down must get no new tasks: nothing would ever end them."""
        try:
            await work
        except Exception:
            self._is_over = True
            raise

    async def _serve(self) -> None:
        try:
            async with asyncio.timeout(_JOIN_SECONDS):
                await self._client.start()
        except (KafkaError, TimeoutError, OSError) as error:
            raise LostError(type(error).__name__) from error
        async with asyncio.TaskGroup() as loops:
            loops.create_task(self._fetch())
            loops.create_task(self._every(self._pace.commit_seconds, self._commit))
            loops.create_task(self._every(min(5.0, self._pace.stuck_seconds / 4), self._observe))

    async def _fetch(self) -> None:
        while True:
            try:
                fetched = await self._client.getmany(timeout_ms=_POLL_MS, max_records=self._pace.batch_records)
                for partition, records in fetched.items():
                    self.workers[partition].put(records)
            except Exception as error:
                # aiokafka may now pass over records that it had begun to hand out: begin again from what is committed
                raise LostError(type(error).__name__) from error
            if fetched:
                await asyncio.sleep(0)  # getmany does not suspend while it has records: let the workers begin

    async def _every(self, seconds: float, act: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(seconds)
            await act()

    async def _commit(self) -> None:
        workers = list(self.workers.values())
        metrics.CONSUMER_PAUSED.labels(self._group).set(sum(worker.is_paused for worker in workers))
        metrics.CONSUMER_STOPPED.labels(self._group).set(sum(worker.breaker.is_open for worker in workers))
        due = {partition: worker.progress.to_commit() for partition, worker in self.workers.items()}
        offsets = {partition: offset for partition, offset in due.items() if offset is not None}
        if not offsets:
            return
        committing = {self.workers[partition]: offset for partition, offset in offsets.items()}
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await self._client.commit(offsets)
        except (CommitFailedError, IllegalStateError) as error:
            # normal when the group has rebalanced: somebody else has the partitions, and will do these records again
            metrics.CONSUMER_COMMITS.labels(self._group, "rebalanced").inc()
            self._log.info("commit_came_too_late", error=type(error).__name__)
        except (KafkaError, TimeoutError) as error:
            metrics.CONSUMER_COMMITS.labels(self._group, "failed").inc()
            self._log.warning("commit_failed", error=type(error).__name__)
        else:
            metrics.CONSUMER_COMMITS.labels(self._group, "ok").inc()
            for worker, offset in committing.items():
                worker.progress.confirm(offset)

    async def _observe(self) -> None:
        """Ask the brokers for the ends of our partitions, for the lag and for the watchdog."""
        try:
            # asked for less long than the patience: the silence of the brokers must not count as ours
            async with asyncio.timeout(min(_ANSWER_SECONDS, self._pace.stuck_seconds / 2)):
                marks = await lag.marks(self._client, self.workers, self._group, self._topics[0])
        except (KafkaError, TimeoutError):
            self._watchdog.forget()
            return
        if self._is_rebalancing:
            marks["rebalance"] = self._rebalances
        self._watchdog.observe(marks, clock.elapsed())

    async def _release(self) -> None:
        """Let every worker finish the batch in hand, within the time to drain; commit what is done; forget them."""
        begun = clock.elapsed()
        for worker in self.workers.values():
            worker.close()
        working = list(self._tasks.values())
        if working:
            _, late = await asyncio.wait(working, timeout=self._pace.drain_seconds)
            for task in late:
                task.cancel()
            if late:
                metrics.CONSUMER_CUT.labels(self._group).inc(len(late))
                self._log.warning("batches_cut", partitions=sorted(task.get_name() for task in late))
                await asyncio.wait(late, timeout=_ANSWER_SECONDS)
            metrics.CONSUMER_DRAIN_SECONDS.labels(self._group).observe(clock.elapsed() - begun)
        await self._commit()
        lag.forget(self.workers, self._group)
        self.workers.clear()
        self._tasks.clear()

    async def _leave(self) -> None:
        # Never cancelled: a client whose stop is cut short goes on beating as a member that does no work.
        leaving = asyncio.create_task(self._client.stop(), name=f"leave {self._group}")
        _unfinished.add(leaving)
        leaving.add_done_callback(_unfinished.discard)
        await asyncio.wait([leaving], timeout=_LEAVE_SECONDS)


_unfinished: set[asyncio.Task[None]] = set()
"""Clients that are still leaving. The event loop alone would forget them."""
