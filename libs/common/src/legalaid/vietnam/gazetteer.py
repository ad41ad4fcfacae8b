"""Names of provinces, districts and communes, of today and of June 2025, to today's codes."""

from collections import defaultdict
from functools import cache
from typing import NamedTuple, TypeVar

from legalaid.vietnam import units
from legalaid.vietnam.text import fold, spelled

_ALSO_KNOWN_AS = {
    "Thừa Thiên Huế": "46",
    "Sài Gòn": "79",
    "Đắc Lắc": "66",
    "Đắc Nông": "67",
    "Bắc Cạn": "06",
}
"""Names of provinces that are in use beside the official ones, to the code of June 2025."""
_SIGNS = str.maketrans(dict.fromkeys("-.'", " "))


def _words(name: str) -> str:
    words = name.translate(_SIGNS).split()
    return " ".join(word.lstrip("0") or "0" if word.isdigit() else word for word in words)


def _key(name: str) -> str:
    return fold(name if name.replace(" ", "").isalpha() else _words(name))


class Name(NamedTuple):
    """A name for comparing: without accents, and with them."""

    folded: str
    spelled: str

    @classmethod
    def of(cls, name: str) -> "Name":
        """``name`` as words; a number is a number (``Phường 01``)."""
        return cls(_key(name), spelled(_words(name)))

    @property
    def has_accents(self) -> bool:
        """Whether accents were typed, so that they can tell names apart."""
        return not self.spelled.isascii()


class Area(NamedTuple):
    """A province of today, or what was an old province or a district, as the communes of today that it lies in."""

    name: str
    kind: str
    province: str
    communes: frozenset[str]
    old_province: str | None = None
    district: str | None = None


class _Entry(NamedTuple):
    """One commune's name: today's, or an old one with the communes of today that it went to."""

    name: str
    kind: str
    communes: tuple[str, ...]
    old_province: str | None = None
    district: str | None = None


E = TypeVar("E", Area, _Entry)


def _same(entries: list[E], name: Name, kind: str | None) -> list[E]:
    """The entries of that kind; when accents were typed and some entries have them exactly, only those."""
    of_kind = [entry for entry in entries if kind is None or entry.kind == kind]
    exact = [entry for entry in of_kind if Name.of(entry.name).spelled == name.spelled] if name.has_accents else []
    return exact or of_kind


def province_of(commune: str) -> str:
    """The province code of one of today's communes."""
    return units.communes()[commune].province


def load() -> None:
    """Make all indexes of names, which are otherwise made by whoever asks first."""
    for code in units.provinces():
        area_of(code)
    _provinces(), _districts(), _communes()


@cache
def area_of(province: str) -> Area:
    """One of today's provinces, by code."""
    unit = units.provinces()[province]
    inside = frozenset(code for code, commune in units.communes().items() if commune.province == province)
    return Area(unit.name, unit.kind, province, inside)


def province(name: Name, kind: str | None) -> Area | None:
    """The province of that name. An old name that no province of today bears (Yên Bái) is the area it had."""
    found = _same(_provinces().get(name.folded, []), name, kind)
    if not found or (Name.of(found[0].name).spelled != name.spelled and name.has_accents and _is_a_commune(name)):
        return None  # "Yên Bài" is no slip for Yên Bái
    return found[0]


def districts(name: Name, kind: str | None, area: Area | None) -> list[Area]:
    """The districts of June 2025 of that name, in ``area`` if given."""
    found = _same(_districts().get(name.folded, []), name, kind)
    return [district for district in found if area is None or _holds(area, district.province, district.old_province)]


def communes(name: Name, kind: str | None, area: Area | None) -> frozenset[str]:
    """Codes of all of today's communes that the name can mean: those so named now, and what became of older ones."""
    inside = [entry for entry in _communes().get(name.folded, []) if area is None or _fits(entry, area)]
    return frozenset(code for entry in _same(inside, name, kind) for code in entry.communes)


def _is_a_commune(name: Name) -> bool:
    return any(Name.of(entry.name).spelled == name.spelled for entry in _communes().get(name.folded, []))


def _holds(area: Area, province: str, old_province: str | None) -> bool:
    return area.province == province and area.old_province in (None, old_province)


def _fits(entry: _Entry, area: Area) -> bool:
    if entry.old_province is None:
        return area.communes.issuperset(entry.communes)
    if area.district is not None:
        return (entry.old_province, entry.district) == (area.old_province, area.district)
    return _holds(area, units.old_provinces()[entry.old_province].province, entry.old_province)


@cache
def _provinces() -> dict[str, list[Area]]:
    found: dict[str, list[Area]] = defaultdict(list)
    for unit in units.provinces().values():
        found[_key(unit.name)].append(area_of(unit.code))
    inside: dict[str, set[str]] = defaultdict(set)
    for commune in units.old_communes().values():
        inside[commune.old_province].update(commune.communes)
    known_as = [(old.name, code) for code, old in units.old_provinces().items()] + [*_ALSO_KNOWN_AS.items()]
    for known, code in known_as:
        key, old = _key(known), units.old_provinces()[code]
        if key not in found:
            found[key].append(Area(known, old.kind, old.province, frozenset(inside[code]), code))
    return found


@cache
def _districts() -> dict[str, list[Area]]:
    inside: dict[tuple[str, str], set[str]] = defaultdict(set)
    for commune in units.old_communes().values():
        inside[commune.old_province, commune.district].update(commune.communes)
    found: dict[str, list[Area]] = defaultdict(list)
    for (old_province, district), codes in inside.items():
        kind = next(kind for kind in ("huyện", "quận", "thị xã", "thành phố") if district.startswith(kind + " "))
        name = district.removeprefix(kind + " ")
        heir = units.old_provinces()[old_province].province
        found[_key(name)].append(Area(name, kind, heir, frozenset(codes), old_province, district))
    return found


@cache
def _communes() -> dict[str, list[_Entry]]:
    found: dict[str, list[_Entry]] = defaultdict(list)
    for unit in units.communes().values():
        found[_key(unit.name)].append(_Entry(unit.name, unit.kind, (unit.code,)))
    for old in units.old_communes().values():
        found[_key(old.name)].append(_Entry(old.name, old.kind, old.communes, old.old_province, old.district))
    return found
