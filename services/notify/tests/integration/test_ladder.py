"""From channel to channel: everybody is told, on one channel as long as it can be known, and never twice on one."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from legalaid import clock, ids
from legalaid.errors import TransientError
from legalaid.events import Event
from legalaid.events.cases import CaseAccepted
from legalaid.events.people import Consent, Contact, Device, Person, Wishes
from legalaid.events.words import Answer, NoticeChannel, NoticeReason, Purpose, Speaker, Status
from legalaid.testing.events import AT
from notify.gateways import Lost, NotNow, Refused
from notify.notice import DeliveryReceipt, Notice, State

from .conftest import PHONE, FakeGateway, KilledError, Life, Process, World, a_contact, batch

PUSH, ZALO, SMS, VOICE, CALLBACK = (
    NoticeChannel.PUSH,
    NoticeChannel.ZALO,
    NoticeChannel.SMS,
    NoticeChannel.VOICE,
    NoticeChannel.CALLBACK,
)
PURPOSES = frozenset({Purpose.CASE_HANDLING, Purpose.SMS_UPDATES, Purpose.ZALO_UPDATES})
WAIT = timedelta(minutes=10)


def somebody(**changes: Any) -> Contact:
    """Who wants everything, and is in no danger."""
    consent = Consent(purposes=PURPOSES, at=AT, text_version="1", evidence="app")
    return a_contact(**({"consent": consent, "at_risk": Answer.NO, "shared_phone": Answer.NO} | changes))


@pytest.fixture
def time() -> Iterator[clock.FixedClock]:
    fixed = clock.FixedClock(AT)
    with clock.use(fixed):
        yield fixed


@pytest.fixture
def zalo(world: World) -> FakeGateway:
    """Like the true one: it neither knows repeats nor can be asked."""
    world.others.append(FakeGateway(drops_repeats=False, can_be_asked=False, name="zalo", channel=ZALO))
    return world.others[-1]


@pytest.fixture
def voice(world: World) -> FakeGateway:
    world.others.append(FakeGateway(drops_repeats=False, can_be_asked=False, name="voice", channel=VOICE))
    return world.others[-1]


async def _news(world: World, process: Process, **how: Any) -> Event[Any]:
    event = await world.case(**({"contact": somebody()} | how))
    while True:
        try:
            await process.handlers.on_cases(batch(event))
        except TransientError:  # a consumer tries again: the sender may be writing a notice of that number
            await asyncio.sleep(0.01)
        else:
            return event


def _ways(notices: list[Notice]) -> dict[NoticeChannel, State]:
    return {notice.channel: notice.state for notice in notices}


async def test_what_zalo_does_not_prove_in_time_is_told_by_sms(
    world: World, zalo: FakeGateway, time: clock.FixedClock
) -> None:
    async with world.process() as process:
        event = await _news(world, process)
        (first,) = await world.settled()
        assert (first.channel, first.state, first.next_at) == (ZALO, State.SENT_TO_GATEWAY, AT + WAIT)
        time.advance(WAIT - timedelta(seconds=1))
        await _looks_around(process)
        assert len(await world.settled()) == 1
        time.advance(timedelta(seconds=1))
        notices = await world.settled(2)
        await process.handlers.on_cases(batch(event))  # a replay
        await _looks_around(process)
    assert _ways(notices) == _ways(await world.settled(2)) == {ZALO: State.SENT_TO_GATEWAY, SMS: State.SENT_TO_GATEWAY}
    assert (
        [number for _, number, _ in zalo.delivered] == [number for _, number, _ in world.gateway.delivered] == [PHONE]
    )
    assert [(each.data.channel, each.data.after) for each in world.published.events()] == [(ZALO, ()), (SMS, (ZALO,))]
    assert not any(notice.next_at for notice in await world.all())


@pytest.mark.usefixtures("zalo")
async def test_what_zalo_proves_is_told_by_nothing_else(world: World, time: clock.FixedClock) -> None:
    async with world.process() as process:
        await _news(world, process)
        (first,) = await world.settled()
        await _prove(process, first)
        time.advance(2 * WAIT)
        await _looks_around(process)
        (notice,) = await world.settled()
    assert (notice.state, notice.channel, notice.next_at) == (State.SENT_TO_GATEWAY, ZALO, None)
    assert not world.gateway.delivered


@pytest.mark.parametrize("refusal", [Refused("zalo-118"), NotNow("zalo-no-token")])
async def test_what_zalo_cannot_bring_is_told_by_sms_without_waiting_for_a_proof(
    world: World, zalo: FakeGateway, time: clock.FixedClock, refusal: Any
) -> None:
    zalo.answers = [refusal] * 40
    async with world.process() as process:
        await _news(world, process)
        if isinstance(refusal, NotNow):  # as long as its proof would be waited for
            await _looks_around(process)
            assert not world.gateway.delivered
            time.advance(WAIT + timedelta(seconds=1))
        notices = await world.settled(2)
    assert _ways(notices) == {ZALO: State.FAILED, SMS: State.SENT_TO_GATEWAY}
    assert [(each.data.channel, getattr(each.data, "after", None)) for each in world.published.events()] == [
        (ZALO, None),
        (SMS, ()),
    ]


@pytest.mark.usefixtures("time")
async def test_an_answer_of_zalo_that_was_lost_is_not_repeated_there(world: World, zalo: FakeGateway) -> None:
    zalo.answers = [Lost("cut")]
    async with world.process() as process:
        await _news(world, process)
        notices = await world.settled(2)
    assert _ways(notices) == {ZALO: State.FAILED, SMS: State.SENT_TO_GATEWAY}
    assert (len(zalo.delivered), len(world.gateway.delivered)) == (1, 1)
    assert world.published.events()[-1].data.after == (ZALO,)


@pytest.mark.usefixtures("zalo")
async def test_a_late_proof_cancels_the_sms_that_waits_for_the_morning(world: World, time: clock.FixedClock) -> None:
    late = AT.replace(hour=14, minute=55)  # five to ten in Vietnam
    time.advance(late - AT)
    async with world.process() as process:
        await _news(world, process, at=late)
        (first,) = await world.settled()
        time.advance(WAIT)
        notices = await world.settled(2)
        assert _ways(notices) == {ZALO: State.SENT_TO_GATEWAY, SMS: State.PENDING}
        await _prove(process, first)
        time.advance(timedelta(hours=12))
        await _looks_around(process)
        notices = await world.settled(2)
    assert _ways(notices) == {ZALO: State.SENT_TO_GATEWAY, SMS: State.CANCELLED}
    assert not world.gateway.delivered
    assert world.published.types() == ["sent", "receipt", "cancelled"]


@pytest.mark.usefixtures("zalo")
async def test_a_late_proof_cancels_the_call_that_is_owed(world: World, time: clock.FixedClock) -> None:
    world.gateway.answers = [Refused("simulated-1")]
    async with world.process() as process:
        await _news(world, process)
        (first,) = await world.settled()
        time.advance(WAIT)
        notices = await world.settled(2)
        assert _ways(notices) == {ZALO: State.SENT_TO_GATEWAY, CALLBACK: State.CALLBACK_OWED}
        await _prove(process, first)
        await _prove(process, first)
        (_, call) = sorted(await world.settled(2), key=lambda notice: notice.changed_at)
    assert (call.state, call.reason) == (State.CANCELLED, NoticeReason.SUPERSEDED)


@pytest.mark.usefixtures("zalo", "voice")
async def test_below_the_last_rung_somebody_calls(world: World, time: clock.FixedClock) -> None:
    world.gateway.answers = [Refused("simulated-1")]
    async with world.process() as process:
        await _news(world, process)
        await world.settled()
        time.advance(WAIT)
        await world.settled(3)
        time.advance(WAIT)
        notices = await world.settled(4)
        time.advance(timedelta(hours=1))
        await _looks_around(process)
    assert _ways(notices) == {
        ZALO: State.SENT_TO_GATEWAY,
        SMS: State.FAILED,
        VOICE: State.SENT_TO_GATEWAY,
        CALLBACK: State.CALLBACK_OWED,
    }
    assert [notice.reason for notice in notices if notice.channel is CALLBACK] == [NoticeReason.NOT_PROVED]


@pytest.mark.usefixtures("zalo")
async def test_newer_news_lets_the_older_rest(world: World, time: clock.FixedClock) -> None:
    async with world.process() as process:
        opened = await _news(world, process)
        await world.settled()
        time.advance(timedelta(minutes=5))
        await _news(
            world,
            process,
            kind=CaseAccepted,
            status=Status.ACCEPTED,
            case_id=opened.subject,
            sequence=2,
            at=clock.now(),
        )
        await world.settled(2)
        time.advance(timedelta(minutes=5))
        await _looks_around(process)
        assert len(await world.settled(2)) == 2
        time.advance(timedelta(minutes=5))
        notices = await world.settled(3)
    assert [(notice.case_sequence, notice.channel) for notice in notices if notice.channel is SMS] == [(2, SMS)]
    assert len(world.gateway.delivered) == 1


@pytest.mark.usefixtures("zalo")
async def test_wishes_that_changed_meanwhile_hold_for_the_next_rung(world: World, time: clock.FixedClock) -> None:
    async with world.process() as process:
        opened = await _news(world, process)
        await world.settled()
        silent = somebody(wishes=Wishes(sms=False))
        await _news(world, process, case_id=opened.subject, sequence=2, contact=silent)
        time.advance(WAIT)
        notices = await world.settled(2)
    assert _ways(notices) == {ZALO: State.SENT_TO_GATEWAY, CALLBACK: State.CALLBACK_OWED}
    assert not world.gateway.delivered


@pytest.mark.parametrize(
    "danger", [{"at_risk": Answer.YES}, {"shared_phone": Answer.YES}, {"consent": a_contact().consent}]
)
async def test_who_must_not_be_seen_to_be_told_gets_an_sms_alone(
    world: World, zalo: FakeGateway, voice: FakeGateway, time: clock.FixedClock, danger: Any
) -> None:
    async with world.process() as process:
        await _news(world, process, contact=somebody(**danger))
        await world.settled()
        time.advance(timedelta(hours=1))
        await _looks_around(process)
        (notice,) = await world.settled()
    assert (notice.channel, notice.state, notice.next_at) == (SMS, State.SENT_TO_GATEWAY, None)
    assert not zalo.delivered
    assert not voice.delivered


@pytest.mark.usefixtures("zalo")
async def test_two_senders_take_the_next_rung_once(world: World, time: clock.FixedClock) -> None:
    async with world.process() as one, world.process() as other:
        for which in range(10):
            await _news(world, one, contact=somebody(person=Person(phone=f"+8491234560{which}")))
        await world.settled(10)
        time.advance(WAIT)
        one.sender.wake()
        other.sender.wake()
        await world.settled(20)
        await _looks_around(other)
    assert Counter(notice.channel for notice in await world.all()) == {ZALO: 10, SMS: 10}
    assert len({number for _, number, _ in world.gateway.delivered}) == len(world.gateway.delivered) == 10


async def test_a_number_that_zalo_does_not_reach_is_not_tried_there_again(world: World, zalo: FakeGateway) -> None:
    zalo.answers = [Refused("zalo-118")]
    async with world.process() as process:
        await _news(world, process)
        await world.settled(2)
        await _news(world, process)
        notices = await world.settled(4)
    assert [notice.gateway_code for notice in notices if notice.channel is ZALO].count("unreached") == 1
    assert not zalo.delivered
    assert len(world.gateway.delivered) == 2


async def test_urgent_news_goes_by_push_and_sms_at_once_and_each_once(world: World) -> None:
    push = FakeGateway(name="push", channel=PUSH)
    world.others.append(push)
    consent = Consent(purposes=frozenset({Purpose.PUSH_UPDATES}), at=AT, text_version="1", evidence="app")
    device = Device(id=ids.random_id(), holder=Speaker.PERSON, token="t" * 30, consent=consent)
    async with world.process() as process:
        event = await _news(world, process, contact=somebody(devices=(device,)), urgent=True)
        notices = await world.settled(2)
        await process.handlers.on_cases(batch(event))
        await _looks_around(process)
    assert _ways(notices) == _ways(await world.all()) == {PUSH: State.SENT_TO_GATEWAY, SMS: State.SENT_TO_GATEWAY}
    assert (len(push.delivered), len(world.gateway.delivered)) == (1, 1)
    assert not any(notice.next_at for notice in notices)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(("step", "nth"), [("without_proof", 1), ("insert", 1), ("send", 1), ("save", 1), ("save", 2)])
async def test_a_death_between_two_rungs(
    world: World,
    zalo: FakeGateway,
    time: clock.FixedClock,
    step: str,
    nth: int,
    after: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with world.process() as process:
        event = await _news(world, process)
        await world.settled()
    time.advance(WAIT)
    life = Life(step, nth, after)
    with suppress(KilledError):
        async with world.process(life):
            await _wait_for(lambda: life.dead)
    assert life.dead, "the test must reach the step it is about"
    later = clock.real_now() + timedelta(minutes=2)  # the lease of what it left is over
    monkeypatch.setattr(clock, "real_now", lambda: later)
    time.advance(timedelta(minutes=2))
    async with world.process() as process:
        await process.handlers.on_cases(batch(event))
        await world.swept(process)
        await world.settled(2)
        await _looks_around(process)
        notices = await world.settled(2)
    assert _ways(notices) == {ZALO: State.SENT_TO_GATEWAY, SMS: State.SENT_TO_GATEWAY}
    assert (len(zalo.delivered), len(world.gateway.delivered)) == (1, 1)
    assert not any(notice.next_at for notice in notices)


async def test_a_sender_whose_clock_is_ahead_only_waits_less(
    world: World, zalo: FakeGateway, time: clock.FixedClock
) -> None:
    async with world.process() as process:
        await _news(world, process, at=AT + timedelta(seconds=5))  # by another clock
        await world.settled()
        time.advance(WAIT + timedelta(seconds=5))
        await world.settled(2)
    assert (len(zalo.delivered), len(world.gateway.delivered)) == (1, 1)


async def _prove(process: Process, notice: Notice) -> None:
    await process.receipts.take(notice.id, DeliveryReceipt("zalo", "m1", clock.now()))
    await process.outgoing.flush()


async def _looks_around(process: Process) -> None:
    """Until its sender has looked for all that may be due, a few times."""
    seen = process.life.steps["without_proof"]
    await _wait_for(lambda: process.life.steps["without_proof"] > seen + 3)


async def _wait_for(come: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not come():  # noqa: ASYNC110 - what it waits for has no event
            await asyncio.sleep(0.005)
