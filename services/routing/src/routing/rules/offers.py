"""Which other centres can be offered to the person now, beside the owner that the case has.

By law, where Article 26(1)(a) and (b) name two; and where the owner is closed today or has taken its week's cases. What
a directory does not say keeps nobody from being offered, and nothing here changes who owns the case.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from legalaid.events.base import OwnerCode, PublicName
from legalaid.events.cases import Owner
from routing.rules.decision import CandidateRecord
from routing.rules.directory import Centre, Directory

Absence = Literal["CLOSED_TODAY", "WEEK_FULL"]
Ground = Literal["ARTICLE_26_1", "OWNER_CLOSED_TODAY", "OWNER_WEEK_FULL"]
_OTHER_PLACE = frozenset({"RESIDENCE_FIRST", "MATTER_FIRST"})


@dataclass(frozen=True)
class Offer:
    """A centre or branch that is at work today and has room, as far as its directory says."""

    code: OwnerCode
    name: PublicName
    ground: Ground


def offers(
    owner: Owner, candidates: Sequence[CandidateRecord], directory: Directory, on: date, taken: Mapping[str, int]
) -> tuple[Offer, ...]:
    """Whom to offer; ``taken`` is how many of this week's cases each has, of those that ``counted`` names."""
    home = directory.find(owner.code, on)
    away = absence(home, on, taken) if home else None
    grounds: dict[str, Ground] = {each.code: "ARTICLE_26_1" for each in candidates if each.why == "OFFERED"}
    if home and away:
        ground: Ground = "OWNER_CLOSED_TODAY" if away == "CLOSED_TODAY" else "OWNER_WEEK_FULL"
        others = (*_kin(home), *(each.code for each in candidates if each.why in _OTHER_PLACE))
        grounds = dict.fromkeys(others, ground) | grounds
    left = {owner.code, *(each.code for each in candidates if each.why == "RETURNED")}
    found = ((directory.find(code, on), ground) for code, ground in grounds.items() if code not in left)
    return tuple(
        Offer(centre.code, centre.name, ground)
        for centre, ground in found
        if centre is not None and absence(centre, on, taken) is None
    )


def counted(owner: Owner, candidates: Sequence[CandidateRecord], directory: Directory, on: date) -> frozenset[str]:
    """Those whose cases of this week have to be counted: they say how many they can take."""
    home = directory.find(owner.code, on)
    looked_at = {owner.code, *(each.code for each in candidates), *(_kin(home) if home else ())}
    found = (directory.find(code, on) for code in looked_at)
    return frozenset(
        centre.code for centre in found if centre and centre.details and centre.details.weekly_capacity is not None
    )


def absence(centre: Centre, on: date, taken: Mapping[str, int]) -> Absence | None:
    """Why it cannot take one more today. None: it can, as far as is known."""
    details = centre.details
    if details is None:
        return None
    if on in details.closed_days:
        return "CLOSED_TODAY"
    most = details.weekly_capacity
    return "WEEK_FULL" if most is not None and taken.get(centre.code, 0) >= most else None


def week_of(on: date) -> date:
    """The Monday with which that week begins."""
    return on - timedelta(days=on.weekday())


def _kin(home: Centre) -> Iterator[str]:
    if home.parent is not None:
        yield home.parent
