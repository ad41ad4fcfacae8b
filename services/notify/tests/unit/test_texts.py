import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legalaid.vietnam import text as spelling
from notify import texts

OWNERS = [
    "Trung tâm Trợ giúp pháp lý nhà nước tỉnh Điện Biên",
    "Trung tâm Trợ giúp pháp lý nhà nước tỉnh Lào Cai",
    "Chi nhánh số 2 Trung tâm Trợ giúp pháp lý nhà nước tỉnh Điện Biên",
    "Trung tâm Trợ giúp pháp lý nhà nước Thành phố Hồ Chí Minh",
    "Bàn tiếp nhận quốc gia",
]
GSM_7 = set(string.ascii_letters + string.digits + " .,:;()/-+!?'=*\n")
"""What both GSM 03.38's basic table and every gateway of domain facts 5.1 take."""
NEVER_SAID = (
    "bao luc", "bao hanh", "ly hon", "ly than", "xam hai", "hiep", "hinh su", "bi cao", "bi can", "bi hai", "toi pham",
    "tam giam", "tam giu", "hiv", "ma tuy", "mua ban", "nan nhan", "khuyet tat", "ho ngheo", "can ngheo", "dan toc",
    "chong", "vo", "con", "gia dinh", "dat dai", "kien", "toa an", "luat su", "cong an", "tu choi", "no nan", "tre em",
)  # fmt: skip
"""What a case may be about, or what would worry who reads it over a shoulder. Whole words, without accents."""
AMBIGUOUS = {"ban", "bo", "cuoi", "dam", "dit", "du", "lon", "ngu", "loan", "mat", "chim"}
"""Words that, without accents, read as something crude, or as another that matters: "can bo" is an official too."""


def all_texts() -> list[str]:
    return [
        texts.render(name, receipt_code="1234567890", owner=owner)
        for name in texts.templates()
        for owner in [*OWNERS, None]
    ]


@pytest.mark.parametrize("text", all_texts())
def test_every_text_fits_one_segment_and_every_gateway(text: str) -> None:
    assert texts.segments(text) == 1
    assert set(text) <= GSM_7
    assert not texts.REFUSED & set(text)
    assert "18001233" in text
    assert "{" not in text
    assert "http" not in text


def test_every_text_of_one_case_names_its_receipt_and_the_text_of_several_names_none() -> None:
    for name in texts.templates():
        text = texts.render(name, receipt_code="1234567890", owner=None)
        assert ("123 456 7890" in text) == (name != texts.SEVERAL)


@pytest.mark.parametrize("text", all_texts())
def test_no_text_says_what_the_matter_is(text: str) -> None:
    for owner in OWNERS:
        text = text.replace(texts._shortened(owner), "")
    words = " ".join(text.lower().replace(".", " ").replace(",", " ").split())
    for never in NEVER_SAID:
        assert f" {never} " not in f" {words} "
    assert not AMBIGUOUS & set(words.split())


def test_the_owner_is_named_where_it_fits() -> None:
    named = texts.render("case-assigned", receipt_code="1234567890", owner=OWNERS[0])
    assert "Trung tam TGPL tinh Dien Bien" in named
    short = texts.render("case-assigned", receipt_code="1234567890", owner="Chi nhánh " * 12)
    assert "Chi nhanh" not in short
    assert texts.segments(short) == 1
    refused = texts.render("case-assigned", receipt_code="1234567890", owner="Trung tâm [A]")
    assert "[" not in refused


@pytest.mark.parametrize(("length", "count"), [(1, 1), (160, 1), (161, 2), (306, 2), (307, 3), (459, 3)])
def test_segments(length: int, count: int) -> None:
    assert texts.segments("a" * length) == count


def test_longer_texts_are_refused() -> None:
    with pytest.raises(ValueError, match="three segments"):
        texts.segments("a" * 460)


@given(st.text(alphabet=st.characters(codec="utf-8", categories=["L", "N", "Zs"]), max_size=200))
def test_no_name_of_a_centre_makes_a_text_dear(owner: str) -> None:
    text = texts.render("case-accepted", receipt_code="1234567890", owner=owner)
    assert texts.segments(text) == 1


def test_the_texts_are_written_with_accents() -> None:
    for template in texts.templates().values():
        assert spelling.strip_accents(template.text) != template.text
        assert "{owner}" not in template.short
