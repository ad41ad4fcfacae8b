"""Finds places by a name, of today and of June 2025, and says of each why it was found.

Many names are borne more than once (313 of today's commune names), so all that bear one are told, each with where it
lies. Accents and capitals may be missing; where they were typed, names that are spelled so come first.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from typing import Final, NamedTuple

from legalaid.events.base import Place
from legalaid.vietnam import units
from legalaid.vietnam.gazetteer import Name


class Why(StrEnum):
    """What bears the name."""

    PROVINCE = "PROVINCE"
    COMMUNE = "COMMUNE"
    OLD_PROVINCE = "OLD_PROVINCE"
    OLD_DISTRICT = "OLD_DISTRICT"
    OLD_COMMUNE = "OLD_COMMUNE"


class Match(StrEnum):
    """How well the name fits what was asked."""

    SPELLED = "SPELLED"
    """With its accents."""
    FOLDED = "FOLDED"
    """But for accents or capitals."""
    BEGINS = "BEGINS"
    """The name begins so."""


class Bearer(NamedTuple):
    """A unit with its name, and where it is today."""

    why: Why
    kind: str
    name: str
    lies_in: str
    """The district and the province, as they were or are called."""
    place: Place


class Found(NamedTuple):
    """A bearer that was found."""

    match: Match
    bearer: Bearer


class _Entry(NamedTuple):
    name: Name
    bearer: Bearer


_KINDS: Final = ("xã", "phường", "thị trấn", "đặc khu", "huyện", "quận", "thị xã", "thành phố", "tỉnh")
_SPLIT: Final = re.compile(r"[^\w.'-]+")
_MATCHES: Final = {match: rank for rank, match in enumerate(Match)}
_WHYS: Final = {why: rank for rank, why in enumerate(Why)}
_SHORT: Final = 2
"""So few characters must be the whole name: too many begin with them."""


def find(asked: str, province: str | None = None) -> list[Found]:
    """All that bear the name, or whose name begins so, best first; in ``province`` (today's code) where it is given.

    A kind may stand before the name (``huyện Mường Nhé``). What has no letter or digit finds nothing.
    """
    words = " ".join(filter(None, _SPLIT.split(asked)))
    best: dict[int, Match] = {}
    for kind, name in (None, Name.of(words)), *_without_kind(words):
        for at in _matching(name.folded):
            bearer = _index()[at].bearer
            if kind in (None, bearer.kind) and province in (None, bearer.place.province):
                match = _match(name, _index()[at].name)
                best[at] = min(match, best.get(at, match), key=_MATCHES.__getitem__)
    return sorted((Found(match, _index()[at].bearer) for at, match in best.items()), key=_rank)


def _rank(found: Found) -> tuple[int, int, str, str]:
    bearer = found.bearer
    return _MATCHES[found.match], _WHYS[bearer.why], bearer.name, bearer.lies_in


def _match(asked: Name, name: Name) -> Match:
    if asked.folded != name.folded:
        return Match.BEGINS
    return Match.SPELLED if asked.spelled == name.spelled else Match.FOLDED


def _without_kind(words: str) -> Iterator[tuple[str, Name]]:
    folded = Name.of(words).folded
    for kind in _KINDS:
        if folded.startswith(Name.of(kind).folded + " "):
            yield kind, Name.of(" ".join(words.split()[len(kind.split()) :]))


def _matching(folded: str) -> Iterator[int]:
    """Where in the index those stand that are, or begin, so."""
    first = bisect_left(_index(), folded, key=lambda entry: entry.name.folded)
    for at in range(first, len(_index())):
        found = _index()[at].name.folded
        if not found.startswith(folded) or (len(folded) <= _SHORT and found != folded):
            return
        yield at


@cache
def _index() -> list[_Entry]:
    """Every name with what bears it, in order. Takes about a second to make."""
    found = (_Entry(Name.of(bearer.name), bearer) for bearer in (*_today(), *_districts(), *_old_communes()))
    return sorted(found, key=lambda entry: (entry.name.folded, entry.bearer.why, entry.bearer.lies_in))


def _today() -> Iterator[Bearer]:
    inside = _old_provinces()
    for unit in units.provinces().values():
        yield Bearer(Why.PROVINCE, unit.kind, unit.name, "", Place(province=unit.code))
    for code, old in units.old_provinces().items():
        if old.province != code or old.name != units.provinces()[code].name:
            yield Bearer(Why.OLD_PROVINCE, old.kind, old.name, "", _place(inside[code], old.province))
    for commune in units.communes().values():
        place = Place(province=commune.province, commune=commune.code)
        yield Bearer(Why.COMMUNE, commune.kind, commune.name, _called(commune.province), place)


def _districts() -> Iterator[Bearer]:
    inside: dict[tuple[str, str], set[str]] = {}
    for old in units.old_communes().values():
        inside.setdefault((old.old_province, old.district), set()).update(old.communes)
    for (province, district), communes in inside.items():
        kind = next(kind for kind in _KINDS if district.startswith(kind + " "))
        around = units.old_provinces()[province]
        name, lies_in = district.removeprefix(kind + " "), f"{around.kind} {around.name}"
        yield Bearer(Why.OLD_DISTRICT, kind, name, lies_in, _place(communes, around.province))


def _old_communes() -> Iterator[Bearer]:
    """Those of June 2025, but for those that are today's commune of the same code and name."""
    today = units.communes()
    for old in units.old_communes().values():
        same = today.get(old.code)
        if same is None or (same.kind, same.name) != (old.kind, old.name):
            province = units.old_provinces()[old.old_province]
            lies_in = f"{old.district}, {province.kind} {province.name}"
            yield Bearer(Why.OLD_COMMUNE, old.kind, old.name, lies_in, _place(set(old.communes), province.province))


def _old_provinces() -> dict[str, set[str]]:
    inside: dict[str, set[str]] = {code: set() for code in units.old_provinces()}
    for old in units.old_communes().values():
        inside[old.old_province].update(old.communes)
    return inside


def _place(communes: set[str], province: str) -> Place:
    if len(communes) == 1:
        return Place(province=province, commune=next(iter(communes)))
    return Place(province=province, one_of=tuple(sorted(communes)))


def _called(province: str) -> str:
    unit = units.provinces()[province]
    return f"{unit.kind} {unit.name}"
