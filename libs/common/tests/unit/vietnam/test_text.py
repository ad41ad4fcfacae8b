import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from legalaid.vietnam import text

VIETNAMESE = st.text("aăâbcdđeêghiklmnoôơpqrstuưvxyàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ ĐĂÂ")


def test_examples() -> None:
    assert text.strip_accents("Trợ giúp pháp lý Điện Biên") == "Tro giup phap ly Dien Bien"
    assert text.fold("  ĐIỆN   Biên\n") == "dien bien"
    assert text.spelled("Hoá") == text.spelled("Hóa")
    assert text.spelled("Thuỷ") == text.spelled("Thủy")
    assert text.spelled("Yên Bái") != text.spelled("Yên Bài")


@given(VIETNAMESE)
def test_vietnamese_becomes_ascii_of_the_same_length(told: str) -> None:
    assert text.strip_accents(told).isascii()
    assert len(text.strip_accents(told)) == len(told)


@given(VIETNAMESE)
def test_both_unicode_forms_are_one(told: str) -> None:
    decomposed = unicodedata.normalize("NFD", told)
    assert text.strip_accents(decomposed) == text.strip_accents(told)
    assert text.fold(decomposed) == text.fold(told)
    assert text.spelled(decomposed) == text.spelled(told)


@given(st.text())
def test_folding_twice_is_folding_once(told: str) -> None:
    assert text.fold(text.fold(told)) == text.fold(told)
