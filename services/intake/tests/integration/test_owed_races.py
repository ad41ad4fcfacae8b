"""Two processes of intake hear of calls of one number, and of their returns, all at once; and one of them dies."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from intake.commands.switchboard import Ring, Switchboard
from intake.handlers import keep_callback
from intake.rules.callbacks import Pace
from intake.rules.calls import CallState, Report
from intake.store import IntakeStore
from legalaid import clock, ids
from legalaid.errors import TransientError
from legalaid.events import Event, Message, decode
from legalaid.events.calls import CallbackOwed
from legalaid.events.words import CallOutcome, CaseKind, Status
from legalaid.sealed import BlindIndex, Keyring
from legalaid.settings import KeyringSettings, MongoSettings
from legalaid.store import Outgoing, Store, publish_outboxes
from legalaid.vietnam import calendar

from .test_statuses import case

BEGUN = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
"""Eight in the evening in Vietnam."""
PHONE = "+84912345678"


class Printer:
    """A publisher that keeps what it is given."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def publish(self, messages: Sequence[Message]) -> None:
        self.messages.extend(messages)


class World:
    """Two processes of intake over one store."""

    def __init__(self, store: Store, keyring: KeyringSettings) -> None:
        self.store = IntakeStore(store)
        self.printer = Printer()
        self.outgoing = Outgoing(self.store.calls, partial(publish_outboxes, self.printer, self.store.calls))
        index, pace, keys = BlindIndex(keyring), Pace(60, 12), Keyring(store, keyring)
        self.processes = [Switchboard(self.store, keys, index, self.outgoing, calendar.load(), pace) for _ in range(2)]

    async def ring(self, call_id: str, phone: str, at: datetime, process: int = 0) -> None:
        """A call that nobody answered."""
        ended = Report(CallState.ENDED, at, in_hours=False, outcome=CallOutcome.MISSED)
        logged = await self.processes[process].report(Ring(call_id, ended, phone, clock.now(), None))
        assert logged.callback is not None

    async def settle(self, call_id: str, at: datetime) -> None:
        """The Desk has called back, and intake hears of it: as its handler does."""
        state = case(call_id, Status.LINKED, CaseKind.CALLBACK).model_copy(update={"changed_at": at})
        event = Event(ids.random_id(), call_id, 1, at, call_id, state)
        while True:
            after = keep_callback((await self.store.calls.load([call_id]))[call_id], event)
            assert after is not None
            if not await self.store.calls.save([after]):
                break
        await self.processes[0].hear_again({call_id})

    async def owed(self, own: set[str]) -> list[str]:
        """The calls of which an event says that they are owed."""
        await self.outgoing.flush()
        read = [decode(message.value, message.headers) for message in self.printer.messages if message.key in own]
        events = {event.id: event for event in read}.values()
        return sorted(event.subject for event in events if type(event.data) is CallbackOwed)


@pytest.fixture
async def world(mongo: MongoSettings, keyring_settings: KeyringSettings) -> AsyncIterator[World]:
    store = Store(mongo, app_name="test")
    world = World(store, keyring_settings)
    await world.store.create_indexes()
    yield world
    await store.close()


async def test_a_crash_after_the_claim_costs_a_moment_and_never_the_call(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    died, other = ids.random_id(), ids.random_id()

    async def die(*_: object) -> set[str]:
        raise TransientError("the process dies here")

    with monkeypatch.context() as broken:
        broken.setattr(world.store.calls, "save", die)
        with pytest.raises(TransientError):
            await world.ring(died, PHONE, BEGUN)
    assert [claim.call for claim in await world.store.claims.find({})] == [died]
    await world.ring(other, PHONE, BEGUN)
    await world.ring(died, PHONE, BEGUN, process=1)
    assert await world.owed({died, other}) == [other]
    assert (await world.store.calls.load([died]))[died].joined == other


async def test_who_joins_a_call_while_it_is_settled_is_owed_anew(world: World) -> None:
    """The owed call is settled while another joins it: whoever writes last sees the other."""
    first, second = ids.random_id(), ids.random_id()
    await world.ring(first, PHONE, BEGUN)
    save, settled = world.store.calls.save, asyncio.Event()

    async def late(*args: object, **more: object) -> set[str]:
        if not settled.is_set():
            settled.set()
            await world.settle(first, BEGUN + timedelta(minutes=5))
        return await save(*args, **more)  # type: ignore[arg-type]  # whatever it is given

    world.store.calls.save = late  # type: ignore[method-assign]  # only of this store
    await world.ring(second, PHONE, BEGUN + timedelta(minutes=10), process=1)
    assert await world.owed({first, second}) == sorted([first, second])
    assert await world.store.callbacks_waiting() == 1


steps = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 1), st.booleans(), st.sampled_from(["ring", "ring", "ring", "settle"])),
    min_size=1,
    max_size=12,
)
"""Number, process, whether to wait for what goes on, and what happens."""


async def play(world: World, played: list[tuple[int, int, bool, str]]) -> None:
    run, tasks = ids.random_id(), list[asyncio.Task[None]]()
    phones = [f"+849{int(run[:7], 16) % 10**7:07}{number}" for number in range(2)]
    made: dict[str, str] = {}
    at = BEGUN
    for position, (number, process, wait, kind) in enumerate(played):
        at += timedelta(minutes=10)
        if kind == "ring":
            call_id = ids.call_id(run, str(position))
            made[call_id] = phones[number]
            tasks.append(asyncio.create_task(world.ring(call_id, phones[number], at, process)))
        else:
            waiting = [each.id for each in (await world.store.calls.load(made)).values() if each.callback_waiting]
            tasks += [asyncio.create_task(world.settle(each, at)) for each in waiting[:1]]
        if wait:
            await asyncio.gather(*tasks)
    await asyncio.gather(*tasks)
    stored, owed = await world.store.calls.load(made), await world.owed(set(made))
    assert len(owed) == len(set(owed))
    for call in stored.values():
        assert call.callback is not None
        standing = stored[call.joined] if call.joined else call
        assert standing.joined is None
        assert standing.id in owed
        assert call is standing or standing.settled_at is None or call.callback.owed_at < standing.settled_at
        assert made[standing.id] == made[call.id]
    for phone in phones:
        assert sum(call.callback_waiting for key, call in stored.items() if made[key] == phone) <= 1


def test_whatever_the_order_one_call_is_owed_and_no_caller_is_forgotten(
    mongo: MongoSettings, keyring_settings: KeyringSettings
) -> None:
    with asyncio.Runner() as runner:

        async def opened() -> tuple[Store, World]:
            store = Store(mongo, app_name="test")
            world = World(store, keyring_settings)
            await world.store.create_indexes()
            return store, world

        store, world = runner.run(opened())

        @hypothesis_settings(max_examples=40, deadline=None)
        @given(steps)
        def check(played: list[tuple[int, int, bool, str]]) -> None:
            runner.run(play(world, played))

        try:
            check()
        finally:
            runner.run(store.close())
