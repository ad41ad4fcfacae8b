import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from legalaid import clock, ids
from legalaid.errors import TransientError
from legalaid.events import Event
from legalaid.events.cases import CaseAccepted, CaseClosed, CaseReassessed
from legalaid.events.people import Applicant, Person, Wishes
from legalaid.events.words import NoticeChannel, NoticeReason, Speaker, Status
from legalaid.telemetry.registry import REGISTRY
from legalaid.testing.events import AT
from notify.gateways import Bucket, NotNow, Ours, Refused, RouteCannot
from notify.notice import State

from .conftest import PHONE, Process, World, a_contact, batch


async def test_a_case_is_told_by_sms(world: World) -> None:
    event = await world.case()
    async with world.process() as process:
        await process.handlers.on_cases(batch(event))
        (notice,) = await world.settled()
    assert (notice.state, notice.attempts) == (State.SENT_TO_GATEWAY, 1)
    text = "Yeu cau so 123 456 7897 da duoc chuyen den Trung tam TGPL tinh Dien Bien. Giai dap mien phi: 18001233."
    assert world.gateway.delivered == [(notice.id, PHONE, text)]
    (sent,) = world.published.events()
    assert sent.data.segments == 1
    assert (sent.subject, sent.sequence, sent.correlation_id) == (notice.id, 1, event.correlation_id)


async def test_a_replay_changes_nothing_and_sends_nothing(world: World) -> None:
    opened = await world.case()
    accepted = await world.case(CaseAccepted, Status.ACCEPTED, case_id=opened.subject, sequence=2)
    async with world.process() as process:
        await process.handlers.on_cases(batch(opened))
        await world.settled()
        await process.handlers.on_cases(batch(accepted))
        before = await world.settled(2)
        told = world.published.types()
        for replay in (batch(opened), batch(accepted, opened), batch(opened, opened, accepted, accepted)):
            await process.handlers.on_cases(replay)
    assert await world.settled(2) == before
    assert world.published.types() == told
    assert len(world.gateway.delivered) == 2
    assert [event.sequence for event in world.published.events()] == [1, 1]


@pytest.mark.parametrize(
    ("how", "state", "reason"),
    [
        ({"person": Person(phone="+842153824567")}, State.CALLBACK_OWED, NoticeReason.NO_SMS_NUMBER),
        ({"wishes": Wishes(sms=False)}, State.CALLBACK_OWED, NoticeReason.SMS_NOT_WANTED),
        ({"consent": None}, State.CALLBACK_OWED, NoticeReason.SMS_NOT_WANTED),
        ({"wishes": Wishes(sms=False, call=False)}, State.CANCELLED, NoticeReason.NO_CHANNEL_WANTED),
        ({"person": Person()}, State.CANCELLED, NoticeReason.NO_SMS_NUMBER),
    ],
)
async def test_who_is_not_reached_by_sms(world: World, how: Any, state: State, reason: NoticeReason) -> None:
    event = await world.case(contact=a_contact(**how))
    async with world.process() as process:
        await process.handlers.on_cases(batch(event))
        (notice,) = await world.settled()
    assert (notice.state, notice.reason) == (state, reason)
    assert world.gateway.received.total() == 0
    (told,) = world.published.events()
    assert told.data.reason == reason
    if state is State.CALLBACK_OWED:
        assert (told.data.channel, told.data.due_at) == (NoticeChannel.CALLBACK, notice.due_at)
        assert notice.due_at == datetime.fromisoformat(
            "2026-11-25T10:00:00+00:00"
        )  # the close of the next working day: 24 is a holiday


async def test_the_applicant_is_told_when_the_person_wishes_so(world: World) -> None:
    contact = a_contact(
        applicant=Applicant(name="Lò Văn A", phone="+84987654321"), wishes=Wishes(speak_to=Speaker.APPLICANT)
    )
    async with world.process() as process:
        await process.handlers.on_cases(batch(await world.case(contact=contact)))
        await world.settled()
    assert [number for _, number, _ in world.gateway.delivered] == ["+84987654321"]


async def test_the_night_and_the_wished_hours_are_waited_for(world: World) -> None:
    fixed = clock.FixedClock(AT)
    contact = a_contact(wishes=Wishes(hours_from="10:00", hours_to="12:00"))
    with clock.use(fixed):
        event = await world.case(contact=contact)
        async with world.process() as process:
            await process.handlers.on_cases(batch(event))
            (notice,) = await world.settled()
            assert (notice.state, notice.not_before) == (State.PENDING, AT + timedelta(hours=1))
            fixed.advance(timedelta(minutes=59))
            process.sender.wake()
            await world.settled()
            assert not world.gateway.delivered
            fixed.advance(timedelta(minutes=1))
            process.sender.wake()
            (notice,) = await world.settled()
    assert notice.state is State.SENT_TO_GATEWAY


async def test_late_wishes_hold_for_what_still_waits(world: World) -> None:
    fixed = clock.FixedClock(AT)
    evening = a_contact(wishes=Wishes(hours_from="20:00", hours_to="21:00"))
    with clock.use(fixed):
        opened = await world.case(contact=evening)
        silent = a_contact(wishes=Wishes(sms=False, call=False))
        changed = await world.case(CaseReassessed, case_id=opened.subject, sequence=2, contact=silent)
        back = await world.case(CaseReassessed, case_id=opened.subject, sequence=3, contact=evening)
        async with world.process() as process:
            await process.handlers.on_cases(batch(opened))
            await process.handlers.on_cases(batch(back))
            await process.handlers.on_cases(batch(changed))  # an older wish that comes late does not come back
            (notice,) = await world.settled()
            assert notice.contact_sequence == 3
            later = await world.case(CaseReassessed, case_id=opened.subject, sequence=4, contact=silent)
            await process.handlers.on_cases(batch(later))
            fixed.advance(timedelta(hours=11, minutes=30))
            process.sender.wake()
            (notice,) = await world.settled()
    assert (notice.state, notice.reason) == (State.CANCELLED, NoticeReason.NO_CHANNEL_WANTED)
    assert not world.gateway.delivered


async def test_an_owed_call_that_is_no_longer_wanted_is_cancelled(world: World) -> None:
    opened = await world.case(contact=a_contact(wishes=Wishes(sms=False)))
    silent = a_contact(wishes=Wishes(sms=False, call=False))
    changed = await world.case(CaseReassessed, case_id=opened.subject, sequence=2, contact=silent)
    async with world.process() as process:
        await process.handlers.on_cases(batch(opened))
        await process.handlers.on_cases(batch(changed))
        (notice,) = await world.settled()
    assert (notice.state, notice.reason) == (State.CANCELLED, NoticeReason.NO_CHANNEL_WANTED)
    assert world.published.types() == ["callback-owed", "cancelled"]


async def test_newer_news_replaces_what_still_waits(world: World) -> None:
    night = AT + timedelta(hours=16)
    with clock.use(clock.FixedClock(night)):
        opened = await world.case(at=night)
        accepted = await world.case(CaseAccepted, Status.ACCEPTED, case_id=opened.subject, sequence=2, at=night)
        closed = await world.case(CaseClosed, Status.COMPLETED, case_id=opened.subject, sequence=3, at=night)
        async with world.process() as process:
            await process.handlers.on_cases(batch(opened))
            await process.handlers.on_cases(batch(accepted, closed))
            notices = await world.settled(3)
    assert [notice.state for notice in notices] == [State.CANCELLED, State.CANCELLED, State.PENDING]
    assert [notice.reason for notice in notices] == [NoticeReason.SUPERSEDED, NoticeReason.SUPERSEDED, None]
    assert world.published.types() == ["cancelled", "cancelled"]


async def test_news_that_comes_after_newer_news_is_not_sent(world: World) -> None:
    opened = await world.case()
    accepted = await world.case(CaseAccepted, Status.ACCEPTED, case_id=opened.subject, sequence=2)
    async with world.process() as process:
        await process.handlers.on_cases(batch(accepted))
        await world.settled()
        await process.handlers.on_cases(batch(opened))
        notices = await world.settled(2)
    assert [(notice.template, notice.reason) for notice in notices] == [
        ("case-assigned", NoticeReason.SUPERSEDED),
        ("case-accepted", None),
    ]
    assert len(world.gateway.delivered) == 1


async def test_a_clock_that_is_behind_delays_no_message(world: World) -> None:
    """Machines agree on the time to some milliseconds: what need not wait is sent at once all the same."""
    world.pace = world.pace.model_copy(update={"poll_seconds": 60.0})
    event = await world.case(at=AT + timedelta(seconds=2))
    async with world.process() as process:
        await process.handlers.on_cases(batch(event))
        (notice,) = await world.ended()
    assert notice.state is State.SENT_TO_GATEWAY


async def test_what_waited_for_room_is_not_held_by_a_clock_that_asked_an_hour_ahead(world: World) -> None:
    """Born where nobody sends, it has to be found by the question for what is due."""
    with clock.use(clock.FixedClock(AT - timedelta(hours=1))):
        async with world.process(sending=False) as process:
            await process.handlers.on_cases(batch(await world.case(), await world.case()))
        async with world.process():
            notices = await world.settled(2)
    assert {notice.state for notice in notices} == {State.SENT_TO_GATEWAY}
    assert {notice.allowed_at for notice in notices} == {AT}


async def test_a_number_does_not_wait_for_a_clock_that_is_an_hour_ahead(world: World) -> None:
    """Another process, an hour ahead, sent to the number before: the next is not held for that hour."""
    world.pace = world.pace.model_copy(update={"together_seconds": 120})
    contact = a_contact()
    with clock.use(clock.FixedClock(AT + timedelta(hours=1))):
        async with world.process() as ahead:
            await ahead.handlers.on_cases(batch(await world.case(contact=contact)))
            await world.settled()
    with clock.use(clock.FixedClock(AT)):
        async with world.process() as process:
            await process.handlers.on_cases(batch(await world.case(contact=contact)))
            await world.settled(2)
    assert len(world.gateway.delivered) == 2


async def test_the_erased_are_not_told(world: World) -> None:
    erased, waiting = (
        await world.case(),
        await world.case(contact=a_contact(wishes=Wishes(hours_from="10:00", hours_to="11:00"))),
    )
    fixed = clock.FixedClock(AT)
    with clock.use(fixed):
        async with world.process() as process:
            await world.keyring.erase(erased.subject)
            await process.handlers.on_cases(batch(erased, waiting))
            await world.keyring.erase(waiting.subject)
            fixed.advance(timedelta(hours=1))
            process.sender.wake()
            notices = await world.settled(2)
    assert [notice.reason for notice in notices] == [NoticeReason.ERASED] * 2
    assert not world.gateway.received


async def test_a_gateway_that_is_busy_is_tried_again_and_at_last_becomes_a_call(world: World) -> None:
    fixed = clock.FixedClock(AT)
    world.gateway.answers = [NotNow("http-503"), NotNow("http-503", retry_after=timedelta(seconds=90))]
    with clock.use(fixed):
        async with world.process() as process:
            await process.handlers.on_cases(batch(await world.case()))
            (notice,) = await world.settled()
            assert (notice.state, notice.gateway_code) == (State.PENDING, "http-503")
            fixed.advance(timedelta(seconds=1))
            process.sender.wake()
            (notice,) = await world.settled()
            assert notice.not_before == fixed.at + timedelta(seconds=90)
            world.gateway.answers = [NotNow("http-503")]
            fixed.advance(timedelta(hours=5))
            process.sender.wake()
            (notice,) = await world.settled()
    assert (notice.state, notice.reason) == (State.CALLBACK_OWED, NoticeReason.GATEWAY_UNREACHABLE)
    assert world.published.types() == ["failed", "callback-owed"]
    assert not world.gateway.delivered


async def test_what_is_wrong_on_our_side_waits_for_an_operator_and_is_counted_apart(world: World) -> None:
    """A locked account must not turn every message into a call."""
    fixed = clock.FixedClock(AT)
    world.gateway.answers = [Ours("esms-101")]
    before = _counted("ours", "esms-101")
    with clock.use(fixed):
        async with world.process() as process:
            await process.handlers.on_cases(batch(await world.case()))
            (notice,) = await world.settled()
            assert (notice.state, notice.gateway_code) == (State.PENDING, "esms-101")
            assert _counted("ours", "esms-101") == before + 1
            fixed.advance(timedelta(seconds=1))
            process.sender.wake()
            (notice,) = await world.settled()
    assert notice.state is State.SENT_TO_GATEWAY


async def test_what_the_only_provider_cannot_carry_becomes_a_call(world: World) -> None:
    world.gateway.answers = [RouteCannot("esms-177")]
    before = _counted("route-cannot", "esms-177")
    async with world.process() as process:
        await process.handlers.on_cases(batch(await world.case()))
        (notice,) = await world.settled()
    assert (notice.state, notice.gateway_code) == (State.CALLBACK_OWED, "esms-177")
    assert _counted("route-cannot", "esms-177") == before + 1


def _counted(outcome: str, code: str) -> float:
    labels = {"gateway": "simulated", "outcome": outcome, "code": code}
    return REGISTRY.get_sample_value("legalaid_notify_gateway_errors_total", labels) or 0


async def test_a_number_that_the_gateway_refuses_becomes_a_call_if_calls_are_wanted(world: World) -> None:
    world.gateway.answers = [Refused("esms-99"), Refused("esms-99")]
    async with world.process() as process:
        await process.handlers.on_cases(batch(await world.case()))
        await world.settled()
        await _patiently(process, await world.case(contact=a_contact(wishes=Wishes(call=False))))
        notices = await world.settled(2)
    assert {notice.state for notice in notices} == {State.CALLBACK_OWED, State.FAILED}
    assert sorted(world.published.types()) == ["callback-owed", "failed", "failed"]


async def test_old_news_is_called_not_sent(world: World) -> None:
    old = await world.case(at=AT - timedelta(days=30))
    async with world.process() as process:
        await process.handlers.on_cases(batch(old))
        (notice,) = await world.settled()
    assert notice.state is State.CALLBACK_OWED
    assert not world.gateway.received


async def test_two_senders_share_the_work_and_never_the_message(world: World) -> None:
    world.gateway.drops_repeats, world.gateway.slow_seconds = False, 0.005
    night, fixed = AT - timedelta(hours=4), clock.FixedClock(AT - timedelta(hours=4))
    with clock.use(fixed):
        events = [await world.case(at=night) for _ in range(120)]
        async with world.process() as one, world.process() as other:
            await one.handlers.on_cases(batch(*events))
            fixed.advance(timedelta(hours=4))
            one.sender.wake()
            other.sender.wake()
            notices = await world.settled(120)
    assert {notice.state for notice in notices} == {State.SENT_TO_GATEWAY}
    assert len(world.gateway.delivered) == 120
    assert set(world.gateway.received.values()) == {1}


async def test_what_does_not_fit_is_sent_too(world: World) -> None:
    world.pace = world.pace.model_copy(update={"at_once": 4})
    events = [await world.case() for _ in range(30)]
    async with world.process() as process:
        await process.handlers.on_cases(batch(*events))
        await world.settled(30)
    assert len(world.gateway.delivered) == 30
    assert len(world.published.events()) == 30


async def test_a_box_that_nobody_can_open_keeps_nobody_back(world: World) -> None:
    broken, good = await world.case(), await world.case()
    async with world.process(sending=False) as writer:
        await writer.handlers.on_cases(batch(broken, good))
    other = (await world.keyring.create({ids.random_id(): None})).popitem()[1].seal(a_contact())
    await world.notices.collection.update_one({"case_id": broken.subject}, {"$set": {"contact": other.text}})
    async with world.process(), asyncio.timeout(10):
        while {notice.state for notice in await world.all()} != {State.SENDING, State.SENT_TO_GATEWAY}:  # noqa: ASYNC110 - the store has no event
            await asyncio.sleep(0.01)
    states = {notice.case_id: notice.state for notice in await world.all()}
    assert states == {broken.subject: State.SENDING, good.subject: State.SENT_TO_GATEWAY}
    assert len(world.gateway.delivered) == 1


async def test_what_our_own_lost_insert_wrote_is_sent_without_waiting_for_its_lease(world: World) -> None:
    world.gateway.drops_repeats, world.gateway.can_be_asked = False, False
    event = await world.case()
    async with world.process() as process:
        await _written_without_answer(process, event)
        await _patiently(process, event)
        await _patiently(process, event)
        (notice,) = await world.ended()
    assert (notice.state, len(world.gateway.delivered)) == (State.SENT_TO_GATEWAY, 1)


async def _patiently(process: Process, event: Event[Any]) -> None:
    """As the consumer does: the sender may have all its room for itself while it looks for what is due, or be writing a
    notice of the same number at that moment, whose slots a unique index holds."""
    while True:
        try:
            await process.handlers.on_cases(batch(event))
        except TransientError:
            await asyncio.sleep(0.01)
        else:
            return


async def test_what_our_own_lost_insert_wrote_waits_for_room(world: World) -> None:
    """It was left to its lease when the sender was just looking for work, and ended as UNKNOWN."""
    event = await world.case()
    world.pace = world.pace.model_copy(update={"poll_seconds": 60.0})  # the sender looks at its start, then no more
    async with world.process() as process:
        await _written_without_answer(process, event)
        room = process.bookings._take(1000)
        with pytest.raises(TransientError):
            await process.handlers.on_cases(batch(event))
        process.bookings._give_back(room)
        await _patiently(process, event)
        (notice,) = await world.ended()
    assert notice.state is State.SENT_TO_GATEWAY


async def _written_without_answer(process: Process, event: Event[Any]) -> None:
    insert = process.notices.insert

    async def without_answer(*args: Any, **how: Any) -> None:
        await insert(*args, **how)
        raise TransientError("store: the connection broke")

    setattr(process.notices, "insert", without_answer)  # noqa: B010 - a method, for once
    with pytest.raises(TransientError):
        await process.handlers.on_cases(batch(event))
    setattr(process.notices, "insert", insert)  # noqa: B010


async def test_an_outcome_whose_answer_was_lost_is_told_once(world: World) -> None:
    event = await world.case()
    async with world.process() as process:
        save = process.notices.save
        answers = iter([False])

        async def without_answer(notices: Any, **how: Any) -> Any:
            result = await save(notices, **how)
            if notices and not next(answers, True):
                for notice in notices:
                    notice.version -= 1  # as a save leaves them that raised
                raise TransientError("store: the connection broke")
            return result

        setattr(process.notices, "save", without_answer)  # noqa: B010 - a method, for once
        await process.handlers.on_cases(batch(event))
        (notice,) = await world.ended()
    assert notice.state is State.SENT_TO_GATEWAY
    assert world.published.types() == ["sent"]
    assert len(world.gateway.delivered) == 1


async def test_who_waited_too_long_for_its_turn_leaves_it_to_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.gateway.drops_repeats, world.gateway.can_be_asked = False, False
    async with world.process() as process:
        real = clock.real_now

        async def slow_turn(_bucket: Bucket) -> None:
            monkeypatch.setattr(Bucket, "take", at_once)
            monkeypatch.setattr(clock, "real_now", lambda: real() + timedelta(seconds=55))

        async def at_once(_bucket: Bucket) -> None:
            return None

        monkeypatch.setattr(Bucket, "take", slow_turn)
        await process.handlers.on_cases(batch(await world.case()))
        (notice,) = await world.ended()
    assert (notice.state, notice.attempts) == (State.SENT_TO_GATEWAY, 2)
    assert len(world.gateway.delivered) == 1


async def test_a_sender_that_has_stopped_has_no_room(world: World) -> None:
    async with world.process() as process:
        assert process.bookings._take(3) == 3
        process.bookings._give_back(3)
    assert process.bookings._take(3) == 0
    assert process.bookings._take(1000) == 0
