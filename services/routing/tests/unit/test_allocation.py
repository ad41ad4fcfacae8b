from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dev.stack.directory import DEMONSTRATION
from legalaid.events.base import Place
from legalaid.events.people import Facts
from legalaid.events.words import AidForm, Answer, Custody, LawField, OwnerKind, Role, RoutingReason
from legalaid.vietnam import places, units
from routing import tables
from routing.rules.allocation import agency_has, allocate
from routing.rules.directory import DESK, Centre, Directory

TODAY = date(2026, 11, 23)
DIRECTORY, SHIPPED = tables.load_directory(DEMONSTRATION), tables.load_directory(None)


def centre(code: str, *communes: str, kind: OwnerKind = OwnerKind.CENTRE, parent: str | None = None) -> Centre:
    return Centre(
        code=code,
        kind=kind,
        name=f"Trung tâm {code}",
        province="25",
        parent=parent,
        communes=frozenset(communes),
        valid_from=date(2025, 7, 1),
        source="thử nghiệm",
        verified=True,
    )


def branch(code: str, *communes: str) -> Centre:
    return centre(code, *communes, kind=OwnerKind.BRANCH, parent="P1")


def test_residence_comes_first() -> None:
    found = allocate(Place(province="11"), Place(province="15"), DIRECTORY, TODAY)
    assert (found.owner.code, found.reason) == ("TGPL-11", RoutingReason.RESIDENCE)
    left = {candidate.centre.code: candidate.why for candidate in found.candidates if candidate.why != "TAKEN"}
    assert left["TGPL-15"] == "RESIDENCE_FIRST"


def test_else_where_the_matter_arose() -> None:
    found = allocate(None, Place(province="15"), DIRECTORY, TODAY)
    assert (found.owner.code, found.reason) == ("TGPL-15", RoutingReason.MATTER_PLACE)


def test_an_unknown_place_is_the_desks() -> None:
    found = allocate(None, None, DIRECTORY, TODAY)
    assert (found.owner, found.reason, found.candidates) == (DESK, RoutingReason.PLACE_UNKNOWN, ())


def test_an_old_name_leads_to_the_centre_of_today() -> None:
    place = places.resolve("phường Hồng Hà, thành phố Yên Bái, tỉnh Yên Bái", None, None)
    assert allocate(place, None, DIRECTORY, TODAY).owner.code == "TGPL-15"


def test_a_branch_serves_its_communes() -> None:
    found = allocate(Place(province="11", commune="03160"), None, DIRECTORY, TODAY)
    assert found.owner.code == "TGPL-11-CN5"
    why = {candidate.centre.code: candidate.why for candidate in found.candidates}
    assert why["TGPL-11"] == "BRANCH_SERVES"
    assert why["TGPL-11-CN1"] == "OUT_OF_ITS_COMMUNES"
    assert allocate(Place(province="11", commune="03127"), None, DIRECTORY, TODAY).owner.code == "TGPL-11"
    unsure = allocate(Place(province="11"), None, DIRECTORY, TODAY)
    assert {candidate.why for candidate in unsure.candidates} == {"TAKEN", "COMMUNE_UNKNOWN"}


def test_two_centres_for_one_place_are_never_guessed_between() -> None:
    two = Directory("v", (centre("P1"), centre("P2")))
    found = allocate(Place(province="25"), None, two, TODAY)
    assert (found.owner, found.reason) == (DESK, RoutingReason.NO_CENTRE)
    assert [candidate.why for candidate in found.candidates] == ["NOT_THE_ONLY_ONE", "NOT_THE_ONLY_ONE"]
    parted = Directory("v", (centre("P1", "08674"), centre("P2", "08674")))
    assert allocate(Place(province="25", commune="08674"), None, parted, TODAY).owner == DESK
    numbered = Directory("v", (centre("P1", "08674"), centre("P2", "08812")))
    assert allocate(Place(province="25", commune="08812"), None, numbered, TODAY).owner.code == "P2"
    assert allocate(Place(province="25"), None, numbered, TODAY).owner == DESK


def test_where_a_province_has_numbered_centres_the_desk_finds_out_but_for_the_area_that_is_known() -> None:
    """Law cases: xã Bao La, of old Hòa Bình, is of Trung tâm số 3 tỉnh Phú Thọ."""
    bao_la = places.resolve("xã Bao La, huyện Mai Châu, tỉnh Hòa Bình", None, None)
    assert allocate(bao_la, None, SHIPPED, TODAY).owner.code == "TGPL-25-3"
    for place in (Place(province="25"), Place(province="25", commune="07894"), Place(province="44")):
        found = allocate(place, None, SHIPPED, TODAY)
        assert (found.owner, found.reason) == (DESK, RoutingReason.NO_CENTRE)
    why = {each.centre.code: each.why for each in allocate(Place(province="44"), None, SHIPPED, TODAY).candidates}
    assert why == {"TGPL-44": "AREA_UNKNOWN", "TGPL-44-1": "AREA_UNKNOWN"}


def test_a_branch_whose_area_is_not_known_takes_nothing_from_its_centre() -> None:
    found = allocate(Place(province="11", commune="03160"), None, SHIPPED, TODAY)
    assert found.owner.code == "TGPL-11"
    assert {each.why for each in found.candidates if each.centre.parent} == {"AREA_UNKNOWN"}


def test_an_ended_centre_is_not_chosen() -> None:
    ended = centre("P1").model_copy(update={"valid_to": date(2026, 11, 22)})
    found = allocate(Place(province="25"), None, Directory("v", (ended,)), TODAY)
    assert (found.owner, found.reason) == (DESK, RoutingReason.NO_CENTRE)


def test_who_gave_a_case_back_is_not_asked_again() -> None:
    found = allocate(Place(province="11"), None, DIRECTORY, TODAY, ["TGPL-11"])
    assert (found.owner, found.reason) == (DESK, RoutingReason.RETURNED)
    elsewhere = allocate(Place(province="11"), Place(province="15"), DIRECTORY, TODAY, ["TGPL-11"])
    assert (elsewhere.owner.code, elsewhere.reason) == ("TGPL-15", RoutingReason.MATTER_PLACE)


NUMBERED = {"25", "44"}
"""Provinces where not every commune has its centre in the directory."""
PLACES = st.none() | st.sampled_from(
    [Place(province=unit.province, commune=unit.code) for unit in units.communes().values()]
    + [Place(province=code) for code in units.provinces()]
)


@given(PLACES, PLACES, st.booleans(), st.booleans())
def test_the_owner_serves_the_first_place_and_all_were_looked_at(
    residence: Place | None, matter: Place | None, urgent: bool, agency: bool
) -> None:
    found = allocate(residence, matter, DIRECTORY, TODAY, urgent=urgent, agency=agency)
    taken = [candidate for candidate in found.candidates if candidate.why == "TAKEN"]
    told = [place for place in ((matter, residence) if urgent else (residence, matter)) if place]
    assert [candidate.centre.owner for candidate in taken] == ([] if found.owner == DESK else [found.owner])
    assert {candidate.centre.province for candidate in found.candidates} == {place.province for place in told}
    for candidate in taken:
        place = next(each for each in told if each.province == candidate.centre.province)
        assert place is told[0] or told[0].province in NUMBERED
        assert not candidate.centre.communes or place.commune in candidate.centre.communes
    assert taken or {place.province for place in told} <= NUMBERED
    offered = {candidate.centre.province for candidate in found.candidates if candidate.why == "OFFERED"}
    assert offered <= {place.province for place in told} - {found.owner.province}
    assert agency or not offered
    again = allocate(residence, matter, DIRECTORY, TODAY, urgent=urgent, agency=agency)
    assert vars(again) == vars(found)


def test_an_urgent_case_goes_to_where_the_matter_is() -> None:
    found = allocate(Place(province="11"), Place(province="15"), DIRECTORY, TODAY, urgent=True)
    assert (found.owner.code, found.reason) == ("TGPL-15", RoutingReason.MATTER_PLACE)
    assert {each.centre.code: each.why for each in found.candidates}["TGPL-11"] == "MATTER_FIRST"
    at_home = allocate(Place(province="11"), None, DIRECTORY, TODAY, urgent=True)
    assert (at_home.owner.code, at_home.reason) == ("TGPL-11", RoutingReason.RESIDENCE)
    assert allocate(None, None, DIRECTORY, TODAY, urgent=True).owner == DESK


@pytest.mark.parametrize("urgent", [False, True])
def test_where_an_agency_elsewhere_has_the_matter_both_centres_are_offered(urgent: bool) -> None:
    """Law case L1: lives in Điện Biên, tried in Hà Nội. Article 26(1)(a) and (b) stand side by side."""
    found = allocate(Place(province="11"), Place(province="01"), DIRECTORY, TODAY, urgent=urgent, agency=True)
    why = {each.centre.code: each.why for each in found.candidates}
    assert (why["TGPL-11"], why["TGPL-01"]) == (("OFFERED", "TAKEN") if urgent else ("TAKEN", "OFFERED"))
    same = allocate(Place(province="11", commune="03160"), Place(province="11"), DIRECTORY, TODAY, agency=True)
    assert "OFFERED" not in {each.why for each in same.candidates}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(), False),
        (Facts(role=Role.NONE, custody=Custody.NONE, field=LawField.CIVIL, detained=Answer.NO), False),
        (Facts(role=Role.CRIME_VICTIM), True),
        (Facts(custody=Custody.ON_REMAND), True),
        (Facts(detained=Answer.YES), True),
        (Facts(field=LawField.CRIMINAL), True),
        (Facts(form=AidForm.LITIGATION, field=LawField.CIVIL), True),
        (Facts(appointed_defence=Answer.YES), True),
        (Facts(trial_on=TODAY), True),
    ],
)
def test_what_tells_that_an_agency_has_the_matter(facts: Facts, expected: bool) -> None:
    assert agency_has(facts) is expected


@pytest.mark.parametrize(
    ("told", "owner"),
    [
        ("huyện Tủa Chùa, tỉnh Điện Biên", "TGPL-11-CN3"),  # all that it went to is the branch's
        ("huyện Mường Nhé cũ, Điện Biên", "TGPL-11-CN5"),
        ("huyện Điện Biên, tỉnh Điện Biên", "TGPL-11"),  # of no branch
        ("tỉnh Điện Biên", "TGPL-11"),
        ("tỉnh Hòa Bình", "TGPL-25-3"),  # the old province is one centre's area
    ],
)
def test_an_old_district_whose_communes_are_all_of_one_branch_is_the_branchs(told: str, owner: str) -> None:
    place = places.resolve(told, None, None)
    assert place is not None
    assert place.commune is None
    assert allocate(place, None, DIRECTORY, TODAY).owner.code == owner


def test_an_old_district_that_two_branches_share_is_their_centres() -> None:
    apart = Directory("v", (centre("P1"), branch("P1-A", "08674"), branch("P1-B", "08812")))
    found = allocate(Place(province="25", one_of=("08674", "08812")), None, apart, TODAY)
    assert found.owner.code == "P1"
    assert {each.why for each in found.candidates} == {"TAKEN", "COMMUNE_UNKNOWN"}
    assert allocate(Place(province="25", one_of=("08674",)), None, apart, TODAY).owner.code == "P1-A"
