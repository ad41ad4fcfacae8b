"""Reads an address as people write or say it: ``xã Mường Nhé, huyện Mường Nhé, tỉnh Điện Biên``.

An address is cut into parts, each with a kind (xã, huyện, tỉnh …) if one was said. Names of today and of June 2025 are
both understood; where the two disagree, the commune stays open. A part without a kind can name a province, or show
which province is meant, but never a commune: streets and hamlets have the same names.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from legalaid.events.base import Place
from legalaid.vietnam import gazetteer
from legalaid.vietnam.gazetteer import Area, Name
from legalaid.vietnam.text import fold

_ABBREVIATIONS = (
    (re.compile(r"\b(tp\.?\s*)?hcm\b"), "thành phố hồ chí minh"),
    (re.compile(r"\btp\b\.?"), "thành phố "),
    (re.compile(r"\btx\b\.?"), "thị xã "),
    (re.compile(r"\btt\b\.?"), "thị trấn "),
    (re.compile(r"\bp\.\s*|\bp\s*(?=\d)"), "phường "),
    (re.compile(r"\bq\.\s*|\bq\s*(?=\d)"), "quận "),
    (re.compile(r"\bh\.\s*"), "huyện "),
    (re.compile(r"\bx\.\s*"), "xã "),
    (re.compile(r"\bt\.\s*"), "tỉnh "),
)
_BOUNDARY = re.compile(r"[,;/()\n]")
_WORD = re.compile(r"[^\W_]+")
_COUNTRY = re.compile(r"[\s,.-]*\b(việt nam|viet nam|vietnam)[\s.]*$")
_PROVINCE_KINDS = ("tỉnh", "thành phố")
_DISTRICT_KINDS = ("huyện", "quận", "thị xã", "thành phố")
_COMMUNE_KINDS = ("xã", "phường", "thị trấn", "đặc khu")
_KINDS = {tuple(kind.split()): kind for kind in {*_PROVINCE_KINDS, *_DISTRICT_KINDS, *_COMMUNE_KINDS}}
_KINDS |= {tuple(fold(kind).split()): kind for kind in _KINDS.values()}


class AddressUnit(NamedTuple):
    """One unit of an address as it was said."""

    kind: str | None
    words: tuple[str, ...]

    @property
    def name(self) -> Name:
        """What to look up."""
        return Name.of(" ".join(self.words))


def read(address: str | None, province: str | None) -> Place | None:
    """The place that ``address`` means, inside ``province`` (today's code) when that is known from elsewhere.

    None when it does not say, or contradicts itself or ``province``.
    """
    parts = list(_parts(address)) if address else []
    if not parts:
        return None
    area, rest = _province(parts)
    if area is None and province:
        area = gazetteer.area_of(province)
    districts = [part for part in rest if part.kind in _DISTRICT_KINDS]
    if districts:
        inside = [found for part in districts for found in gazetteer.districts(part.name, part.kind, area)]
        if len(inside) != 1 and (area is None or _is_elsewhere(districts)) and not _one_province(inside):
            return None
        if len(inside) != 1:
            return _somewhere(area) if area else Place(province=inside[0].province)
        area = inside[0]
    named = [part for part in rest if part.kind in _COMMUNE_KINDS]
    if len(named) == 1:
        return _commune(named[0], area)
    if area is None and len(parts) == 1 and not parts[0].kind:
        return _well_known(parts[0])
    return _somewhere(area) if area else None


def _somewhere(area: Area) -> Place:
    """In ``area``: a whole province of today, or what an old province or a district went to."""
    is_whole = area.old_province is None
    return Place(province=area.province, one_of=() if is_whole else tuple(sorted(area.communes)))


def _commune(part: AddressUnit, area: Area | None) -> Place | None:
    """The commune in ``area``, or in the whole country when only one can be meant; else the area's province."""
    found = gazetteer.communes(part.name, part.kind, area)
    provinces = {area.province} if area else {gazetteer.province_of(code) for code in found}
    if len(provinces) != 1:
        return None
    if len(found) == 1:
        return Place(province=provinces.pop(), commune=next(iter(found)))
    return Place(province=provinces.pop(), one_of=tuple(sorted(found)))


def _well_known(part: AddressUnit) -> Place | None:
    """The province of a bare name that was a district's and can mean nothing in another province."""
    districts = gazetteer.districts(part.name, None, None)
    communes = gazetteer.communes(part.name, None, None)
    provinces = {area.province for area in districts} | {gazetteer.province_of(code) for code in communes}
    if not districts or len(provinces) != 1:
        return None
    inside = communes.union(*(area.communes for area in districts))
    return Place(province=provinces.pop(), one_of=tuple(sorted(inside)))


def _is_elsewhere(districts: list[AddressUnit]) -> bool:
    return any(gazetteer.districts(part.name, part.kind, None) for part in districts)


def _one_province(areas: list[Area]) -> bool:
    return len({area.province for area in areas}) == 1


def _province(parts: list[AddressUnit]) -> tuple[Area | None, list[AddressUnit]]:
    """The province said, and the other parts. It stands last, or anywhere with its kind."""
    for at, part in enumerate(parts):
        if part.kind == "tỉnh" and (area := gazetteer.province(part.name, None)):
            return area, parts[:at] + parts[at + 1 :]
    last = parts[-1]
    if last.kind in (None, "thành phố") and (area := gazetteer.province(last.name, last.kind)):
        return area, parts[:-1]
    for at in range(1, len(last.words)):
        head, tail = AddressUnit(last.kind, last.words[:at]), AddressUnit(None, last.words[at:])
        area = gazetteer.province(tail.name, None)
        if area and _lies_in(head, area):
            return area, [*parts[:-1], head]
    return None, parts


def _lies_in(part: AddressUnit, area: Area) -> bool:
    kinds_of_communes = part.kind is None or part.kind in _COMMUNE_KINDS
    kinds_of_districts = part.kind is None or part.kind in _DISTRICT_KINDS
    return bool(
        (kinds_of_communes and gazetteer.communes(part.name, part.kind, area))
        or (kinds_of_districts and gazetteer.districts(part.name, part.kind, area))
    )


def _parts(address: str) -> Iterator[AddressUnit]:
    text = _COUNTRY.sub("", unicodedata.normalize("NFC", address).casefold())
    for pattern, full in _ABBREVIATIONS:
        text = pattern.sub(full, text)
    for piece in _BOUNDARY.split(text):
        yield from _cut(_WORD.findall(piece))


def _cut(words: list[str]) -> Iterator[AddressUnit]:
    """Cut one piece before each kind that a name follows."""
    kind: str | None = None
    name: list[str] = []
    at = 0
    while at < len(words):
        found = next((length for length in (2, 1) if tuple(words[at : at + length]) in _KINDS), 0)
        if found and at + found < len(words) and not (kind and not name):
            if name:
                yield AddressUnit(kind, tuple(name))
            kind, name = _KINDS[tuple(words[at : at + found])], []
            at += found
        else:
            name.append(words[at])
            at += 1
    if name and name[-1] == "cũ" and len(name) > 1:  # "huyện Mường Nhé cũ"
        name.pop()
    if name:
        yield AddressUnit(kind, tuple(name))
