"""What makes a request urgent, and what is wrong between its fields."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.rules.requests import NOTHING_TOLD, Told, faults, is_urgent
from legalaid.events.people import Applicant, Consent, Contact, Facts, OtherParty, Person, Story, Wishes
from legalaid.events.words import Answer, Channel, Speaker

TODAY = date(2026, 11, 25)
PHONE = "+84912345678"


def told(**contact: object) -> Told:
    return Told(contact=Contact.model_validate({"person": Person(phone=PHONE), **contact}))


def pointers(what: Told, channel: Channel = Channel.HOTLINE) -> list[str]:
    return [fault.pointer for fault in faults(what, channel, TODAY)]


@given(st.lists(st.sampled_from(Answer), min_size=3, max_size=3))
def test_urgent_is_any_yes_and_nothing_else(answers: list[Answer]) -> None:
    detained, in_danger, near = answers
    facts = Facts(detained=detained, in_danger=in_danger, deadline_near=near)
    assert is_urgent(facts) == (Answer.YES in answers)


def test_the_hotline_takes_people_without_a_number_the_app_does_not() -> None:
    assert pointers(NOTHING_TOLD) == []
    assert pointers(NOTHING_TOLD, Channel.APP) == ["/person/phone"]
    applicant = Applicant(name="x", phone=PHONE)
    assert pointers(told(person=Person(), applicant=applicant), Channel.APP) == []


def test_hours_come_in_pairs() -> None:
    assert pointers(told(wishes=Wishes(hours_from="18:00"))) == ["/wishes/hours_to"]
    assert pointers(told(wishes=Wishes(hours_to="18:00"))) == ["/wishes/hours_from"]
    assert pointers(told(wishes=Wishes(hours_from="22:00", hours_to="06:00"))) == []


def test_nobody_speaks_for_an_applicant_who_is_not_there() -> None:
    consent = Consent.model_validate_json(
        '{"given_by":"APPLICANT","at":"2026-11-23T08:00:00Z","text_version":"1","evidence":"e"}'
    )
    wishes = Wishes(speak_to=Speaker.APPLICANT)
    assert pointers(told(wishes=wishes, consent=consent)) == ["/wishes/speak_to", "/consent/given_by"]
    assert pointers(told(wishes=wishes, consent=consent, applicant=Applicant(name="x"))) == []


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        (Facts(birth_date=TODAY + timedelta(days=1)), "/facts/birth_date"),
        (Facts(birth_year=2027), "/facts/birth_year"),
        (Facts(birth_date=TODAY, birth_year=2026), None),
    ],
)
def test_nobody_is_born_tomorrow(facts: Facts, pointer: str | None) -> None:
    assert pointers(Told(facts=facts)) == ([pointer] if pointer else [])


def test_another_party_was_born_too() -> None:
    others = OtherParty(name="x", birth_year=TODAY.year), OtherParty(name="y", birth_year=TODAY.year + 1)
    assert pointers(Told(story=Story(others=others))) == ["/matter/others/1/birth_year"]
