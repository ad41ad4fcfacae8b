"""What routing tells of cases, kept for status checks, and for knowing how many callbacks wait."""

from typing import Any

from intake.commands.switchboard import Switchboard
from intake.store import Call, CaseStatus, IntakeStore
from legalaid.bus import Batch
from legalaid.events import Event
from legalaid.events.cases import CaseState
from legalaid.events.words import CaseKind
from legalaid.store import Step, fold, in_sequence


class CaseHandler:
    """The handler of ``legalaid.cases``. Publishes nothing itself."""

    def __init__(self, store: IntakeStore, switchboard: Switchboard) -> None:
        self._store = store
        self._switchboard = switchboard

    async def __call__(self, batch: Batch) -> None:
        """Apply a batch: a request's case to its status, a callback's to its call."""
        status, call = in_sequence(batch, keep_status), in_sequence(batch, keep_callback)
        requests: list[Step[CaseStatus]] = []
        callbacks: list[Step[Call]] = []
        for event in batch.events:
            if event.data.kind is CaseKind.CALLBACK:
                callbacks.append(Step(event.subject, event, call))
            else:
                requests.append(Step(event.subject, event, status))
        await fold(self._store.statuses, requests)
        await fold(self._store.calls, callbacks)
        # Also for what was applied before: a crash may have come between the two.
        await self._switchboard.hear_again({step.key for step in callbacks if not step.event.data.status.is_open})


def keep_status(before: CaseStatus | None, event: Event[Any]) -> CaseStatus:
    """The newest public status of a case."""
    case: CaseState = event.data
    after = before or CaseStatus(id=event.subject, status=case.status, changed_at=case.changed_at)
    return after.model_copy(update={"status": case.status, "changed_at": case.changed_at})


def keep_callback(before: Call | None, event: Event[Any]) -> Call | None:
    """A callback waits as long as its case is open. It was settled when the case first ended."""
    case: CaseState = event.data
    if before is None:
        return None
    settled_at = None if case.status.is_open else before.settled_at or case.changed_at
    return before.model_copy(update={"callback_waiting": case.status.is_open, "settled_at": settled_at})
