"""Publishing what happened to cases, and counting it."""

import asyncio
from collections.abc import Sequence

import structlog

from legalaid.errors import PermanentError, TransientError
from legalaid.service import Resource
from legalaid.store import Documents, Publisher, publish_outboxes
from legalaid.telemetry import metrics
from routing.store import Case

log = structlog.get_logger()


class Outgoing:
    """Publishes the outboxes of cases: for the consumer at once, for commands in the background."""

    def __init__(self, cases: Documents[Case], publisher: Publisher) -> None:
        self._cases = cases
        self._publisher = publisher
        self._pending: set[asyncio.Task[None]] = set()

    async def publish(self, changed: Sequence[Case]) -> None:
        """Publish whole outboxes. Raises ``TransientError`` when any event may not have arrived."""
        new = [case for case in changed if any(not self._cases.is_acknowledged(each) for each in case.outbox)]
        await publish_outboxes(self._publisher, self._cases, changed)
        for case in new:
            if case.state is not None:
                owner = case.state.owner.kind if case.state.owner else "NONE"
                kind = dict(case.outbox[-1].headers)["ce_type"].decode()
                metrics.ROUTING_CASE_EVENTS.labels(kind, owner).inc()

    def publish_soon(self, case: Case) -> None:
        """Publish without being waited for: an officer's answer does not depend on Kafka.

        What cannot be published now is left to the sweeper.
        """
        task = asyncio.create_task(self._publish_and_settle(case), name="publish-command")
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)

    def resource(self) -> Resource:
        """Waits at the end for what is being published."""

        async def close() -> None:
            await asyncio.gather(*self._pending)

        return Resource("outgoing", close=close)

    async def _publish_and_settle(self, case: Case) -> None:
        try:
            await self.publish([case])
            await self._cases.settle([case])
        except (TransientError, PermanentError) as error:
            log.warning("publication_left_to_sweeper", case=case.id, error=str(error))
