"""Names and texts: officers see the letters that were sent, and nobody is refused for what a keyboard adds."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from intake.api.bodies import NewRequest
from intake.api.fields import LongText, Name, OptionalName, PlaceText, RawPhone
from legalaid.http.problems import of_validation

NAMES: list[TypeAdapter[str]] = [TypeAdapter(Name), TypeAdapter(OptionalName)]
TEXTS: list[TypeAdapter[str]] = [TypeAdapter(PlaceText), TypeAdapter(LongText)]
INVISIBLE = [*map(chr, [*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]), "\ufeff", "\u061c"]
CONTROLS = ["\0", "\a", "\b", "\x1b", "\x1b[31m", "\x1c", "\x7f", "\x80", "\x9b"]

odd = st.sampled_from([*INVISIBLE, *CONTROLS, "\r\n", "\r", "\n", "\t", "\v", "\x85", "\u2028", "e\u0302", "\u0301"])
"""What happens to be typed and pasted, and what somebody who means harm sends."""
texts = st.lists(st.text(max_size=3) | odd, max_size=12).map("".join)


@given(texts)
def test_no_text_that_is_accepted_holds_what_cannot_be_seen_or_commands_a_screen(text: str) -> None:
    for field in (*NAMES, *TEXTS):
        try:
            kept = field.validate_python(text)
        except ValidationError:
            continue
        allowed = "" if field in NAMES else "\n\t"
        assert not [each for each in kept if unicodedata.category(each) in {"Cc", "Cf", "Cs"} and each not in allowed]
        assert unicodedata.is_normalized("NFC", kept)
        assert field is not NAMES[0] or kept.strip()


@given(st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp")), min_size=1, max_size=20))
def test_nothing_that_can_be_seen_is_lost_or_refused(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    for field in (NAMES[1], *TEXTS):
        assert field.validate_python(text) == composed


@pytest.mark.parametrize(
    "text",
    [
        "Giàng A Páo, bản Nà Luống, xã Nà Tấu: đất nương bị lấn từ năm 2019.",
        "Kuv nyob hauv lub zos, tus poj niam raug ntaus; Mông: Yaj Txooj Lauj",
        "".join(map(chr, [*range(0xAA80, 0xAAC3), *range(0xAADB, 0xAAE0)])),
        "𖬒𖬲𖬥𖬰 𞄀𞄁",
    ],
    ids=["Vietnamese", "Mông in Latin letters", "Tai Viet", "Mông in letters of its own"],
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_the_languages_of_the_country_pass_as_they_are(text: str, form: Any) -> None:
    sent = unicodedata.normalize(form, text)
    assert {field.validate_python(sent) for field in (*NAMES, *TEXTS)} == {unicodedata.normalize("NFC", text)}


@pytest.mark.parametrize("mark", INVISIBLE)
def test_what_cannot_be_seen_is_dropped(mark: str) -> None:
    sent = f"{mark}Vàng A{mark} Sử{mark}"
    assert {field.validate_python(sent) for field in (*NAMES, *TEXTS)} == {"Vàng A Sử"}
    assert TypeAdapter(RawPhone).validate_python(f"{mark}0912{mark}345678") == "0912345678"
    with pytest.raises(ValidationError):
        NAMES[0].validate_python(f"{mark} {mark}")


@pytest.mark.parametrize("control", CONTROLS)
def test_what_commands_a_screen_is_refused_and_said_so(control: str) -> None:
    body = {"channel": "HOTLINE", "person": {"name": f"quokka{control}"}, "matter": {"story": control}}
    with pytest.raises(ValidationError) as caught:
        NewRequest.model_validate(body)
    problem = of_validation(
        [{**each, "loc": ("body", *each["loc"])} for each in caught.value.errors()], {*body, "name", "story"}
    )
    assert [(each.pointer, each.code) for each in problem.errors] == [
        ("/person/name", "control_character"),
        ("/matter/story", "control_character"),
    ]
    assert "control characters" in problem.errors[0].detail
    assert b"quokka" not in bytes(problem.response().body)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029"])
def test_a_line_break_is_one_in_texts_and_a_space_in_names(end: str) -> None:
    sent = f"Giàng{end}A\tPáo"
    assert {field.validate_python(sent) for field in TEXTS} == {"Giàng\nA\tPáo"}
    assert {field.validate_python(sent) for field in NAMES} == {"Giàng A Páo"}
    with pytest.raises(ValidationError):
        NAMES[0].validate_python(end)


def test_half_a_character_is_no_text() -> None:
    with pytest.raises(ValidationError):
        NewRequest.model_validate_json(r'{"channel": "HOTLINE", "matter": {"story": "\ud800"}}')
