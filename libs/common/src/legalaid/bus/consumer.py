"""The consumer of a service: its handlers, run by the loop of docs/consumer-loop.md, and what it says of its health."""

import asyncio
from collections.abc import Iterator, Mapping

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor

from legalaid import clock
from legalaid.bus.batch import Handler
from legalaid.bus.connection import connection
from legalaid.bus.membership import LostError, Membership
from legalaid.bus.meters import Meters
from legalaid.bus.producer import Producer
from legalaid.bus.watchdog import Watchdog
from legalaid.bus.worker import Tap, Worker
from legalaid.events import Topic
from legalaid.health import Check
from legalaid.service import Part, pause
from legalaid.settings import ConsumerSettings, KafkaSettings
from legalaid.telemetry import metrics

log = structlog.get_logger()

_FETCH_WAIT_MS = 100
"""A fetch of other partitions that waits so long at the broker is what a partition waits for when it is resumed."""
_GATHERED_BYTES = 128 * 1024
"""What the brokers need not add to before they answer a group that gathers: a backlog is fetched at once."""
_FETCH_BYTES = 8 * 1024 * 1024
_HEARTBEAT_MS = 1000
"""A member hears of a rebalance by its next heartbeat, and the whole group stands still until all have."""
_MARGIN_SECONDS = 10.0
_REJOIN_SECONDS = 1.0


class Consumer:
    """Gives the events of some topics to their handlers, in order per partition, at least once."""

    def __init__(
        self,
        *,
        group: str,
        handlers: Mapping[Topic, Handler],
        kafka: KafkaSettings,
        pace: ConsumerSettings,
        producer: Producer,
    ) -> None:
        self._group = group
        self._kafka = kafka
        self._pace = pace
        self._producer = producer
        self._subscribed = {kafka.prefix + topic.name: (topic, handler) for topic, handler in handlers.items()}
        self._meters = {topic: Meters.of(group, topic.name) for topic in handlers}
        self._watchdog = Watchdog(pace.stuck_seconds)
        self._membership: Membership | None = None
        self._stopping = asyncio.Event()

    def part(self) -> Part:
        """The part of the service that consumes."""
        return Part("consumer", self._run)

    def live(self) -> Check:
        """Whether there is progress wherever there is lag. Brokers or a store that are away do not make it fail."""
        stuck = self._watchdog.stuck(clock.elapsed())
        return Check("consumer", not stuck, f"no progress: {', '.join(stuck)}" if stuck else "")

    async def ready(self) -> Check:
        """Whether the group is joined and no partition is stopped by its breaker."""
        if self._stopping.is_set():
            return Check("consumer", ok=False, detail="stopping")
        if self._membership is None or not self._membership.is_joined:
            return Check("consumer", ok=False, detail="not a member of its group")
        stopped = self._membership.stopped
        return Check("consumer", not stopped, f"breaker open: {', '.join(stopped)}" if stopped else "")

    async def _run(self, stopping: asyncio.Event) -> None:
        self._stopping = stopping
        while not stopping.is_set():
            self._membership = self._new_membership()
            try:
                await self._membership.run(stopping)
            except* LostError as lost:
                self._watchdog.forget()
                metrics.CONSUMER_LOST.labels(self._group).inc()
                log.warning("membership_lost", group=self._group, causes=list(_causes(lost)))
            await pause(stopping, _REJOIN_SECONDS)

    def _new_membership(self) -> Membership:
        # Others wait this long for us to finish what is in hand; a join is answered when all have.
        rebalance_seconds = self._pace.drain_seconds + _MARGIN_SECONDS
        client = AIOKafkaConsumer(
            client_id=f"legalaid-{self._group}",
            group_id=self._kafka.prefix + self._group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            # no partition of ours has state worth keeping, and aiokafka's sticky assignor keeps its own on the class
            # (aio-libs/aiokafka#1175)
            partition_assignment_strategy=(RoundRobinPartitionAssignor,),
            session_timeout_ms=int(self._pace.session_timeout_seconds * 1000),
            heartbeat_interval_ms=_HEARTBEAT_MS,
            rebalance_timeout_ms=int(rebalance_seconds * 1000),
            request_timeout_ms=int((rebalance_seconds + _MARGIN_SECONDS) * 1000),
            fetch_max_wait_ms=int(self._pace.gather_seconds * 1000) or _FETCH_WAIT_MS,
            fetch_min_bytes=_GATHERED_BYTES if self._pace.gather_seconds else 1,
            fetch_max_bytes=_FETCH_BYTES,
            **connection(self._kafka),
        )
        return Membership(
            client,
            list(self._subscribed),
            self._hire,
            group=self._group,
            pace=self._pace,
            watchdog=self._watchdog,
        )

    def _hire(self, partition: TopicPartition, tap: Tap) -> Worker:
        topic, handler = self._subscribed[partition.topic]
        return Worker(
            topic,
            partition.partition,
            handler,
            producer=self._producer,
            pace=self._pace,
            meters=self._meters[topic],
            tap=tap,
        )


def _causes(group: BaseExceptionGroup[LostError]) -> Iterator[str]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _causes(error)
        else:
            yield str(error)
