from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from dev.stack.directory import DEMONSTRATION
from legalaid.events.base import Place
from legalaid.events.words import OwnerKind, RoutingReason
from legalaid.vietnam import places, units
from routing import tables
from routing.rules.allocation import allocate
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


@given(PLACES, PLACES)
def test_the_owner_serves_the_first_place_and_all_were_looked_at(residence: Place | None, matter: Place | None) -> None:
    found = allocate(residence, matter, DIRECTORY, TODAY)
    taken = [candidate for candidate in found.candidates if candidate.why == "TAKEN"]
    told = [place for place in (residence, matter) if place]
    assert [candidate.centre.owner for candidate in taken] == ([] if found.owner == DESK else [found.owner])
    assert {candidate.centre.province for candidate in found.candidates} == {place.province for place in told}
    for candidate in taken:
        place = next(each for each in told if each.province == candidate.centre.province)
        assert place is told[0] or told[0].province in NUMBERED
        assert not candidate.centre.communes or place.commune in candidate.centre.communes
    assert taken or {place.province for place in told} <= NUMBERED
    assert allocate(residence, matter, DIRECTORY, TODAY) == found
