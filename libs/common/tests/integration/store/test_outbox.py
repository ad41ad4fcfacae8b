import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from legalaid import clock, ids, service
from legalaid.errors import PermanentError, TransientError
from legalaid.events import Message, requests
from legalaid.store import Aggregate, Documents, Store, publish_outboxes, sweeper
from legalaid.store.outbox import sweep
from legalaid.telemetry import metrics

AT = datetime(2026, 11, 23, 1, tzinfo=UTC)


class Broker:
    """Keeps what it is given; away when told so, and never takes what is for a poisoned key."""

    def __init__(self) -> None:
        self.taken: list[Message] = []
        self.away = False
        self.poisoned: set[str] = set()

    async def publish(self, messages: Sequence[Message]) -> None:
        if self.away:
            raise TransientError("away")
        if any(message.key in self.poisoned for message in messages):
            raise PermanentError("too-large")
        self.taken += messages


class Thing(Aggregate):
    pass


@pytest.fixture
async def things(store: Store) -> Documents[Thing]:
    documents = Documents(store, "test", "things", Thing)
    await documents.create_indexes()
    return documents


def thing(name: str, events: int = 1) -> Thing:
    made = Thing(id=ids.request_id("test", name))
    for index in range(events):
        data = requests.RequestWithdrawn(request_id=made.id, withdrawn_at=AT)
        made.emit(data, cause=made.id, time=AT, correlation_id=made.id, index=index)
    return made


def sequences(messages: Sequence[Message]) -> list[bytes]:
    return [dict(message.headers)["ce_sequence"] for message in messages]


async def test_the_whole_outbox_is_published_oldest_first_and_only_once(things: Documents[Thing]) -> None:
    broker, one, two = Broker(), thing("1", 3), thing("2", 2)
    await things.save([one, two], by_consumer=True)
    await publish_outboxes(broker, things, [one, two])
    assert broker.taken == one.outbox + two.outbox
    assert sequences(one.outbox) == sorted(sequences(one.outbox))
    await publish_outboxes(broker, things, (await things.load([one.id, two.id])).values())
    assert len(broker.taken) == 5


async def test_what_was_not_acknowledged_is_published_again(things: Documents[Thing]) -> None:
    broker, one = Broker(), thing("1")
    await things.save([one], by_consumer=True)
    broker.away = True
    with pytest.raises(TransientError):
        await publish_outboxes(broker, things, [one])
    broker.away = False
    await publish_outboxes(broker, things, [one])
    assert broker.taken == one.outbox


async def test_a_sweep_publishes_and_clears_what_was_left(things: Documents[Thing]) -> None:
    broker = Broker()
    left = [thing("1", 2), thing("2")]
    await things.insert(left)
    await things.save([thing("3")], by_consumer=True)
    assert await sweep(things, broker, 60) is False
    assert broker.taken == []
    await sweep(things, broker, 0)
    assert {message.id for message in broker.taken} == {message.id for each in left for message in each.outbox}
    assert await things.unsent(0, 10) == []
    await sweep(things, broker, 0)
    assert len(broker.taken) == 3


async def test_the_age_of_the_oldest_is_told_until_nothing_is_left(
    things: Documents[Thing], monkeypatch: pytest.MonkeyPatch
) -> None:
    def age() -> float | None:
        return metrics.REGISTRY.get_sample_value("legalaid_store_unsent_oldest_seconds", {"collection": "things"})

    broker, real_now = Broker(), clock.real_now
    await things.insert([thing("1")])
    monkeypatch.setattr(clock, "real_now", lambda: real_now() + timedelta(minutes=5))
    await things.insert([thing("2")])
    broker.away = True
    with pytest.raises(TransientError):
        await sweep(things, broker, 0)
    assert 300 <= (age() or 0) < 360
    broker.away = False
    await sweep(things, broker, 0)
    await sweep(things, broker, 0)
    assert age() == 0


async def test_a_full_page_says_that_more_may_wait(things: Documents[Thing], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("legalaid.store.outbox._AT_ONCE", 2)
    await things.insert([thing(name) for name in "123"])
    assert [await sweep(things, Broker(), 0) for _ in range(3)] == [True, False, False]


async def test_an_outbox_that_no_broker_takes_keeps_nobody_back(things: Documents[Thing]) -> None:
    broker, good, bad = Broker(), thing("1"), thing("2")
    broker.poisoned = {bad.id}
    await things.insert([bad, good])
    await sweep(things, broker, 0)
    assert [message.key for message in broker.taken] == [good.id]
    assert [each.id for each in await things.unsent(0, 10)] == [bad.id]


async def run_until(part: service.Part, done: Any) -> None:
    stop = asyncio.Event()
    running = asyncio.ensure_future(part.run(stop))
    async with asyncio.timeout(10):
        while not done():  # noqa: ASYNC110 - polls what has no event
            await asyncio.sleep(0.005)
        stop.set()
        await running


async def test_the_sweeper_goes_on_after_an_outage_and_stops_when_told(store: Store, things: Documents[Thing]) -> None:
    broker, others = Broker(), Documents(store, "test", "others", Thing)
    await others.create_indexes()
    await things.insert([thing("1")])
    await others.insert([thing("2")])
    broker.away = True
    part = sweeper([things, others], broker, every_seconds=0.01, older_than_seconds=0)
    assert part.name == "sweeper"
    stop = asyncio.Event()
    running = asyncio.ensure_future(part.run(stop))
    await asyncio.sleep(0.05)
    assert not running.done()
    stop.set()
    await asyncio.wait_for(running, 5)
    broker.away = False
    await run_until(part, lambda: len(broker.taken) == 2)


async def test_the_sweeper_of_one_collection(things: Documents[Thing]) -> None:
    broker = Broker()
    await things.insert([thing("1")])
    await run_until(sweeper(things, broker, every_seconds=60, older_than_seconds=0), lambda: broker.taken)
