"""Which centre owns a case (Article 26(1)): where the person lives, else where the matter arose, else the Desk.

An urgent case goes to where the matter arose first: there are the police, the court, or the danger. In law the two
stand side by side, so where an agency of another province has the matter, the centre not taken is offered too.

A branch is chosen when the commune is in its list, or every commune that an old name can mean; else the centre of the
province. Where more than one could be meant, none is: the Desk finds out. Nothing is ever guessed from a telephone.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from legalaid.events.base import Place
from legalaid.events.cases import Owner
from legalaid.events.people import Facts
from legalaid.events.words import AidForm, Answer, Custody, LawField, Role, RoutingReason
from routing.rules.directory import DESK, Centre, Directory

Why = Literal[
    "TAKEN",
    "OFFERED",
    "RESIDENCE_FIRST",
    "MATTER_FIRST",
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


@dataclass(frozen=True, eq=False)
class Allocation:
    """The owner, and how it was found. It equals itself alone, to be a key."""

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
    *,
    urgent: bool = False,
    agency: bool = False,
) -> Allocation:
    """The owner of a case received on that day. Centres in ``returned_by`` gave it back and are not asked again.

    ``agency`` says whether a court or the police have the matter.
    """
    bases = [(residence, RoutingReason.RESIDENCE), (matter_place, RoutingReason.MATTER_PLACE)]
    places = [(place, basis) for place, basis in (reversed(bases) if urgent else bases) if place]
    candidates: list[Candidate] = []
    taken: tuple[Candidate, Place] | None = None
    for place, basis in places:
        for centre, why in _judge(place, directory.of_province(place.province, on), returned_by):
            left = _left(taken, place, agency=agency) if why == "TAKEN" and taken else why
            candidates.append(Candidate(centre, basis, left))
            if left == "TAKEN":
                taken = candidates[-1], place
    if taken:
        candidate, place = taken
        return Allocation(candidate.centre.owner, candidate.basis, place, tuple(candidates))
    return Allocation(DESK, _why_nobody(candidates, places), places[0][0] if places else None, tuple(candidates))


def agency_has(facts: Facts) -> bool:
    """Whether a court, the police or another agency of proceedings has the matter, by what was told."""
    return (
        facts.role not in (Role.NONE, Role.UNKNOWN)
        or facts.custody not in (Custody.NONE, Custody.UNKNOWN)
        or facts.field is LawField.CRIMINAL
        or facts.form is AidForm.LITIGATION
        or Answer.YES in (facts.detained, facts.appointed_defence)
        or facts.trial_on is not None
    )


def _left(taken: tuple[Candidate, Place], place: Place, *, agency: bool) -> Why:
    """Why the centre of ``place`` is not the owner, when it could be."""
    candidate, first = taken
    if agency and place.province != first.province:
        return "OFFERED"
    return "RESIDENCE_FIRST" if candidate.basis is RoutingReason.RESIDENCE else "MATTER_FIRST"


def _why_nobody(candidates: list[Candidate], places: list[tuple[Place, RoutingReason]]) -> RoutingReason:
    if any(candidate.why == "RETURNED" for candidate in candidates):
        return RoutingReason.RETURNED
    return RoutingReason.NO_CENTRE if places else RoutingReason.PLACE_UNKNOWN


def _judge(place: Place, there: list[Centre], returned_by: Collection[str]) -> Iterator[tuple[Centre, Why]]:
    """Every centre of the province with its reason; at most one is TAKEN."""
    asked = [centre for centre in there if centre.code not in returned_by]
    meant = frozenset([place.commune] if place.commune else place.one_of)
    serving = {centre.code for centre in asked if meant and meant <= centre.communes}
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
        elif meant and not (meant & centre.communes):
            yield centre, "OUT_OF_ITS_COMMUNES"
        else:
            yield centre, "COMMUNE_UNKNOWN"
