"""How a consumer applies a batch: load once, decide in memory, write once; who lost a race decides again."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, Protocol, TypeAlias, TypeVar

from legalaid import clock
from legalaid.errors import TransientError
from legalaid.events import Event, Retention
from legalaid.store.aggregate import Aggregate
from legalaid.store.documents import Documents
from legalaid.store.races import TRIES, part_rivals
from legalaid.telemetry import metrics

A = TypeVar("A", bound=Aggregate)

Decide: TypeAlias = Callable[[A | None, Event[Any]], A | None]
"""The aggregate as the event leaves it, or None when nothing changes. Pure: it may run again after a lost race."""


_SLICE_SECONDS: Final = 0.003
"""How long a batch decides before others have a turn: whoever asks the API of the same process waits for it."""


class Rejecting(Protocol):
    """The part of ``legalaid.bus.Batch`` that is needed here."""

    def reject(self, event: Event[Any], reason: str) -> None:
        """Send the event to the dead letters."""
        ...


@dataclass(frozen=True, slots=True)
class Step(Generic[A]):
    """One event and the one aggregate that it may change. An event that concerns two aggregates makes two steps."""

    key: str
    event: Event[Any]
    decide: Decide[A]


def in_sequence(batch: Rejecting, decide: Decide[A]) -> Decide[A]:
    """Let ``decide`` see each event once and none after a gap; the aggregate remembers what it has taken.

    What was taken before is skipped. What comes after a missing event follows it to the dead letters (``gap``), so that
    both can be replayed in order; a compacted topic has holes by design. A stage that wants nothing of an aggregate
    makes no step for it: with no document there is nothing to remember the sequence in.
    """

    def decide_next(before: A | None, event: Event[Any]) -> A | None:
        source = event.topic.short
        taken = before.applied.get(source, 0) if before else 0
        if event.sequence <= taken:
            return None
        if event.sequence > taken + 1 and event.topic.retention is not Retention.LATEST:
            batch.reject(event, "gap")
            return None
        after = decide(before, event) or before
        if after is not None:
            after.applied = {**after.applied, source: event.sequence}
        return after

    return decide_next


async def fold(documents: Documents[A], steps: Sequence[Step[A]]) -> list[A]:
    """Apply the steps in order and write what changed.

    Returns every aggregate touched, also those where all was applied before: a crash may have kept what it caused from
    being published. Raises ``TransientError`` when the store is away, or others keep winning the same documents.
    """
    touched: dict[str, A] = {}
    for attempt in range(TRIES):
        await part_rivals(attempt)
        current = await documents.load(dict.fromkeys(step.key for step in steps))
        changed: dict[str, A] = {}
        slice_ends = clock.elapsed() + _SLICE_SECONDS
        for step in steps:
            if clock.elapsed() > slice_ends:
                await asyncio.sleep(0)
                slice_ends = clock.elapsed() + _SLICE_SECONDS
            after = step.decide(current.get(step.key), step.event)
            if after is not None:
                current[step.key] = changed[step.key] = after
        losers = await documents.save(list(changed.values()), by_consumer=True)
        touched.update((key, each) for key, each in current.items() if key not in losers)
        unchanged = [each for key, each in current.items() if key not in changed]
        if unchanged:
            await documents.confirm(unchanged)
        if not losers:
            return list(touched.values())
        metrics.STORE_LOST_RACES.labels(documents.name).inc(len(losers))
        steps = [step for step in steps if step.key in losers]
    raise TransientError("store: others keep changing the same documents")
