"""Hits between two cases, from the marks that intake would have made."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legalaid import ids
from legalaid.sealed import MarkedParty, Parties, Party, new_settings
from legalaid.sealed.parties import PartyIndex, marked
from legalaid.settings import KeyringSettings
from routing.rules.parties import Compared, Hits, compare, lookup

INDEX = PartyIndex(new_settings())
HERE, ELSEWHERE = "03127", "03130"
PAO = Party("Giàng A Páo", 1981, "+84912345678")
SU = Party("Vàng A Sử", 1975, "+84981234567")
NUMBER = "+84971112233"


def parties(told: Parties, index: PartyIndex = INDEX) -> tuple[MarkedParty, ...]:
    return marked({"parties": index.documents(told)})


def case(
    helped: Party = PAO,
    *others: Party,
    field: str | None = "CIVIL",
    commune: str = HERE,
    centre: str = "TGPL-11",
    index: PartyIndex = INDEX,
) -> Compared:
    told = Parties(helped, others, (commune,), field)
    return Compared(ids.random_id(), parties(told, index), frozenset({commune}), centre, f"Trung tâm {centre}")


def both(one: Compared, other: Compared, *, seen: bool = True) -> Hits:
    """The hits of the one; the other's are of the same kind and as certain."""
    mine, theirs = (
        compare(each, [one, other], {one.case_id, other.case_id} if seen else set()) for each in (one, other)
    )
    assert bool(mine.other_provider) is bool(theirs.other_provider)
    assert [hit.certain for hit in mine.same_matter] == [hit.certain for hit in theirs.same_matter]
    if mine.other_provider and theirs.other_provider:
        assert mine.other_provider == theirs.other_provider
    return mine


def test_l7_victim_and_accused_are_both_helped_by_different_providers() -> None:
    """Article 25(2)(a), (3): one provider on both sides is refused; the machine says so to both and moves nobody."""
    victim, accused = Party("Đ T H L", 2008), Party("Nguyễn Văn Hùng", 1980)
    hit = both(case(victim, accused, field="CRIMINAL"), case(accused, victim, field="CRIMINAL")).other_provider
    assert hit is not None
    assert (hit.certain, hit.ask_vi, hit.article) == (True, None, "Điều 25 khoản 3")
    assert "người thực hiện khác" in hit.explanation_vi
    for secret in ("Hùng", "Đ T H L", "1980"):
        assert secret not in repr(hit)


def test_l9_two_organisations_are_not_asked_in_one_case() -> None:
    """Article 9(4), 30(3)(d): the second request is linked; who may not see the first learns which centre has it."""
    first, second = case(PAO, SU), case(PAO, SU, centre="TGPL-64")
    [hit] = both(first, second).same_matter
    assert (hit.certain, hit.case_id, hit.article) == (True, second.case_id, "Điều 9 khoản 4")
    assert "Trung tâm" not in hit.explanation_vi
    [hidden] = both(first, second, seen=False).same_matter
    assert hidden.case_id is None
    assert "tại Trung tâm TGPL-64" in hidden.explanation_vi


@pytest.mark.parametrize(
    ("told", "certain", "asks"),
    [
        (Party("Vàng A Sử", 1975, NUMBER), True, None),
        (Party("Sử, Vàng A", phone=SU.phone), True, None),
        (Party("Vàng A Sử"), False, "năm sinh"),
        (Party("ông Vàng A Sử", phone=NUMBER), False, "năm sinh"),
        (Party("Sử", phone=SU.phone), False, "họ tên"),
        (Party("Lò Văn Biên", 1960, SU.phone), False, "dùng chung"),
    ],
)
def test_how_sure_a_conflict_is(told: Party, certain: bool, asks: str | None) -> None:
    hit = both(case(PAO, told), case(SU)).other_provider
    assert hit is not None
    assert hit.certain is certain
    assert (asks is None and hit.ask_vi is None) or (asks and asks in (hit.ask_vi or ""))


def test_a_birth_year_that_is_asked_for_settles_a_namesake() -> None:
    told = Party("Vàng A Sử")
    assert both(case(PAO, told), case(SU)).other_provider is not None
    assert both(case(PAO, Party("Vàng A Sử", 1990)), case(SU)).other_provider is None


def test_name_and_year_in_another_commune_is_a_question() -> None:
    hit = both(case(PAO, Party("Vàng A Sử", 1975)), case(SU, commune=ELSEWHERE)).other_provider
    assert hit is not None
    assert not hit.certain
    assert both(case(PAO, Party("Vàng A Sử")), case(SU, commune=ELSEWHERE)).other_provider is None


def test_another_centre_has_another_provider_anyway_and_the_desk_has_none() -> None:
    assert both(case(PAO, SU), case(SU, centre="TGPL-15")).other_provider is None
    assert both(case(PAO, SU, centre="DESK"), case(SU, centre="DESK")).other_provider is None


def test_the_telephone_of_a_house_is_no_conflict_with_oneself() -> None:
    """She gives her husband's number as hers, and asks twice: her number is not the other party's."""
    her, him = Party("Vàng Thị Mỷ", 1990, SU.phone), SU
    assert both(case(her, him), case(her, him)).other_provider is None


@pytest.mark.parametrize(
    ("one", "other", "certain"),
    [
        (case(), case(), True),
        (case(), case(Party("GIANG A PAO", 1981)), True),
        (case(), case(Party("Giàng Thị Mỷ", phone=PAO.phone)), False),
        (case(), case(Party("Giàng Thị Mỷ", 1983, PAO.phone)), None),
        (case(PAO, SU), case(Party("Giàng Thị Mỷ", 1983, PAO.phone), SU), False),
        (case(PAO, SU), case(PAO, SU, field=None), False),
        (case(PAO, SU), case(PAO, SU, commune=ELSEWHERE), True),
        (case(PAO, SU), case(Party("Giàng A Páo", phone=NUMBER), SU), False),
        (case(), case(commune=ELSEWHERE), None),
        (case(), case(field="CRIMINAL"), None),
        (case(PAO, SU), case(PAO, Party("Lò Văn Biên", 1960), field="CRIMINAL"), None),
        (case(Party("Giàng A Páo", 1981)), case(Party("Giàng A Páo", 1990)), None),
        (case(field=None), case(field=None), None),
    ],
)
def test_the_same_person_and_matter(one: Compared, other: Compared, certain: bool | None) -> None:
    hits = both(one, other).same_matter
    assert [hit.certain for hit in hits] == ([] if certain is None else [certain])
    for hit in hits:
        assert (hit.ask_vi is None) is hit.certain


def test_perhaps_somebody_elsewhere_names_no_centre() -> None:
    [hit] = both(case(), case(Party("Giàng Thị Mỷ", phone=PAO.phone), centre="TGPL-64"), seen=False).same_matter
    assert (hit.case_id, hit.certain) == (None, False)
    assert "TGPL-64" not in hit.explanation_vi


def test_marks_of_two_keys_do_not_make_a_namesake_a_stranger() -> None:
    """While the key is changed the years cannot be compared, so they rule nothing out."""
    old = new_settings("1")
    pair = f"{new_settings('2').parties.get_secret_value()},{old.parties.get_secret_value()}"
    new = PartyIndex(KeyringSettings.model_validate({"parties": pair}))
    before, after = case(PAO, SU, index=PartyIndex(old)), case(SU, index=new)
    hit = both(before, after).other_provider
    assert hit is not None
    assert hit.certain


people = st.builds(
    Party,
    name=st.sampled_from([None, "Giàng A Páo", "Vàng A Sử", "Páo"]),
    birth_year=st.sampled_from([None, 1975, 1981]),
    phone=st.sampled_from([None, PAO.phone, SU.phone]),
)
cases = st.builds(
    lambda helped, others, field, commune: case(helped, *others, field=field, commune=commune),
    people,
    st.lists(people, max_size=2),
    st.sampled_from([None, "CIVIL", "CRIMINAL"]),
    st.sampled_from([HERE, ELSEWHERE]),
)


@given(st.lists(cases, min_size=2, max_size=4))
def test_hits_are_mutual_and_need_no_order(known: list[Compared]) -> None:
    for one, other in product(known, known):
        if one is not other:
            both(one, other)
    shuffled = sorted(known, key=lambda each: each.case_id, reverse=True)
    seen = {each.case_id for each in known}
    for one in known:
        assert compare(one, known, seen) == compare(one, shuffled, seen)


@given(cases, cases)
def test_who_has_a_hit_is_found_by_looking_up_marks(one: Compared, other: Compared) -> None:
    hits = both(one, other)
    if hits != Hits():
        assert lookup(one.parties) & lookup(other.parties)
