"""P9 over channels: whatever the person's wishes, consents and dangers, the hour, and what becomes of each message."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from legalaid.events.people import Contact, Person
from legalaid.events.words import Answer, NoticeChannel, NoticeReason, Purpose
from notify.rules import ladder, reach
from notify.tables import ladder as table

from .test_reach import AT, CONSENT, LANDLINE, MOBILE, contacts, times, wished

PUSH, ZALO, SMS, VOICE, CALLBACK = (
    NoticeChannel.PUSH,
    NoticeChannel.ZALO,
    NoticeChannel.SMS,
    NoticeChannel.VOICE,
    NoticeChannel.CALLBACK,
)
ALL = frozenset({PUSH, ZALO, SMS, VOICE})
LADDERS = ladder.Ladders(table.rungs(), ALL)
EVERYTHING = CONSENT.model_copy(
    update={"purposes": frozenset({Purpose.SMS_UPDATES, Purpose.PUSH_UPDATES, Purpose.ZALO_UPDATES})}
)
_SHOWN = frozenset({PUSH, ZALO, VOICE})
"""What appears, sounds or stays on a telephone by itself. An SMS does too: it says no more than that there is news, is
the one way to nearly all, and who is not safe with it says so in their wishes."""


@dataclass(frozen=True)
class Told:
    """One message, or the call."""

    channel: NoticeChannel
    at: datetime


def who(**changes: Any) -> Contact:
    base: dict[str, Any] = {"person": Person(phone=MOBILE), "consent": EVERYTHING, "shared_phone": Answer.NO}
    return Contact(**(base | changes))


people = st.builds(
    lambda contact, at_risk, shared: contact.model_copy(update={"at_risk": at_risk, "shared_phone": shared}),
    contacts,
    st.sampled_from(Answer),
    st.sampled_from(Answer),
)
endings = st.lists(st.booleans(), min_size=8, max_size=8)
"""Of one message after another, whether it was taken; none brings a proof."""


def walk(
    contact: Contact, carried: frozenset[NoticeChannel], *, urgent: bool, wakes: bool, at: datetime, taken: list[bool]
) -> Iterator[Told | ladder.Rest | reach.Nothing]:
    """Everything that happens to one piece of news that nobody ever proves."""
    own = ladder.Ladders(table.rungs(), carried).of(urgent=urgent)
    for channel in own.beside:
        if isinstance(beside := reach.way(contact, urgent=wakes, at=at, channels=[channel], danger=urgent), reach.Send):
            yield Told(channel, beside.not_before)
    step: Any = reach.way(contact, urgent=wakes, at=at, channels=own.order, danger=urgent)
    outcomes = iter(taken)
    while isinstance(step, reach.Send):
        yield Told(step.channel, step.not_before)
        was_taken = next(outcomes)
        within = own.proof_within(step.channel)
        if was_taken and (within is None or (step.channel is SMS and not step.rungs)):
            yield ladder.Rest()
            return
        at = step.not_before + ((within or timedelta(0)) if was_taken else timedelta(0))
        step = ladder.following(step.channel, step.rungs, contact, taken=was_taken, urgent=urgent, wakes=wakes, at=at)
    yield Told(CALLBACK, at) if isinstance(step, reach.OweCall) else step


cases = {
    "contact": people,
    "carried": st.frozensets(st.sampled_from([PUSH, ZALO, SMS, VOICE])),
    "urgent": st.booleans(),
    "wakes": st.booleans(),
    "at": times,
    "taken": endings,
}


@given(**cases)
def test_nothing_appears_on_the_telephone_of_who_is_at_risk_or_shares_it(contact: Contact, **how: Any) -> None:
    shown = {each.channel for each in walk(contact, **how) if isinstance(each, Told)} & _SHOWN
    if contact.at_risk is Answer.YES or contact.shared_phone is Answer.YES:
        assert not shown
    if how["urgent"] and contact.at_risk is Answer.UNKNOWN:
        assert not shown, "urgent for a reason that nobody told: it may be a danger"


@given(**cases)
def test_nobody_is_told_on_a_channel_without_their_consent_to_it(contact: Contact, **how: Any) -> None:
    purposes = contact.consent.purposes if contact.consent else frozenset()
    needed = {ZALO: Purpose.ZALO_UPDATES, SMS: Purpose.SMS_UPDATES, VOICE: Purpose.SMS_UPDATES}
    for each in walk(contact, **how):
        if isinstance(each, Told) and each.channel in needed:
            assert needed[each.channel] in purposes
            assert contact.wishes.sms or each.channel is VOICE
            assert contact.wishes.call or each.channel is not VOICE
        if isinstance(each, Told) and each.channel is CALLBACK:
            assert contact.wishes.call


@given(**cases)
def test_no_message_comes_outside_the_wished_hours(contact: Contact, **how: Any) -> None:
    for each in walk(contact, **how):
        if isinstance(each, Told) and each.channel is not CALLBACK:
            assert wished(each.at, contact.wishes)


@given(**cases)
def test_every_ladder_ends_in_a_message_that_was_taken_or_in_a_call(contact: Contact, **how: Any) -> None:
    *_, last = walk(contact, **how)
    if reach.is_open(contact, CALLBACK, danger=how["urgent"]):
        assert isinstance(last, ladder.Rest) or (isinstance(last, Told) and last.channel is CALLBACK)


@given(**cases)
def test_nobody_is_told_twice_on_one_channel(contact: Contact, **how: Any) -> None:
    told = [each.channel for each in walk(contact, **how) if isinstance(each, Told)]
    assert len(told) == len(set(told))


@given(**cases)
@example(contact=who(), carried=frozenset({SMS}), urgent=True, wakes=True, at=AT, taken=[True] * 8)
def test_with_nobody_but_sms_a_message_that_was_taken_is_the_end(contact: Contact, **how: Any) -> None:
    how["carried"] = frozenset({SMS})
    steps = list(walk(contact, **how))
    first = reach.way(contact, urgent=how["wakes"], at=how["at"])
    if isinstance(first, reach.Send):
        assert steps[0] == Told(SMS, first.not_before)
        assert isinstance(steps[1], ladder.Rest) == (how["taken"][0] or not contact.wishes.call)
        assert len(steps) == 2


def test_the_shipped_ladders() -> None:
    assert LADDERS.of(urgent=False).order == (PUSH, ZALO, SMS, VOICE)
    assert LADDERS.of(urgent=False).beside == ()
    assert LADDERS.of(urgent=True).order == (SMS, VOICE)
    assert LADDERS.of(urgent=True).beside == (PUSH,)
    assert all(
        rung.beside or rung.proof_within for rung in table.rungs()[ladder.Urgency.NEWS] if rung.channel is not SMS
    )


def test_an_urgent_sms_without_a_proof_is_followed_by_a_recording_and_that_by_a_call() -> None:
    contact = who(at_risk=Answer.NO)
    at_once: dict[str, Any] = {"urgent": True, "wakes": True, "at": AT}
    voice = ladder.following(SMS, (VOICE,), contact, taken=True, **at_once)
    assert isinstance(voice, reach.Send)
    assert (voice.channel, voice.rungs) == (VOICE, ())
    assert ladder.following(VOICE, (), contact, taken=True, **at_once) == reach.OweCall(NoticeReason.NOT_PROVED)
    assert ladder.following(SMS, (VOICE,), who(shared_phone=Answer.UNKNOWN), taken=True, **at_once) == ladder.Rest()


def test_a_recording_reaches_a_landline_and_a_message_of_zalo_does_not() -> None:
    contact = who(person=Person(phone=LANDLINE))
    assert reach.is_open(contact, VOICE, danger=False)
    assert not reach.is_open(contact, ZALO, danger=False)


def test_a_quiet_hour_is_waited_for_on_every_channel() -> None:
    night = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)  # 23:00 in Vietnam
    step = ladder.following(ZALO, (SMS,), who(), taken=True, urgent=False, wakes=False, at=night)
    assert isinstance(step, reach.Send)
    assert step.not_before == datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
