"""A number gets few messages, one for what happened together, and none at night on a stranger's word."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from legalaid import clock
from legalaid.events import Event
from legalaid.events.cases import CaseAccepted, CaseReassessed
from legalaid.events.people import Person, Wishes
from legalaid.events.words import Channel, NoticeReason, RoutingReason, Status
from legalaid.testing.events import AT
from notify import metrics, texts
from notify.gateways import Lost
from notify.notice import Notice, State
from notify.settings import SenderSettings

from .conftest import PHONE, KilledError, Life, World, a_contact, batch

NIGHT = datetime.fromisoformat("2026-11-23T01:00:00+07:00")
MORNING = datetime.fromisoformat("2026-11-23T07:00:00+07:00")
SEVERAL = texts.render(texts.SEVERAL, receipt_code=None, owner=None)


@pytest.fixture
def world(world: World) -> World:
    world.pace = SenderSettings(poll_seconds=0.02, retry_first_seconds=0.01, retry_most_seconds=0.05)
    return world


async def asked(world: World, at: datetime, **how: Any) -> Event[Any]:
    """A case of the one number, if nothing else is said."""
    return await world.case(at=at, contact=how.pop("contact", a_contact()), **how)


def capped(how: str) -> float:
    return float(metrics.CAPPED.labels(how)._value.get())


def sent(notices: list[Notice]) -> list[Notice]:
    return [notice for notice in notices if notice.state is State.SENT_TO_GATEWAY]


async def test_a_stranger_is_not_woken_by_thirty_requests_and_gets_one_message_in_the_morning(world: World) -> None:
    """It was thirty messages at one o'clock at night."""
    events = [await asked(world, NIGHT + timedelta(seconds=each), urgent=True) for each in range(30)]
    fixed = clock.FixedClock(NIGHT + timedelta(minutes=1))
    with clock.use(fixed):
        async with world.process() as process:
            for event in events:
                await process.handlers.on_cases(batch(event))
            await world.settled(30)
            assert not world.gateway.received
            fixed.at = MORNING
            process.sender.wake()
            notices = await world.settled(30)
    assert [(number, text) for _, number, text in world.gateway.delivered] == [(PHONE, SEVERAL)]
    assert len(sent(notices)) == 1
    assert {notice.reason for notice in notices} == {None, NoticeReason.SUPERSEDED}


@pytest.mark.parametrize(
    "how",
    [
        {"channel": Channel.HOTLINE},
        {"kind": CaseAccepted, "status": Status.ACCEPTED, "sequence": 2},
        {"kind": CaseReassessed, "routing_reason": RoutingReason.DESK_FOUND, "sequence": 2},
    ],
)
async def test_what_a_person_of_ours_confirmed_may_come_at_night(world: World, how: Any) -> None:
    with clock.use(clock.FixedClock(NIGHT)):
        async with world.process() as process:
            await process.handlers.on_cases(batch(await asked(world, NIGHT, urgent=True, **how)))
            (notice,) = await world.settled()
    assert notice.state is State.SENT_TO_GATEWAY


async def test_by_day_the_first_goes_at_once_and_what_follows_closely_is_one_more(world: World) -> None:
    fixed = clock.FixedClock(AT)
    with clock.use(fixed):
        async with world.process() as process:
            for _ in range(5):
                await process.handlers.on_cases(batch(await asked(world, AT)))
            await world.settled(5)
            assert len(world.gateway.delivered) == 1
            fixed.advance(timedelta(seconds=world.pace.together_seconds))
            process.sender.wake()
            await world.settled(5)
    assert len(world.gateway.delivered) == 2
    assert world.gateway.delivered[-1][2] == SEVERAL
    assert world.published.types().count("sent") == 2
    (_, last) = [event for event in world.published.events() if event.type.endswith("sent.v1")]
    assert last.data.template == texts.SEVERAL


async def test_two_pieces_of_news_of_one_case_are_told_by_the_newer(world: World) -> None:
    other, fixed = await asked(world, AT), clock.FixedClock(AT)
    opened = await asked(world, AT)
    later = AT + timedelta(seconds=1)
    accepted = await asked(world, later, kind=CaseAccepted, status=Status.ACCEPTED, case_id=opened.subject, sequence=2)
    with clock.use(fixed):
        async with world.process() as process:
            await process.handlers.on_cases(batch(other))
            await world.settled()
            await process.handlers.on_cases(batch(opened))
            await process.handlers.on_cases(batch(accepted))
            fixed.advance(timedelta(seconds=200))
            process.sender.wake()
            notices = await world.settled(3)
    assert len(world.gateway.delivered) == 2
    assert "tiep nhan" in world.gateway.delivered[-1][2]
    assert {notice.template for notice in sent(notices)} == {"case-assigned", "case-accepted"}


async def test_a_number_gets_no_more_than_its_messages_of_the_day_and_the_rest_tomorrow(world: World) -> None:
    before, fixed = capped("waits"), clock.FixedClock(AT)
    with clock.use(fixed):
        async with world.process() as process:
            for each in range(1, 10):
                await process.handlers.on_cases(batch(await asked(world, fixed.at)))
                process.sender.wake()
                await world.settled(each)
                fixed.advance(timedelta(minutes=10))
            assert len(world.gateway.delivered) == world.pace.per_number_a_day
            assert capped("waits") == before + 3
            fixed.at = MORNING + timedelta(days=1)
            process.sender.wake()
            notices = await world.settled(9)
    assert len(world.gateway.delivered) == world.pace.per_number_a_day + 1
    assert len(sent(notices)) == world.pace.per_number_a_day + 1


async def test_what_exceeds_the_day_and_cannot_wait_is_a_call(world: World) -> None:
    world.pace = world.pace.model_copy(update={"per_number_a_day": 1})
    before, fixed = capped("call"), clock.FixedClock(AT)
    with clock.use(fixed):
        async with world.process() as process:
            await process.handlers.on_cases(batch(await asked(world, AT)))
            await world.settled()
            fixed.advance(timedelta(minutes=10))
            urgent = await asked(world, fixed.at, urgent=True, channel=Channel.HOTLINE)
            await process.handlers.on_cases(batch(urgent))
            notices = await world.settled(2)
    call = next(notice for notice in notices if notice.case_id == urgent.subject)
    assert (call.state, call.reason) == (State.CALLBACK_OWED, NoticeReason.TOO_MANY_MESSAGES)
    assert len(world.gateway.delivered) == 1
    assert capped("call") == before + 1


async def test_two_senders_give_a_number_no_more_than_one(world: World) -> None:
    events = [await asked(world, NIGHT) for _ in range(12)]
    fixed = clock.FixedClock(NIGHT)
    world.pace = world.pace.model_copy(update={"at_once": 3})
    with clock.use(fixed):
        async with world.process() as one, world.process() as other:
            await one.handlers.on_cases(batch(*events))
            fixed.at = MORNING + timedelta(hours=1)
            one.sender.wake()
            other.sender.wake()
            await world.settled(12)
    assert len(world.gateway.delivered) <= 2


async def test_whose_wishes_differ_is_not_told_by_anothers_message(world: World) -> None:
    later = a_contact(wishes=Wishes(hours_from="10:00", hours_to="12:00"))
    events = [await asked(world, NIGHT), await asked(world, NIGHT, contact=later)]
    fixed = clock.FixedClock(NIGHT)
    with clock.use(fixed):
        async with world.process() as process:
            await process.handlers.on_cases(batch(*events))
            fixed.at = MORNING
            process.sender.wake()
            await world.settled(2)
            assert len(world.gateway.delivered) == 1
            fixed.at = MORNING + timedelta(hours=3)
            process.sender.wake()
            notices = await world.settled(2)
    assert len(sent(notices)) == 2


async def test_two_numbers_are_never_joined(world: World) -> None:
    other = a_contact(person=Person(phone="+84987654321"))
    events = [await asked(world, NIGHT), await asked(world, NIGHT, contact=other)]
    fixed = clock.FixedClock(NIGHT)
    with clock.use(fixed):
        async with world.process() as process:
            await process.handlers.on_cases(batch(*events))
            fixed.at = MORNING
            process.sender.wake()
            await world.settled(2)
    assert {number for _, number, _ in world.gateway.delivered} == {PHONE, "+84987654321"}


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", ["due", "of_numbers", "claim", "send", "save", "publish", "settle"])
@pytest.mark.parametrize(("drops", "can_be_asked"), [(True, True), (True, False), (False, True), (False, False)])
async def test_a_death_while_one_message_tells_of_three(
    world: World, drops: bool, can_be_asked: bool, step: str, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.gateway.drops_repeats, world.gateway.can_be_asked = drops, can_be_asked
    events = [await asked(world, AT) for _ in range(3)]
    async with world.process(sending=False) as writer:
        await writer.handlers.on_cases(batch(*events))
    life = Life(step, 1, after)
    async with world.process(life):
        with suppress(KilledError):
            await world.ended_or(lambda: life.dead)
    assert life.dead, "the test must reach the step it is about"
    later = clock.real_now() + timedelta(minutes=2)
    monkeypatch.setattr(clock, "real_now", lambda: later)
    with clock.use(clock.SimulatedClock(clock.now() + timedelta(minutes=5), 20.0)):  # two minutes are 6 s, not a turn
        async with world.process() as second:
            await world.swept(second)
            notices = await world.ended()
    requests = [request_id for request_id, _, _ in world.gateway.delivered]
    assert len(set(requests)) == len(requests), "nothing is told twice"
    if drops or can_be_asked:
        # what was certainly not sent is given back one after the other: a turn in between finds a part of it, and the
        # rest is one message two minutes later
        assert SEVERAL in [text for _, _, text in world.gateway.delivered]
        assert len(requests) <= 2
        assert sent(notices)
    else:
        assert len(requests) <= 1
        assert {notice.state for notice in notices} <= {
            State.SENT_TO_GATEWAY,
            State.UNKNOWN,
            State.CANCELLED,
        }
        assert len(world.gateway.delivered) == 1 or not sent(notices), "what counts as sent was sent"


async def test_a_message_whose_answer_was_lost_is_repeated_as_it_was(world: World) -> None:
    """What came meanwhile does not join it: the gateway would drop the repeat, and the news with it."""
    world.gateway.can_be_asked, world.gateway.answers = False, [Lost("cut")]
    fixed = clock.FixedClock(NIGHT)
    with clock.use(fixed):
        async with world.process() as process:
            await process.handlers.on_cases(batch(await asked(world, NIGHT), await asked(world, NIGHT)))
            fixed.at = MORNING
            process.sender.wake()
            await world.settled(2)
            await process.handlers.on_cases(batch(await asked(world, MORNING)))
            for _ in range(3):
                fixed.advance(timedelta(minutes=3))
                process.sender.wake()
                await world.settled(3)
    first, second = (text for _, _, text in world.gateway.delivered)
    assert first == SEVERAL
    assert second != SEVERAL
    assert len(sent(await world.all())) == 2


async def test_a_repeat_that_the_night_holds_up_joins_nothing_else(world: World) -> None:
    """Its message may have been told at 21:59: another one in the morning would tell the same news again."""
    world.gateway.can_be_asked, world.gateway.answers = False, [Lost("cut")]
    evening = datetime(2026, 11, 23, 14, 59, 59, tzinfo=UTC)
    fixed = clock.FixedClock(evening)
    with clock.use(fixed):
        async with world.process() as process:
            await process.handlers.on_cases(batch(await asked(world, evening)))
            await world.settled()
            fixed.at = evening + timedelta(minutes=1)
            process.sender.wake()
            await world.settled()
            night = fixed.at
            await process.handlers.on_cases(batch(await asked(world, night)))
            fixed.at = evening + timedelta(hours=9, minutes=1)
            for _ in range(3):
                process.sender.wake()
                await world.settled(2)
                fixed.advance(timedelta(minutes=3))
            notices = await world.ended()
    first, second = (text for _, _, text in world.gateway.delivered)
    assert SEVERAL not in {first, second}, "the first piece of news was told already"
    assert len(sent(notices)) == 2
