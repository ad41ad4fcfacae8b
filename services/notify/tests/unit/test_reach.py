"""P9: nobody is contacted against their wish, whatever the wishes, the hour, the number and the consent."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legalaid.clock import VIETNAM
from legalaid.events.people import Applicant, Consent, Contact, Person, Wishes
from legalaid.events.words import NoticeReason, Purpose, Speaker
from notify.rules import reach

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday, 09:00 in Vietnam
MOBILE, LANDLINE = "+84912345678", "+842153824567"
CONSENT = Consent(
    purposes=frozenset({Purpose.CASE_HANDLING, Purpose.SMS_UPDATES}), at=AT, text_version="1", evidence="app"
)


def contact(**changes: Any) -> Contact:
    base: dict[str, Any] = {"person": Person(phone=MOBILE), "consent": CONSENT}
    return Contact(**(base | changes))


hours = st.builds(lambda hour, minute: f"{hour:02}:{minute:02}", st.integers(0, 23), st.integers(0, 59))
wishes = st.builds(
    Wishes,
    sms=st.booleans(),
    call=st.booleans(),
    hours_from=st.none() | hours,
    hours_to=st.none() | hours,
    speak_to=st.sampled_from(Speaker),
)
consents = st.none() | st.builds(
    Consent,
    purposes=st.frozensets(st.sampled_from(Purpose)),
    at=st.just(AT),
    text_version=st.just("1"),
    evidence=st.just("app"),
)
numbers = st.none() | st.sampled_from([MOBILE, LANDLINE])
contacts = st.builds(
    Contact,
    person=st.builds(Person, phone=numbers),
    applicant=st.none() | st.builds(Applicant, name=st.just("A"), phone=numbers),
    wishes=wishes,
    consent=consents,
)
times = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - aware by st


def clock_of(at: datetime) -> str:
    return at.astimezone(VIETNAM).strftime("%H:%M")


def wished(at: datetime, who: Wishes) -> bool:
    """The specification, said differently from the code: by comparing texts of wall time."""
    if who.hours_from is None and who.hours_to is None:
        return True
    if who.hours_from is None or who.hours_to is None:
        return False
    now, begin, end = clock_of(at), who.hours_from, who.hours_to
    return begin <= now < end if begin <= end else now >= begin or now < end


@given(contacts, st.booleans(), times)
def test_no_sms_on_a_barred_channel_or_hour(who: Contact, urgent: bool, at: datetime) -> None:
    way = reach.way(who, urgent=urgent, at=at)
    if isinstance(way, reach.Send):
        assert who.wishes.sms
        assert who.consent is not None
        assert Purpose.SMS_UPDATES in who.consent.purposes
        assert way.number == reach.number(who) == MOBILE
        assert wished(way.not_before, who.wishes)
        assert at <= way.not_before <= at + timedelta(days=1)
    if isinstance(way, reach.OweCall):
        assert who.wishes.call
        assert reach.number(who) is not None


@given(contacts, times)
def test_the_night_is_quiet_unless_only_the_night_is_wished_or_it_is_urgent(who: Contact, at: datetime) -> None:
    way = reach.way(who, urgent=False, at=at)
    if isinstance(way, reach.Send) and not "07:00" <= clock_of(way.not_before) < "22:00":
        days = (at + timedelta(minutes=step) for step in range(24 * 60))
        assert not any(wished(each, who.wishes) and "07:00" <= clock_of(each) < "22:00" for each in days)
        assert who.wishes.hours_from is not None


@given(contacts, st.booleans(), times)
def test_it_goes_at_the_first_allowed_instant(who: Contact, urgent: bool, at: datetime) -> None:
    way = reach.way(who, urgent=urgent, at=at)
    if isinstance(way, reach.Send):
        again = reach.way(who, urgent=urgent, at=way.not_before)
        assert again == way
        minutes = int((way.not_before - at).total_seconds() // 60)
        for step in range(0, minutes, 7):
            earlier = reach.way(who, urgent=urgent, at=at + timedelta(minutes=step))
            assert earlier == way


@given(contacts, st.booleans(), times)
def test_only_whom_they_named_is_spoken_to(who: Contact, urgent: bool, at: datetime) -> None:
    expected = who.person.phone
    if who.wishes.speak_to is Speaker.APPLICANT:
        expected = who.applicant.phone if who.applicant else None
    assert reach.number(who) == expected
    if expected is None:
        assert isinstance(reach.way(who, urgent=urgent, at=at), reach.Nothing)


@pytest.mark.parametrize(
    ("who", "way"),
    [
        (contact(), reach.Send(MOBILE, AT)),
        (contact(person=Person(phone=LANDLINE)), reach.OweCall(NoticeReason.NO_SMS_NUMBER)),
        (contact(consent=None), reach.OweCall(NoticeReason.SMS_NOT_WANTED)),
        (contact(wishes=Wishes(sms=False)), reach.OweCall(NoticeReason.SMS_NOT_WANTED)),
        (contact(wishes=Wishes(sms=False, call=False)), reach.Nothing(NoticeReason.NO_CHANNEL_WANTED)),
        (
            contact(person=Person(phone=LANDLINE), wishes=Wishes(call=False)),
            reach.Nothing(NoticeReason.NO_CHANNEL_WANTED),
        ),
        (contact(person=Person()), reach.Nothing(NoticeReason.NO_SMS_NUMBER)),
        (contact(wishes=Wishes(hours_from="10:00", hours_to="10:00")), reach.OweCall(NoticeReason.SMS_NOT_WANTED)),
        (contact(wishes=Wishes(hours_from="10:00")), reach.OweCall(NoticeReason.SMS_NOT_WANTED)),
        (
            contact(wishes=Wishes(hours_from="10:30", hours_to="12:00")),
            reach.Send(MOBILE, datetime(2026, 11, 23, 3, 30, tzinfo=UTC)),
        ),
        (
            contact(wishes=Wishes(hours_from="23:00", hours_to="04:00")),
            reach.Send(MOBILE, datetime(2026, 11, 23, 16, 0, tzinfo=UTC)),
        ),
    ],
)
def test_ways(who: Contact, way: reach.Way) -> None:
    assert reach.way(who, urgent=False, at=AT) == way


def test_what_is_urgent_does_not_wait_for_the_morning_but_for_the_wish() -> None:
    night = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)  # 01:30
    assert reach.way(contact(), urgent=True, at=night) == reach.Send(MOBILE, night)
    morning = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
    assert reach.way(contact(), urgent=False, at=night) == reach.Send(MOBILE, morning)
    day_only = contact(wishes=Wishes(hours_from="08:00", hours_to="17:00"))
    eight = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
    assert reach.way(day_only, urgent=True, at=night) == reach.Send(MOBILE, eight)
