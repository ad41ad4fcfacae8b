"""Publishing what happened to cases, and counting it."""

from collections.abc import Sequence

from legalaid.service import Resource
from legalaid.store import Documents, Outgoing, Publisher, publish_outboxes
from routing import metrics
from routing.census import province_label
from routing.store import Case


class CaseOutgoing:
    """Publishes the outboxes of cases: for the consumer at once, for commands in the background."""

    def __init__(self, cases: Documents[Case], publisher: Publisher) -> None:
        self._cases = cases
        self._publisher = publisher
        self._soon = Outgoing(cases, self.publish)

    async def publish(self, changed: Sequence[Case]) -> None:
        """Publish whole outboxes. Raises ``TransientError`` when any event may not have arrived."""
        new = [case for case in changed if any(not self._cases.is_acknowledged(each) for each in case.outbox)]
        await publish_outboxes(self._publisher, self._cases, changed)
        for case in new:
            if case.state is not None:
                owner = case.state.owner.kind if case.state.owner else "NONE"
                kind = dict(case.outbox[-1].headers)["ce_type"].decode()
                metrics.CASE_EVENTS.labels(kind, owner, province_label(case.state.province)).inc()

    def publish_soon(self, case: Case) -> None:
        """Publish without being waited for: an officer's answer does not depend on Kafka."""
        self._soon.put([case])

    def resource(self) -> Resource:
        """Publishes at the end what is still on its way."""
        return self._soon.resource()
