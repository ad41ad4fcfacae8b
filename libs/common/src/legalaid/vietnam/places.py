"""Where: codes and names, of today and of before July 2025, to a place of today. Nothing is ever guessed."""

from legalaid.events.base import Place
from legalaid.vietnam import addresses, gazetteer, units
from legalaid.vietnam.units import Commune, Province

__all__ = ["Commune", "Province", "commune", "current_province_code", "load", "province", "resolve"]


async def load() -> None:
    """Read the tables of places before anybody is answered: it takes a tenth of a second, in which nobody else is."""
    gazetteer.load()


def current_province_code(code: str) -> str | None:
    """Today's code for a province code of today or of June 2025 (10, old Lào Cai, is 15). None when unknown."""
    if code in units.provinces():
        return code
    old = units.old_provinces().get(code)
    return old.province if old else None


def province(code: str) -> Province | None:
    """Today's province for a code of today or of June 2025. None when unknown."""
    current = current_province_code(code)
    return units.provinces()[current] if current else None


def commune(code: str) -> Commune | None:
    """Today's commune for its code, or for an old code when that commune went to one of today's as a whole."""
    if found := units.communes().get(code):
        return found
    old = units.old_communes().get(code)
    return units.communes()[old.communes[0]] if old and len(old.communes) == 1 else None


def resolve(text: str | None, province: str | None, commune: str | None) -> Place | None:
    """The place that a person means, from codes or names of today or of before July 2025.

    ``province`` and ``commune`` may each be a code or a name; ``text`` is an address as it was told. What is said
    twice must agree. Returns None when the place is unknown, ambiguous or contradictory, and a place without a commune
    when only its province is sure; ``one_of`` then says which communes it can be, where an old name tells.
    """
    fixed = _named_province(province)
    readings = [_coded_commune(commune)] if commune and commune.isdigit() else [addresses.read(commune, fixed)]
    readings.append(addresses.read(text, fixed))
    told = [reading for reading in readings if reading]
    if province and not province.strip().isdigit() and (named := addresses.read(province, None)):
        told.append(named)
    elif fixed:
        told.append(Place(province=fixed))
    if len({place.province for place in told}) != 1:
        return None
    communes = {place.commune for place in told if place.commune}
    if communes:
        return Place(province=told[0].province, commune=communes.pop() if len(communes) == 1 else None)
    areas = [frozenset(place.one_of) for place in told if place.one_of]
    inside = frozenset.intersection(*areas) if areas else frozenset()
    return Place(province=told[0].province, one_of=tuple(sorted(inside)))


def _named_province(told: str | None) -> str | None:
    if told and told.strip().isdigit():
        return current_province_code(told.strip().zfill(2))
    place = addresses.read(told, None)
    return place.province if place else None


def _coded_commune(code: str) -> Place | None:
    found = commune(code.zfill(5))
    return Place(province=found.province, commune=found.code) if found else None
