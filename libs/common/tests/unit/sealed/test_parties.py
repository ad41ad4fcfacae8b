"""What people are compared by: equal for what is equal, under the key of the marks alone."""

import re

from hypothesis import given
from hypothesis import strategies as st

from legalaid.sealed import MarkedParty, Parties, Party, new_settings
from legalaid.sealed.parties import PartyIndex, marked
from legalaid.settings import KeyringSettings

SETTINGS = new_settings()
INDEX = PartyIndex(SETTINGS)
PAO = Party("Giàng A Páo", 1981, "+84912345678")
MY = Party("Vàng Thị Mỷ")

parties = st.builds(
    Party,
    name=st.none() | st.text(max_size=20),
    birth_year=st.none() | st.integers(1900, 2100),
    phone=st.none() | st.just("+84912345678"),
)


def of(told: Parties, index: PartyIndex = INDEX) -> tuple[MarkedParty, ...]:
    return marked({"parties": index.documents(told)})


def kinds(party: MarkedParty) -> list[str]:
    return sorted(mark.split(":")[0] for mark in party.marks)


def test_what_is_known_of_each_becomes_marks() -> None:
    helped, other = of(Parties(PAO, (MY, Party("Mỷ")), ("03127", "03130", "03127"), "CIVIL"))
    assert (helped.helped, other.helped) == (True, False)
    assert kinds(helped) == ["born", "near", "near", "number"]
    assert (len(helped.matter), len(other.matter)) == (2, 0)
    assert kinds(other) == ["near", "near"]
    for document in INDEX.documents(Parties(PAO, (MY,), ("03127", "03127"))):
        assert len(document["marks"]) == len(set(document["marks"]))


def test_sides_do_not_change_a_mark_but_matter_is_of_the_helped_alone() -> None:
    [helped] = of(Parties(PAO, (), ("03127",), "CIVIL"))
    *_, other = of(Parties(MY, (PAO,), ("03127",), "CIVIL"))
    assert helped.marks == other.marks


def test_a_matter_is_of_one_person_and_one_field() -> None:
    def matter(told: Parties) -> frozenset[str]:
        return of(told)[0].matter

    assert matter(Parties(PAO, field="CIVIL")) & matter(Parties(Party(phone=PAO.phone), field="CIVIL"))
    assert matter(Parties(PAO, field="CIVIL")) & matter(Parties(Party("PAO GIANG A", 1981), field="CIVIL"))
    assert not matter(Parties(PAO, field="CIVIL")) & matter(Parties(PAO, field="CRIMINAL"))
    assert not matter(Parties(PAO, field="CIVIL")) & matter(Parties(Party("Giàng A Dơ", 1981), field="CIVIL"))


def test_without_a_key_nobody_is_marked_and_a_new_key_keeps_the_old_marks_comparable() -> None:
    told = Parties(PAO, (MY,), ("03127",), "CIVIL")
    assert PartyIndex(KeyringSettings()).documents(told) == []
    newer = new_settings("2").parties.get_secret_value()
    both = PartyIndex(KeyringSettings.model_validate({"parties": f"{newer},{SETTINGS.parties.get_secret_value()}"}))
    for new, old in zip(of(told, both), of(told), strict=True):
        assert new.marks > old.marks
    assert not of(told, PartyIndex(new_settings()))[0].marks & of(told)[0].marks


def test_a_document_from_before_there_were_marks_has_nobody() -> None:
    assert marked({"_id": "x", "keys": {}, "index": []}) == ()


@given(parties, st.lists(parties, max_size=3))
def test_a_mark_shows_nothing(helped: Party, others: list[Party]) -> None:
    for each in of(Parties(helped, tuple(others), ("03127",), "CIVIL")):
        for mark in each.marks:
            assert re.fullmatch(r"(number|born|near):1:[0-9a-f]{64}", mark)
        assert all(re.fullmatch(r"1:[0-9a-f]{64}", mark) for mark in each.matter)
