"""Which devices a request has, and which go when something changes."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from intake.api.bodies import Amendment, NewRequest
from intake.api.reading import tell
from intake.rules.devices import MOST, added, holder, kept, without
from intake.rules.requests import NOTHING_TOLD
from legalaid import ids
from legalaid.events.people import Applicant, Consent, Contact, Device, Person
from legalaid.events.words import Purpose, Speaker

PHONE, OTHER, NEW = "+84912345678", "+84981234567", "+84977777777"
AT = datetime(2026, 11, 23, 2, tzinfo=UTC)


def consent(*purposes: Purpose) -> Consent:
    return Consent(purposes=frozenset(purposes), at=AT, text_version="1", evidence="app")


def device(token: str = "t" * 20, whose: Speaker = Speaker.PERSON) -> Device:
    return Device(id=ids.device_id("r", token), holder=whose, token=token, consent=consent(Purpose.PUSH_UPDATES))


def contact(**more: Any) -> Contact:
    usual = {"person": Person(phone=PHONE), "applicant": Applicant(name="x", phone=OTHER)}
    return Contact(**(usual | more))


def test_a_device_belongs_to_whose_number_it_is() -> None:
    assert holder(contact(), PHONE) is Speaker.PERSON
    assert holder(contact(), OTHER) is Speaker.APPLICANT
    assert holder(contact(applicant=Applicant(name="x", phone=PHONE)), PHONE) is Speaker.PERSON
    assert holder(contact(applicant=None), OTHER) is None
    assert holder(contact(person=Person()), PHONE) is None


def test_a_device_goes_with_its_number() -> None:
    both = (device(), device("a" * 20, Speaker.APPLICANT))
    before = contact(devices=both)
    assert kept(before, contact()) == both
    assert kept(before, contact(person=Person(phone=NEW))) == both[1:]
    assert kept(before, contact(person=Person())) == both[1:]
    assert kept(before, contact(applicant=None)) == both[:1]
    assert kept(before, contact(applicant=Applicant(name="other", phone=OTHER))) == both


def test_all_go_when_the_consent_is_given_anew_without_them_or_taken_back() -> None:
    one = (device(),)
    without_push, with_push = consent(Purpose.SMS_UPDATES), consent(Purpose.SMS_UPDATES, Purpose.PUSH_UPDATES)
    before = contact(devices=one, consent=without_push)
    assert kept(before, contact(consent=without_push)) == one, "the device has a consent of its own"
    assert kept(before, contact(consent=with_push)) == one
    assert kept(before, contact(consent=consent(Purpose.CASE_HANDLING))) == ()
    assert kept(before, contact(consent=None)) == ()


@given(st.lists(st.sampled_from([f"{each:020d}" for each in range(8)])))
def test_there_are_few_and_the_newest_stay(tokens: list[str]) -> None:
    devices: tuple[Device, ...] = ()
    for token in tokens:
        devices = added(devices, device(token))
    newest = list(dict.fromkeys(reversed(tokens)))[:MOST]
    assert [each.token for each in reversed(devices)] == newest


def test_one_is_removed() -> None:
    one, other = device(), device("u" * 20)
    assert without((one, other), one.id) == (other,)
    assert without((other,), one.id) == (other,)


def test_an_amendment_keeps_what_it_does_not_change() -> None:
    body = NewRequest.model_validate({"channel": "HOTLINE", "person": {"phone": PHONE}})
    told = tell(NOTHING_TOLD, body, body.model_fields_set)
    before = told.contact.model_copy(update={"devices": (device(),)})
    told = type(told)(contact=before, facts=told.facts, story=told.story)

    def amended(**sections: object) -> Contact:
        change = Amendment.model_validate(sections)
        return tell(told, change, change.model_fields_set).contact

    assert amended(address="bản Nà Tấu").devices == (device(),)
    assert amended(person={"phone": PHONE, "name": "Giàng A Páo"}).devices == (device(),)
    assert amended(person={"phone": NEW}).devices == ()
