"""What is written is published at once and cleared a little later, together; a crash leaves it to the sweeper."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from legalaid import ids
from legalaid.errors import PermanentError, TransientError
from legalaid.events import requests
from legalaid.store import Aggregate, Documents, Outgoing, Store

AT = datetime(2026, 11, 23, 1, tzinfo=UTC)


class Thing(Aggregate):
    pass


class Printer:
    """Keeps the ids of what it is given, batch by batch; fails as told."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.failure: Exception | None = None
        self.open = asyncio.Event()
        self.open.set()

    async def publish(self, batch: Sequence[Thing]) -> None:
        await self.open.wait()
        if self.failure is not None:
            raise self.failure
        self.batches.append([each.id for each in batch])


class Counted(Documents[Thing]):
    settled: int = 0

    async def settle(self, sent: Sequence[Thing]) -> None:
        await super().settle(sent)
        self.settled += 1


@pytest.fixture
async def things(store: Store) -> Counted:
    documents = Counted(store, "test", "things", Thing)
    await documents.create_indexes()
    return documents


async def written(things: Documents[Thing], count: int) -> list[Thing]:
    made = [Thing(id=ids.random_id()) for _ in range(count)]
    for each in made:
        data = requests.RequestWithdrawn(request_id=each.id, withdrawn_at=AT)
        each.emit(data, cause=each.id, time=AT, correlation_id=each.id)
    await things.insert(made)
    return made


async def unsent(things: Documents[Thing]) -> int:
    return len(await things.unsent(-60, 1000))


async def until(true: object) -> None:
    async with asyncio.timeout(10):
        while not true():  # type: ignore[operator]  # noqa: ASYNC110 - a lambda over what others change
            await asyncio.sleep(0.005)


async def test_each_is_published_at_once_and_all_are_cleared_together(things: Counted) -> None:
    printer = Printer()
    outgoing = Outgoing(things, printer.publish)
    made = await written(things, 3)
    for number, each in enumerate(made):
        outgoing.put([each])
        await until(lambda number=number: len(printer.batches) == number + 1)
    assert printer.batches == [[each.id] for each in made]
    assert await unsent(things) == 3
    async with asyncio.timeout(10):
        while await unsent(things):  # noqa: ASYNC110 - the store has no event
            await asyncio.sleep(0.02)
    assert things.settled == 1


async def test_what_gathers_while_one_batch_is_published_goes_with_the_next(things: Counted) -> None:
    printer = Printer()
    printer.open.clear()
    outgoing = Outgoing(things, printer.publish)
    first, *rest = await written(things, 4)
    outgoing.put([first])
    await asyncio.sleep(0.02)
    for each in rest:
        outgoing.put([each])
    printer.open.set()
    await outgoing.flush()
    assert printer.batches == [[first.id], [each.id for each in rest]]


async def test_the_end_waits_for_what_is_on_its_way_and_for_its_clearing(things: Counted) -> None:
    printer = Printer()
    outgoing = Outgoing(things, printer.publish)
    outgoing.put(await written(things, 5))
    close = outgoing.resource().close
    assert close is not None
    began = asyncio.get_running_loop().time()
    await close()
    assert asyncio.get_running_loop().time() - began < 0.4  # it does not wait for others to share the clearing
    assert sum(map(len, printer.batches)) == 5
    assert await unsent(things) == 0


async def test_many_do_not_wait_to_be_cleared(things: Counted) -> None:
    printer = Printer()
    outgoing = Outgoing(things, printer.publish)
    outgoing.put(await written(things, 501))
    await until(lambda: things.settled)
    assert len(printer.batches[0]) == 500
    await outgoing.flush()
    assert await unsent(things) == 0


@pytest.mark.parametrize("failure", [TransientError("away"), PermanentError("too-large")])
async def test_what_cannot_be_published_is_left_to_the_sweeper(things: Counted, failure: Exception) -> None:
    printer = Printer()
    outgoing = Outgoing(things, printer.publish)
    printer.failure = failure
    outgoing.put(await written(things, 2))
    await outgoing.flush()
    assert await unsent(things) == 2
    printer.failure = None
    outgoing.put(await written(things, 1))  # and it goes on with what comes
    await outgoing.flush()
    assert await unsent(things) == 2


async def test_what_is_published_while_others_are_cleared_is_cleared_next(things: Counted) -> None:
    """It stayed until something else was published, and the sweeper published it a second time."""
    printer = Printer()
    outgoing = Outgoing(things, printer.publish)
    first, second = await written(things, 2)
    begun, may_end = asyncio.Event(), asyncio.Event()
    settle = things.settle

    async def slow(sent: Sequence[Thing]) -> None:
        begun.set()
        await may_end.wait()
        await settle(sent)

    setattr(things, "settle", slow)  # noqa: B010 - a method, for once
    outgoing.put([first])
    await begun.wait()
    outgoing.put([second])
    await until(lambda: len(printer.batches) == 2)
    may_end.set()
    await until(lambda: things.settled == 2)
    assert await unsent(things) == 0
