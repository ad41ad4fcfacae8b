"""Which centre owns a case (Article 26): where the person lives, else where the matter arose, else the Desk.

A branch is chosen when the commune is in its list, else the centre of the province. Where more than one could be meant,
none is: the Desk finds out.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from legalaid.events.base import Place
from legalaid.events.cases import Owner
from legalaid.events.words import RoutingReason
from routing.rules.directory import DESK, Centre, Directory

Why = Literal[
    "TAKEN",
    "RESIDENCE_FIRST",
    "OUT_OF_ITS_COMMUNES",
    "COMMUNE_UNKNOWN",
    "AREA_UNKNOWN",
    "BRANCH_SERVES",
    "NOT_THE_ONLY_ONE",
    "RETURNED",
]


@dataclass(frozen=True)
class Candidate:
    """A centre that was looked at, and why it was taken or left."""

    centre: Centre
    basis: RoutingReason
    why: Why


@dataclass(frozen=True)
class Allocation:
    """The owner, and how it was found."""

    owner: Owner
    reason: RoutingReason
    place: Place | None
    """The place that decided, or the first one known."""
    candidates: tuple[Candidate, ...]


def allocate(
    residence: Place | None,
    matter_place: Place | None,
    directory: Directory,
    on: date,
    returned_by: Collection[str] = (),
) -> Allocation:
    """The owner of a case received on that day. Centres in ``returned_by`` gave it back and are not asked again."""
    bases = ((residence, RoutingReason.RESIDENCE), (matter_place, RoutingReason.MATTER_PLACE))
    places = [(place, basis) for place, basis in bases if place]
    candidates: list[Candidate] = []
    taken: tuple[Candidate, Place] | None = None
    for place, basis in places:
        for centre, why in _judge(place, directory.of_province(place.province, on), returned_by):
            candidate = Candidate(centre, basis, "RESIDENCE_FIRST" if why == "TAKEN" and taken else why)
            candidates.append(candidate)
            if candidate.why == "TAKEN":
                taken = candidate, place
    if taken:
        candidate, place = taken
        return Allocation(candidate.centre.owner, candidate.basis, place, tuple(candidates))
    return Allocation(DESK, _why_nobody(candidates, places), places[0][0] if places else None, tuple(candidates))


def _why_nobody(candidates: list[Candidate], places: list[tuple[Place, RoutingReason]]) -> RoutingReason:
    if any(candidate.why == "RETURNED" for candidate in candidates):
        return RoutingReason.RETURNED
    return RoutingReason.NO_CENTRE if places else RoutingReason.PLACE_UNKNOWN


def _judge(place: Place, there: list[Centre], returned_by: Collection[str]) -> Iterator[tuple[Centre, Why]]:
    """Every centre of the province with its reason; at most one is TAKEN."""
    asked = [centre for centre in there if centre.code not in returned_by]
    serving = {centre.code for centre in asked if place.commune in centre.communes}
    whole = {centre.code for centre in asked if centre.serves_all}
    chosen = next((next(iter(group)) for group in (serving, whole) if len(group) == 1), None)
    for centre in there:
        if centre.code == chosen:
            yield centre, "TAKEN"
        elif centre.code in returned_by:
            yield centre, "RETURNED"
        elif not centre.area_known:
            yield centre, "AREA_UNKNOWN"
        elif centre.code in serving or (centre.code in whole and chosen is None):
            yield centre, "NOT_THE_ONLY_ONE"
        elif centre.code in whole:
            yield centre, "BRANCH_SERVES"
        else:
            yield centre, "OUT_OF_ITS_COMMUNES" if place.commune else "COMMUNE_UNKNOWN"
