"""Two providers share the messages: who gets one, who gets it next, and that nobody is told twice whatever dies."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest

from legalaid import clock
from legalaid.testing.events import AT
from notify.attempts import Attempts, ProviderOrder
from notify.gateways import Lost, NotNow, Ours, Outcome, Refused, RouteCannot, Taken
from notify.gateways import Message as Sms
from notify.notice import State
from notify.rules.health import Circuit, Result
from notify.store import DATABASE

from .conftest import FakeGateway, KilledError, Life, World, batch

KINDS = [(True, True), (True, False), (False, True), (False, False)]
"""Whether a provider drops repeats, and whether it can be asked."""


@pytest.fixture
async def two(world: World) -> World:
    """``world`` with a second provider."""
    world.others = [FakeGateway(name="second")]
    await Attempts(world.store, DATABASE).create_indexes()
    return world


def both(world: World) -> list[FakeGateway]:
    return [world.gateway, *world.others]


def delivered(world: World) -> list[str]:
    return [request for gateway in both(world) for request, _, _ in gateway.delivered]


def behave(world: World, *, drops: bool = True, asked: bool = True) -> None:
    for gateway in both(world):
        gateway.drops_repeats, gateway.can_be_asked = drops, asked


async def test_both_get_messages_and_each_is_told_once(two: World) -> None:
    async with two.process() as process:
        for _ in range(12):
            await process.handlers.on_cases(batch(await two.case()))
        notices = await two.settled(12)
    assert sorted(delivered(two)) == sorted(notice.id for notice in notices)
    assert all(gateway.delivered for gateway in both(two)), "one in 2,000 runs all twelve go to one"
    for gateway in both(two):
        assert {request for request, _, _ in gateway.delivered} == {
            notice.id for notice in notices if notice.provider == gateway.name
        }


@pytest.mark.parametrize("answer", [NotNow("http-503"), Ours("http-401"), RouteCannot("http-406")])
async def test_what_one_did_certainly_not_take_goes_to_the_next_at_once(two: World, answer: Outcome) -> None:
    two.others[0].answers = [answer] * 50
    async with two.process() as process:
        for _ in range(6):
            await process.handlers.on_cases(batch(await two.case()))
        notices = await two.settled(6)
    assert {notice.state for notice in notices} == {State.SENT_TO_GATEWAY}
    assert {notice.attempts for notice in notices} == {1}, "in the same attempt"
    assert len(two.gateway.delivered) == 6
    assert not two.others[0].delivered


async def test_an_ill_one_is_left_alone_and_the_log_tells_other_processes(two: World) -> None:
    two.others[0].answers = [NotNow("http-503")] * 50
    async with two.process() as process:
        for number in range(20):
            await process.handlers.on_cases(batch(await two.case()))
            await two.settled(number + 1)  # else more than three are under way there before the third has failed
        (ill,) = (each for each in process.choosing.seen() if each.provider.name == "second")
    assert ill.state is Circuit.SHUT
    assert [row.result for row in ill.standing.health.why] == [Result.FAULT] * 3
    assert 47 <= len(two.others[0].answers) <= 49, "three tries, and none after"
    async with two.process() as another:
        for _ in range(4):
            await another.handlers.on_cases(batch(await two.case()))
        await two.settled(24)
        (ill,) = (each for each in another.choosing.seen() if each.provider.name == "second")
    assert ill.state is Circuit.SHUT, "read from the log of the process that is gone"
    assert len(set(delivered(two))) == 24


async def test_where_all_fail_it_waits_and_goes_when_one_is_well(two: World) -> None:
    for gateway in both(two):
        gateway.answers = [NotNow("http-503")]
    with clock.use(clock.SimulatedClock(clock.now(), 1.0)):  # it runs: a put-off ends
        async with two.process() as process:
            await process.handlers.on_cases(batch(await two.case()))
            (notice,) = await two.ended()
    assert notice.state is State.SENT_TO_GATEWAY
    assert notice.attempts > 1
    assert len(delivered(two)) == 1


async def test_a_refused_number_goes_to_nobody_else(two: World) -> None:
    """And it says nothing of the provider (I9)."""
    for gateway in both(two):
        gateway.answers = [Refused("simulated-99")] * 20
    async with two.process() as process:
        for _ in range(8):
            await process.handlers.on_cases(batch(await two.case()))
        notices = await two.settled(8)
        assert {each.state for each in process.choosing.seen()} == {Circuit.OPEN}
    assert {notice.state for notice in notices} == {State.CALLBACK_OWED}
    assert sum(20 - len(gateway.answers) for gateway in both(two)) == 8


async def test_what_none_can_carry_becomes_a_call(two: World) -> None:
    for gateway in both(two):
        gateway.answers = [RouteCannot("http-406")] * 5
    async with two.process() as process:
        await process.handlers.on_cases(batch(await two.case()))
        (notice,) = await two.settled()
    assert notice.state is State.CALLBACK_OWED
    assert [len(gateway.answers) for gateway in both(two)] == [4, 4]


@pytest.mark.parametrize(("drops", "asked"), KINDS)
async def test_a_doubt_stays_with_who_may_have_taken_it(
    two: World, drops: bool, asked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I1."""
    monkeypatch.setattr("notify.choosing._ASK_SOON_SECONDS", 0.05)
    behave(two, drops=drops, asked=asked)
    for gateway in both(two):
        gateway.answers = [Lost("cut")]
    with clock.use(clock.SimulatedClock(clock.now(), 1.0)):
        async with two.process(timeout_seconds=0.05) as process:
            await process.handlers.on_cases(batch(await two.case()))
            (notice,) = await two.ended()
    tried = [gateway for gateway in both(two) if gateway.received]
    assert [gateway.name for gateway in tried] == [notice.provider] or notice.state is State.UNKNOWN
    assert len(tried) == 1
    assert len(delivered(two)) == 1
    assert notice.state is (State.SENT_TO_GATEWAY if drops or asked else State.UNKNOWN)


async def test_who_is_shut_by_a_person_gets_nothing_until_opened(two: World) -> None:
    orders = Attempts(two.store, DATABASE).orders
    order = ProviderOrder(id="second", shut=True, reason="maintenance", at=AT, by="somebody")
    await orders.save([order])
    async with two.process() as process:
        while "second" not in process.choosing._orders:
            process.sender.wake()
            await process.choosing.read()
        for _ in range(10):
            await process.handlers.on_cases(batch(await two.case()))
        await two.settled(10)
    assert len(two.gateway.delivered) == 10
    assert not two.others[0].received


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(("step", "nth"), [("send", 1), ("send", 2), ("save", 2), ("save", 3)])
@pytest.mark.parametrize(("drops", "asked"), KINDS)
async def test_a_death_while_it_goes_from_one_to_the_next(
    two: World, drops: bool, asked: bool, step: str, nth: int, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first send is not taken, the second save gives it to the other, the second send is, the third says so."""
    behave(two, drops=drops, asked=asked)
    event, life = await two.case(), Life(step, nth, after)
    turn = Turns(both(two))
    async with two.process(life) as first:
        with suppress(KilledError):
            await first.handlers.on_cases(batch(event))
            await two.ended_or(lambda: life.dead)
    assert life.dead, "the test must reach the step it is about"
    turn.over()
    later = clock.real_now() + timedelta(minutes=2)
    monkeypatch.setattr(clock, "real_now", lambda: later)
    with clock.use(clock.SimulatedClock(clock.now() + timedelta(minutes=2), 1.0)):
        async with two.process() as second, two.process() as third:
            await second.handlers.on_cases(batch(event))
            await two.swept(third)
            (notice,) = await two.ended()
    count = len(delivered(two))
    assert count <= 1, "nobody gets a message twice"
    if drops or asked:
        assert (notice.state, count) == (State.SENT_TO_GATEWAY, 1)
    else:
        assert count == 1 or notice.state is State.UNKNOWN, "what counts as sent was sent"
    assert two.published.types() == [{State.UNKNOWN: "unknown"}.get(notice.state, "sent")]


Send = Callable[[Sms], Awaitable[Outcome]]


class Turns:
    """Whoever is asked first does not take the message; the other does."""

    def __init__(self, gateways: list[FakeGateway]) -> None:
        self._refusals = 1
        for gateway in gateways:
            vars(gateway)["send"] = self._by(gateway.send)

    def over(self) -> None:
        self._refusals = 0

    def _by(self, send: Send) -> Send:
        async def turned(message: Sms) -> Outcome:
            if self._refusals:
                self._refusals -= 1
                return NotNow("http-503")
            return await send(message)

        return turned


async def test_a_days_money_is_not_exceeded_and_every_process_knows_what_is_spent(two: World) -> None:
    for gateway in both(two):
        gateway.answers = [Taken(price_vnd=Decimal(500))] * 20
    async with two.process(daily_cap_vnd=Decimal(1000)) as process:
        for _ in range(10):
            await process.handlers.on_cases(batch(await two.case()))
            await two.settled()
        notices = await two.settled(10)
        assert {each.standing.spent_vnd for each in process.choosing.seen()} == {Decimal(1500)}
    assert len(delivered(two)) == 6
    assert sorted({notice.state for notice in notices}) == [State.PENDING, State.SENT_TO_GATEWAY]
    async with two.process(daily_cap_vnd=Decimal(1000)) as another:
        await another.choosing.read_now()
        assert {each.standing.spent_vnd for each in another.choosing.seen()} == {Decimal(1500)}


async def test_of_one_provider_alone_nothing_is_logged_and_nothing_shuts_it(world: World) -> None:
    """I6: there is nobody to choose, so the store is called as often as without all this."""
    world.gateway.answers = [NotNow("http-503")] * 5
    with clock.use(clock.SimulatedClock(clock.now(), 1.0)):
        async with world.process() as process:
            for _ in range(5):
                await process.handlers.on_cases(batch(await world.case()))
            notices = await world.ended()
    assert {notice.state for notice in notices} == {State.SENT_TO_GATEWAY}
    assert {notice.provider for notice in notices} == {world.gateway.name}
    assert await Attempts(world.store, DATABASE).read_new() == []
