"""One person's name is equal however it was written, and two names are equal only when their words are."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legalaid.vietnam.names import comparable
from legalaid.vietnam.text import strip_accents

WORDS = st.lists(
    st.sampled_from(["Giàng", "Thào", "Lò", "Nguyễn", "Đỗ", "Thị", "Văn", "A", "Páo", "Mỷ", "Hặc", "Hùng", "Ươm"]),
    min_size=2,
    max_size=5,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Giàng A Páo", "ông Giàng A Páo"),
        ("Giàng A Páo", "GIANG A PAO"),
        ("Đỗ Thị Thắm", "bà Do Thi Tham"),
        ("Nguyễn Văn Hùng", "Hùng, Nguyễn Văn"),
        ("Chu Văn An", "chú Chu Văn An"),
        ("H'Hen Niê", "H’Hen  Niê"),
        ("Lò Văn Hoà", "Lò Văn Hòa"),
        ("Nguyen Van Hung", "anh Nguyen Van Hung"),
    ],
)
def test_one_person_told_in_two_ways(one: str, other: str) -> None:
    assert comparable(one) == comparable(other) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Giàng A Páo", "Giàng A Dơ"),
        ("Lò Thị Hặc", "Lò Văn Hặc"),
        ("Chu Văn An", "Văn An"),  # a family, and no form of address
        ("Ông Văn Ba", "Văn Ba Ba"),
        ("Lò Văn Văn", "Lò Văn"),
    ],
)
def test_two_people(one: str, other: str) -> None:
    assert comparable(one) != comparable(other)


@pytest.mark.parametrize("name", ["", " ", "Páo", "ông Páo", "anh", "12 34", "(?)"])
def test_what_names_nobody(name: str) -> None:
    assert comparable(name) is None


@given(words=WORDS, data=st.data(), form=st.sampled_from(["", "ông ", "Bà ", "CHỊ "]))
def test_writing_does_not_matter(words: list[str], data: st.DataObject, form: str) -> None:
    name = " ".join(words)
    shuffled = data.draw(st.permutations(words))
    written = form + data.draw(st.sampled_from([" ", "  ", "-", " , "])).join(shuffled)
    for spelling in (written, written.upper(), unicodedata.normalize("NFD", written)):
        assert comparable(spelling) == comparable(name)
    assert comparable(strip_accents(name).lower()) == comparable(name)


@given(one=WORDS, other=WORDS)
def test_other_words_are_another_name(one: list[str], other: list[str]) -> None:
    equal = sorted(map(strip_accents, one)) == sorted(map(strip_accents, other))
    assert (comparable(" ".join(one)) == comparable(" ".join(other))) is equal
