"""The worker alone: what it does with poison, bugs and dependencies that are away, whatever comes in whatever order."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from legalaid import clock
from legalaid.bus import Batch
from legalaid.bus.dead_letters import Letter
from legalaid.bus.meters import Meters
from legalaid.bus.record import Raw
from legalaid.bus.worker import Worker
from legalaid.errors import PermanentError, TransientError
from legalaid.events import calls
from legalaid.settings import ConsumerSettings
from legalaid.telemetry import metrics

Make = Callable[[Sequence[str]], list[Any]]

DEAD = {
    "junk": "not-cloudevents",
    "wrong-topic": "wrong-topic",
    "reject": "gap",
    "bug": "handler-error",
    "permanent": "sealed-box",
}
KINDS = st.lists(st.sampled_from(["good", "good", "good", *DEAD]), max_size=40)
PACE = ConsumerSettings(batch_records=7, queue_batches=2, retry_first_seconds=0.0001, retry_most_seconds=0.0002)


class Brokers:
    """Takes dead letters, except when told to be away."""

    def __init__(self, away: Sequence[bool] = ()) -> None:
        self.letters: list[Letter] = []
        self._away = iter(away)

    async def forward(self, records: Sequence[Raw]) -> None:
        if next(self._away, False):
            raise TransientError("away")
        for raw in records:
            record: Any = type("Sent", (), {"offset": 0, "key": raw.key, "value": raw.value, "headers": raw.headers})
            self.letters.append(Letter.of(record))


class Tap:
    """Counts."""

    def __init__(self) -> None:
        self.turns: list[str] = []

    def open(self) -> None:
        self.turns.append("open")

    def shut(self) -> None:
        self.turns.append("shut")


class Handler:
    """Does what the kind of an event asks, and remembers what it applied."""

    def __init__(self, away: Sequence[bool] = ()) -> None:
        self.applied: list[str] = []
        self._away = iter(away)

    async def __call__(self, batch: Batch) -> None:
        await asyncio.sleep(0)
        if next(self._away, False):
            raise TransientError("away")
        for event in batch.events:
            if event.correlation_id == "bug":
                raise KeyError("Giàng Thị Máy")
            if event.correlation_id == "permanent":
                raise PermanentError("sealed-box")
            if event.correlation_id == "reject":
                batch.reject(event, "gap")
        self.applied += [event.subject for event in batch.events if id(event) not in batch.rejected]


def worker(handler: Any, brokers: Brokers, tap: Tap | None = None, **changes: Any) -> Worker:
    pace = PACE.model_copy(update=changes)
    meters = Meters.of("test", calls.TOPIC.name)
    producer: Any = brokers
    return Worker(calls.TOPIC, 3, handler, producer=producer, pace=pace, meters=meters, tap=tap or Tap())


async def work_until(one: Worker, following: int) -> None:
    """Run it until it has done everything before ``following``, or has stopped by itself."""
    running = asyncio.create_task(one.run())
    while (one.progress.done or 0) < following and not running.done():  # noqa: ASYNC110 - progress is no event
        await asyncio.sleep(0)
    one.close()
    async with asyncio.timeout(5):
        await running


@settings(deadline=None)
@given(KINDS, st.lists(st.booleans(), max_size=12), st.lists(st.booleans(), max_size=6))
def test_every_record_is_applied_in_order_or_is_a_dead_letter(
    make_records: Make, kinds: list[str], store_away: list[bool], brokers_away: list[bool]
) -> None:
    records = make_records(kinds)
    handler, brokers = Handler(store_away), Brokers(brokers_away)

    async def scenario() -> None:
        one = worker(handler, brokers, breaker_failures=1000)
        if records:
            one.put(records)
        await work_until(one, len(records))
        assert (one.progress.to_commit() or 0) == len(records)

    asyncio.run(scenario())
    good = [record.key.decode() for record, kind in zip(records, kinds, strict=True) if kind == "good"]
    applied = list(dict.fromkeys(handler.applied))  # a batch may be applied twice, when a later event of it fails
    assert [key for key in applied if key in good] == good
    assert [(letter.origin, letter.reason) for letter in brokers.letters] == [
        (offset, DEAD[kind]) for offset, kind in enumerate(kinds) if kind in DEAD
    ]
    for letter in brokers.letters:
        record = records[letter.origin]
        assert (letter.original.value, letter.original.headers) == (record.value, record.headers)


@settings(deadline=None)
@given(KINDS, st.integers(1, 4))
def test_the_breaker_commits_nothing_behind_the_last_dead_letter_of_the_row(
    make_records: Make, kinds: list[str], limit: int
) -> None:
    dead = [kind in DEAD for kind in kinds]
    ends = [end for end in range(limit, len(dead) + 1) if all(dead[end - limit : end])]
    records = make_records(kinds)
    brokers, tap = Brokers(), Tap()

    async def scenario() -> Worker:
        one = worker(Handler(), brokers, tap, breaker_failures=limit)
        if records:
            one.put(records)
        await work_until(one, len(records))
        return one

    one = asyncio.run(scenario())
    settled = ends[0] if ends else len(records)
    assert (one.progress.to_commit() or 0) == settled
    assert len(brokers.letters) == sum(dead[:settled])
    assert one.breaker.is_open == bool(ends)
    if ends:
        assert tap.turns[-1] == "shut"


def test_what_is_settled_later_than_promised_is_counted(make_records: Make) -> None:
    def counted(name: str) -> float:
        labels = {"group": "test", "topic": calls.TOPIC.name}
        return metrics.REGISTRY.get_sample_value(f"legalaid_consumer_{name}_total", labels) or 0.0

    now = clock.real_now().timestamp()
    ages = [3600, 31, 29, 45, 0]
    records = [
        replace(record, timestamp=int((now - age) * 1000))
        for record, age in zip(make_records(["good", "junk", "good", "good", "good"]), ages, strict=True)
    ]
    before = counted("events"), counted("late_events")

    async def scenario() -> None:
        one = worker(Handler(), Brokers())
        one.put(records)
        await work_until(one, len(records))

    asyncio.run(scenario())
    assert (counted("events"), counted("late_events")) == (before[0] + 5, before[1] + 3)


def test_dead_letters_are_acknowledged_before_the_offset_may_be_committed(make_records: Make) -> None:
    seen: list[int | None] = []

    class Watching(Brokers):
        async def forward(self, records: Sequence[Raw]) -> None:
            await asyncio.sleep(0)
            seen.append(one.progress.to_commit())
            await super().forward(records)

    one = worker(Handler(), Watching(away=[True]))
    one.put(make_records(["good", "junk"]))
    asyncio.run(work_until(one, 2))
    assert seen == [None, None]
    assert one.progress.to_commit() == 2


def test_a_bug_in_every_event_does_not_try_them_all(make_records: Make) -> None:
    calls_made = 0

    async def broken(_batch: Batch) -> None:
        nonlocal calls_made
        calls_made += 1
        raise KeyError

    one = worker(broken, Brokers(), batch_records=500, queue_batches=1, breaker_failures=3)
    one.put(make_records(["good"] * 100))
    asyncio.run(work_until(one, 100))
    assert calls_made == 1 + 3
    assert one.progress.to_commit() == 3


def test_a_full_queue_shuts_the_tap_and_half_a_queue_opens_it(make_records: Make) -> None:
    tap = Tap()
    waiting: list[int] = []

    async def handler(_batch: Batch) -> None:
        waiting.append(len(tap.turns))

    one = worker(handler, Brokers(), tap, batch_records=2, queue_batches=4)
    records = make_records(["good"] * 8)
    one.put(records[:7])
    assert tap.turns == []
    one.put(records[7:])
    assert tap.turns == ["shut"]
    asyncio.run(work_until(one, 8))
    assert tap.turns == ["shut", "open"]
    assert waiting == [1, 1, 2, 2]  # six, then four wait: open only below half, when two are left


def test_a_batch_is_what_has_arrived(make_records: Make) -> None:
    sizes: list[int] = []

    async def scenario() -> None:
        async def handler(batch: Batch) -> None:
            sizes.append(len(batch.events))
            if len(sizes) == 1:
                one.put(records[1:])  # arrives while the first is in hand

        records = make_records(["good"] * 10)
        one = worker(handler, Brokers())
        one.put(records[:1])
        await work_until(one, 10)

    asyncio.run(scenario())
    assert sizes == [1, 7, 2]


def test_closing_finishes_the_batch_in_hand_and_begins_no_other(make_records: Make) -> None:
    async def scenario() -> None:
        begun, may_end = asyncio.Event(), asyncio.Event()

        async def handler(_batch: Batch) -> None:
            begun.set()
            await may_end.wait()

        one = worker(handler, Brokers())
        one.put(make_records(["good"] * 10))
        running = asyncio.create_task(one.run())
        await begun.wait()
        one.close()
        await asyncio.sleep(0)
        assert not running.done()
        may_end.set()
        async with asyncio.timeout(5):
            await running
        assert one.progress.to_commit() == 7

    asyncio.run(scenario())


def test_closing_does_not_wait_for_a_dependency_that_is_away(make_records: Make) -> None:
    async def scenario() -> None:
        async def handler(_batch: Batch) -> None:
            raise TransientError("away")

        one = worker(handler, Brokers(), retry_first_seconds=60.0, retry_most_seconds=60.0)
        one.put(make_records(["good"]))
        running = asyncio.create_task(one.run())
        while not one.tries:  # noqa: ASYNC110 - see above
            await asyncio.sleep(0)
        one.close()
        async with asyncio.timeout(5):
            await running
        assert one.progress.to_commit() is None

    asyncio.run(scenario())


def test_a_cancelled_batch_is_not_done(make_records: Make) -> None:
    async def scenario() -> None:
        begun = asyncio.Event()

        async def handler(_batch: Batch) -> None:
            begun.set()
            await asyncio.Event().wait()

        one = worker(handler, Brokers())
        one.put(make_records(["good"]))
        running = asyncio.create_task(one.run())
        await begun.wait()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        assert one.progress.to_commit() is None

    asyncio.run(scenario())
