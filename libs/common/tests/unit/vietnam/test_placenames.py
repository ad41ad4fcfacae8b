from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legalaid.events.base import Place
from legalaid.vietnam import placenames, units
from legalaid.vietnam.placenames import Match, Why
from legalaid.vietnam.text import spelled, strip_accents


def told(asked: str, province: str | None = None) -> list[tuple[Match, Why, str, str]]:
    return [
        (each.match, each.bearer.why, f"{each.bearer.kind} {each.bearer.name}", each.bearer.lies_in)
        for each in placenames.find(asked, province)
    ]


def test_313_names_are_borne_by_more_than_one_commune_and_all_are_told() -> None:
    borne = Counter(unit.name for unit in units.communes().values())
    several = [name for name, count in borne.items() if count > 1]
    assert len(several) == 313
    for name in several:
        found = [
            each for each in placenames.find(name) if (each.match, each.bearer.why) == (Match.SPELLED, Why.COMMUNE)
        ]
        same = {unit.code for unit in units.communes().values() if spelled(unit.name) == spelled(name)}
        assert {each.bearer.place.commune for each in found} == same


def test_each_says_why_it_was_found() -> None:
    assert told("yên bái")[:4] == [
        (Match.SPELLED, Why.COMMUNE, "phường Yên Bái", "tỉnh Lào Cai"),
        (Match.SPELLED, Why.OLD_PROVINCE, "tỉnh Yên Bái", ""),
        (Match.SPELLED, Why.OLD_DISTRICT, "thành phố Yên Bái", "tỉnh Yên Bái"),
        (Match.FOLDED, Why.COMMUNE, "xã Yên Bài", "thành phố Hà Nội"),
    ]
    assert told("Sam Mứn")[-1] == (Match.SPELLED, Why.OLD_COMMUNE, "xã Sam Mứn", "huyện Điện Biên, tỉnh Điện Biên")
    assert told("lao cai")[0] == (Match.FOLDED, Why.PROVINCE, "tỉnh Lào Cai", "")


@pytest.mark.parametrize("asked", ["huyện Mường Nhé", "HUYEN MUONG NHE", " huyện  mường nhé, "])
def test_a_kind_before_the_name_is_understood(asked: str) -> None:
    (found,) = placenames.find(asked)
    assert found.bearer.why is Why.OLD_DISTRICT
    assert found.bearer.place == Place(province="11", one_of=("03158", "03160", "03162", "03163", "03164"))


def test_a_name_that_begins_like_a_kind_is_a_name() -> None:
    assert (Match.FOLDED, Why.OLD_DISTRICT, "huyện Quan Hóa", "tỉnh Thanh Hóa") in told("quan hoa")


def test_a_province_narrows_it() -> None:
    assert {each.bearer.place.province for each in placenames.find("Tân Lập", "15")} == {"15"}
    assert placenames.find("Mường Nhé", "15") == []


@pytest.mark.parametrize("asked", ["", "  ", ",", "?!", "xyzzy", "p", "th"])
def test_what_names_nothing_finds_nothing(asked: str) -> None:
    assert placenames.find(asked) == []


@given(st.sampled_from(sorted(units.communes())), st.booleans())
def test_every_commune_is_found_by_its_name(code: str, with_accents: bool) -> None:
    unit = units.communes()[code]
    name = unit.name if with_accents else strip_accents(unit.name)
    found = {each.bearer.place.commune: each.match for each in placenames.find(name) if each.bearer.why is Why.COMMUNE}
    assert found[code] in (Match.SPELLED, Match.FOLDED)


@given(st.text(max_size=100))
def test_any_text_is_answered_in_the_same_order(asked: str) -> None:
    assert placenames.find(asked) == placenames.find(asked)
