"""One word of a person's message may order something; anything longer, or any other word, is for a person to read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legalaid.vietnam import text as spelling
from notify.rules.answers import OneWord, wanted


@pytest.mark.parametrize("text", ["DUNG", "dung", " Dừng ", "STOP", "stop.", "Dừng!", "DU\u031b\u0300NG"])
def test_stop(text: str) -> None:
    assert wanted(text) is OneWord.STOP


@pytest.mark.parametrize("text", ["GOI", "gọi", "Gọi.", "call"])
def test_call(text: str) -> None:
    assert wanted(text) is OneWord.CALL


@pytest.mark.parametrize("text", ["Đúng", "đúng.", "Dùng", "ĐỪNG", "gói", "gối"])
def test_another_word_that_is_one_of_ours_without_accents_orders_nothing(text: str) -> None:
    assert wanted(text) is OneWord.OTHER


@pytest.mark.parametrize(
    "text",
    ["", " ", "Đừng gọi nữa", "goi lai cho toi", "dung goi", "tôi muốn dừng", "123", "STOPP", "chồng tôi đọc tin"],
)
def test_what_is_longer_is_for_a_person(text: str) -> None:
    assert wanted(text) is OneWord.OTHER


def test_the_keyword_of_the_short_code_says_nothing() -> None:
    assert wanted("TGPL DUNG", "TGPL") is OneWord.STOP
    assert wanted("tgpl gọi", "TGPL") is OneWord.CALL
    assert wanted("TGPL toi can giup", "TGPL") is OneWord.OTHER
    assert wanted("DUNG", "DUNG") is OneWord.STOP
    assert wanted("TGPL", "TGPL") is OneWord.OTHER


@given(st.text(max_size=40))
def test_only_one_of_a_few_words_orders_anything(text: str) -> None:
    ordered = wanted(text)
    if ordered is not OneWord.OTHER:
        assert spelling.strip_accents(text).strip().strip(".,!?").lower() in {"dung", "stop", "goi", "call"}
