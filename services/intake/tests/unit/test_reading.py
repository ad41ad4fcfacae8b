"""From bodies to what is sealed: numbers, places, spellings; strict about form, lenient about places."""

import json
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from intake.api.bodies import Amendment, NewRequest
from intake.api.reading import caller, canonical, read_phone, tell
from intake.rules.requests import NOTHING_TOLD
from legalaid.events import Place
from legalaid.events.people import Contact, OtherParty, Person
from legalaid.events.words import Answer
from legalaid.http import FieldError, Problem


def request(**sections: object) -> NewRequest:
    return NewRequest.model_validate({"channel": "HOTLINE", **sections})


def test_places_that_cannot_be_found_are_kept_as_they_were_told() -> None:
    body = request(
        residence={"text": "bản không ai biết"}, matter_place={"province_code": "98", "commune_code": "00000"}
    )
    told = tell(NOTHING_TOLD, body, body.model_fields_set)
    assert (told.residence, told.matter_place) == (None, None)
    assert told.story.residence_as_told == "bản không ai biết"
    assert told.story.matter_place_as_told == "mã tỉnh 98; mã xã 00000"


def test_places_are_found_by_code_and_by_old_name() -> None:
    body = request(residence={"province_code": "11", "commune_code": "03127"}, matter_place={"text": "tỉnh Yên Bái"})
    told = tell(NOTHING_TOLD, body, body.model_fields_set)
    assert told.residence == Place(province="11", commune="03127")
    assert told.matter_place is not None
    assert (told.matter_place.province, told.matter_place.commune) == ("15", None)
    assert "04252" in told.matter_place.one_of  # Yên Bái, and nothing of old Lào Cai
    assert "02647" not in told.matter_place.one_of


def test_every_unreadable_number_is_named_and_none_is_repeated() -> None:
    body = request(person={"phone": "09quokka"}, applicant={"name": "x", "phone": "123"})
    with pytest.raises(Problem) as caught:
        tell(NOTHING_TOLD, body, body.model_fields_set)
    assert [error.pointer for error in caught.value.errors] == ["/person/phone", "/applicant/phone"]
    assert b"quokka" not in bytes(caught.value.response().body)


NOT_TO_BE_DIALLED = ["18001233", "1900 1234", "+881 612 345 678", "+870 773 111 632"]


@pytest.mark.parametrize("number", NOT_TO_BE_DIALLED)
def test_no_request_makes_us_dial_a_number_that_costs(number: str) -> None:
    body = request(person={"phone": number}, applicant={"name": "x", "phone": number})
    with pytest.raises(Problem) as caught:
        tell(NOTHING_TOLD, body, body.model_fields_set)
    assert [(error.pointer, error.code) for error in caught.value.errors] == [
        ("/person/phone", "phone_not_callable"),
        ("/applicant/phone", "phone_not_callable"),
    ]
    assert "a mobile or a landline" in caught.value.errors[0].detail
    assert "hotline" in caught.value.errors[0].detail
    assert number.encode() not in bytes(caught.value.response().body)


def test_who_is_abroad_is_heard() -> None:
    """Somebody who was taken abroad cannot dial 1800 1233: a request from there is worth a dear call."""
    body = request(person={"phone": "+856 20 5555 1234"})
    assert tell(NOTHING_TOLD, body, body.model_fields_set).phones == ("+8562055551234",)


def test_who_has_no_number_that_can_be_called_is_taken_on_the_hotline_without_one() -> None:
    body = request(person={"name": "Sùng A Chu"})
    assert tell(NOTHING_TOLD, body, body.model_fields_set).phones == ()


def test_a_number_that_was_taken_earlier_hinders_no_amendment_and_no_status_check() -> None:
    old = "+8562055551234"
    before = replace(NOTHING_TOLD, contact=Contact(person=Person(phone=old)))
    change = Amendment.model_validate({"address": "bản Nà Luống"})
    assert tell(before, change, change.model_fields_set).phones == (old,)
    errors: list[FieldError] = []
    assert read_phone(old, "/phone", errors) == old
    assert not errors


@pytest.mark.parametrize("number", [*NOT_TO_BE_DIALLED, "anonymous", "", None])
def test_a_caller_whom_nobody_can_call_back_counts_as_withheld(number: str | None) -> None:
    assert caller(number) is None
    assert caller("0912345678") == "+84912345678"


def test_what_is_known_of_the_other_parties_is_told_apart_from_bare_names() -> None:
    others = [{"name": "Vàng A Sử", "birth_year": 1975, "phone": "0912 345 678"}, {"name": "Lò Văn Biên"}]
    body = request(matter={"other_parties": ["Vàng Thị Dợ"], "others": others})
    story = tell(NOTHING_TOLD, body, body.model_fields_set).story
    assert story.other_parties == ("Vàng Thị Dợ",)
    assert story.others == (
        OtherParty(name="Vàng A Sử", birth_year=1975, phone="+84912345678"),
        OtherParty(name="Lò Văn Biên"),
    )
    wrong = request(matter={"others": [others[1], {"name": "x", "phone": "09quokka"}]})
    with pytest.raises(Problem) as caught:
        tell(NOTHING_TOLD, wrong, wrong.model_fields_set)
    assert [error.pointer for error in caught.value.errors] == ["/matter/others/1/phone"]


def test_blank_is_absent_and_spelling_is_one() -> None:
    body = request(person={"name": " ", "phone": " "}, matter={"story": unicodedata.normalize("NFD", "Điện Biên")})
    told = tell(NOTHING_TOLD, body, body.model_fields_set)
    assert (told.contact.person.name, told.phones) == (None, ())
    assert told.story.text == unicodedata.normalize("NFC", "Điện Biên")


def test_an_amendment_leaves_other_sections_alone() -> None:
    first = request(person={"name": "A"}, residence={"province_code": "11"}, facts={"sex": "MALE"}, address="x")
    before = tell(NOTHING_TOLD, first, NewRequest.model_fields.keys())
    change = Amendment.model_validate({"matter": {"field": "CIVIL"}, "residence": None})
    after = tell(before, change, change.model_fields_set)
    assert after.contact == before.contact
    assert (after.facts.sex, after.facts.field) == ("MALE", "CIVIL")
    assert (after.residence, after.story.address) == (None, "x")


@pytest.mark.parametrize(
    "section",
    [
        {"person": {"needs_interpreter": "yes"}},
        {"person": {"quokka": 1}},
        {"facts": {"birth_date": 5}},
        {"facts": {"birth_date": "1494012444"}},
        {"facts": {"birth_year": "1980"}},
        {"facts": {"occurred_at": "2026-11-23T08:00:00"}},
        {"facts": {"claims": {"QUOKKA": "YES"}}},
        {"facts": {"ethnicity": "55"}},
        {"applicant": {"name": "\u00a0"}},
        {"wishes": {"hours_from": "24:00"}},
        {"matter": {"other_parties": ["x"] * 21}},
        {"matter": {"others": [{"name": "x"}] * 21}},
        {"matter": {"others": [{"birth_year": 1980}]}},
        {"matter": {"others": ["x"]}},
        {"call_id": "X"},
        {"channel": "LETTER"},
    ],
)
def test_what_is_malformed_is_refused(section: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        request(**section)


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5) | st.integers(-(2**53), 2**53) | st.none()))
def test_the_canonical_body_does_not_depend_on_order_or_spacing(body: dict[str, object]) -> None:
    shuffled = dict(reversed(body.items()))
    assert canonical(json.dumps(body).encode()) == canonical(json.dumps(shuffled, indent=3).encode())


@given(name=st.text(max_size=220), story=st.text(max_size=50), phone=st.text(max_size=45))
def test_any_text_is_taken_or_refused_but_never_breaks_us(name: str, story: str, phone: str) -> None:
    section = {
        "person": {"name": name, "phone": phone},
        "applicant": {"name": name},
        "matter": {"other_parties": [story]},
    }
    try:
        body = request(**section)
        tell(NOTHING_TOLD, body, body.model_fields_set)
    except (ValidationError, Problem):
        return


def test_who_chooses_how_to_tell_somebody_learns_of_danger_and_of_a_shared_phone_alone() -> None:
    body = request(facts={"in_danger": "YES"}, wishes={"shared_phone": "YES"})
    told = tell(NOTHING_TOLD, body, body.model_fields_set)
    assert (told.contact.at_risk, told.contact.shared_phone) == (Answer.YES, Answer.YES)
    other = Amendment.model_validate({"person": {"phone": "0912 345 678"}})
    told = tell(told, other, other.model_fields_set)
    assert (told.contact.at_risk, told.contact.shared_phone) == (Answer.YES, Answer.YES)
