"""``/v1/centres`` and ``/v1/places``: who serves a place, and what a name can mean. Public data, and nobody's."""

from datetime import date
from typing import Annotated, Any, Final, NoReturn

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict

from legalaid import clock
from legalaid.events.base import CommuneCode, OwnerCode, Place, ProvinceCode
from legalaid.events.cases import Owner
from legalaid.events.centres import OpeningHours, SpokenLanguage
from legalaid.events.people import E164
from legalaid.events.words import LawField, OwnerKind
from legalaid.http import FieldError, Problem, require
from legalaid.vietnam import placenames, places, units
from routing.rules.allocation import Why, allocate
from routing.rules.directory import Centre
from routing.rules.rulebook import Rulebook

_SCOPE: Final = "directory:read"
_CENTRE: Final[dict[str, Any]] = {
    "code": "TGPL-11",
    "kind": "CENTRE",
    "name": "Trung tâm TGPL nhà nước tỉnh Điện Biên",
    "province": "11",
    "parent": None,
    "communes": [],
    "area_known": True,
    "verified": False,
    "why": "TAKEN",
    "address": None,
    "phone": "+842153800000",
    "hours": "Mo-Fr 08:00-11:30,13:30-17:00",
    "languages": [{"language": "hmn", "role": "INTERPRETER"}],
    "fields": [],
    "closed_days": [],
    "details_verified": False,
}
_NAMED: Final[dict[str, Any]] = {
    "why": "OLD_DISTRICT",
    "match": "SPELLED",
    "name": "huyện Mường Nhé",
    "lies_in": "tỉnh Điện Biên",
    "province": "11",
    "commune": None,
    "one_of": ["03158", "03160", "03162", "03163", "03164"],
    "why_vi": "huyện Mường Nhé trước ngày 1/7/2025, nay là 5 xã, phường",
}


class _View(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class CentreView(_View):
    """A centre or branch, as it stands on its door. Empty or null: not known."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CENTRE]})

    code: OwnerCode
    kind: OwnerKind
    name: str
    province: ProvinceCode
    parent: OwnerCode | None
    communes: list[CommuneCode]
    """What it serves; empty for a centre that serves its whole province."""
    area_known: bool
    verified: bool
    """Whether the province confirmed name and area: show the difference."""
    why: Why | None
    """TAKEN: a case of this place would go there. None: no place was asked for."""
    address: str | None
    phone: E164 | None
    hours: OpeningHours | None
    languages: list[SpokenLanguage]
    """Besides Vietnamese, each with the role that speaks it."""
    fields: list[LawField]
    closed_days: list[date]
    details_verified: bool
    """Whether the centre confirmed address, telephone, hours, languages, fields and closed days."""

    @classmethod
    def of(cls, centre: Centre, why: Why | None) -> "CentreView":
        """Of a row of the directory."""
        told = centre.details
        return cls(
            code=centre.code,
            kind=centre.kind,
            name=centre.name,
            province=centre.province,
            parent=centre.parent,
            communes=sorted(centre.communes),
            area_known=centre.area_known,
            verified=centre.verified,
            why=why,
            address=told.address if told else None,
            phone=told.phone if told else None,
            hours=told.hours if told else None,
            languages=list(told.languages) if told else [],
            fields=list(told.fields) if told else [],
            closed_days=list(told.closed_days) if told else [],
            details_verified=told.verified if told else False,
        )


class CentreList(_View):
    """The centres and branches of a place, or of the country."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "directory": "centres-0123abcd",
                    "on": "2026-11-24",
                    "owner": {"kind": "CENTRE", "code": "TGPL-11", "name": _CENTRE["name"], "province": "11"},
                    "items": [_CENTRE],
                }
            ]
        }
    )

    directory: str
    """The version of the directory."""
    on: date
    owner: Owner | None
    """To whom a case of this place would go: a centre, a branch, or the national Desk. None: no place was asked for."""
    items: list[CentreView]


class NamedPlace(_View):
    """Something that bears the name, and where it is today."""

    model_config = ConfigDict(json_schema_extra={"examples": [_NAMED]})

    why: placenames.Why
    """What bears the name."""
    match: placenames.Match
    name: str
    """With its kind."""
    lies_in: str
    """The district and the province, as they are or were called; empty for a province."""
    province: ProvinceCode
    commune: CommuneCode | None
    """Today's commune, where it is one."""
    one_of: list[CommuneCode]
    """Else, of an old unit, the communes of today that it went to; empty for a province of today."""
    why_vi: str

    @classmethod
    def of(cls, found: placenames.Found) -> "NamedPlace":
        """Of what was found."""
        bearer = found.bearer
        return cls(
            why=bearer.why,
            match=found.match,
            name=f"{bearer.kind} {bearer.name}",
            lies_in=bearer.lies_in,
            province=bearer.place.province,
            commune=bearer.place.commune,
            one_of=list(bearer.place.one_of),
            why_vi=_why_vi(bearer),
        )


def _why_vi(bearer: placenames.Bearer) -> str:
    name = f"{bearer.kind} {bearer.name}"
    if bearer.why in (placenames.Why.PROVINCE, placenames.Why.COMMUNE):
        return f"{name} hiện nay"
    place, old = bearer.place, f"{name} trước ngày 1/7/2025"
    if place.commune is None:
        return f"{old}, nay là {len(place.one_of)} xã, phường"
    unit = units.communes()[place.commune]
    return f"{old}, nay thuộc {unit.kind} {unit.name}"


class NamedPlaces(_View):
    """What the name can mean, best first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_NAMED], "more": 1}]})

    items: list[NamedPlace]
    more: int
    """How many others there are: ask for a longer name, or for one province."""


Province = Annotated[ProvinceCode | None, Query(description="Of today, or of June 2025.", examples=["11"])]
Commune = Annotated[CommuneCode | None, Query(description="Of today, or an old one that is one of today's.")]
Asked = Annotated[
    str,
    Query(
        min_length=1,
        max_length=100,
        description="A name of today or of June 2025, with or without its kind and its accents. Never an address.",
        examples=["huyện Mường Nhé", "muong nhe"],
    ),
]
Most = Annotated[int, Query(ge=1, le=50)]


def router(rules: Rulebook) -> APIRouter:
    """The routes. They know of no person, and read no store."""
    routes = APIRouter(prefix="/v1", tags=["places"], dependencies=[Depends(require(_SCOPE))])

    @routes.get("/centres", summary="Who serves a place, and how to reach them")
    async def centres(province: Province = None, commune: Commune = None) -> CentreList:
        """By province or commune; without either, all that are at work today."""
        on = rules.calendar.day(clock.now())
        place = _place(province, commune)
        if place is None:
            at_work = [centre for centre in rules.directory.centres if centre.is_in_force(on)]
            items = [CentreView.of(centre, None) for centre in at_work]
            return CentreList(directory=rules.directory.version, on=on, owner=None, items=items)
        found = allocate(place, None, rules.directory, on)
        items = [CentreView.of(each.centre, each.why) for each in found.candidates]
        return CentreList(directory=rules.directory.version, on=on, owner=found.owner, items=items)

    @routes.get("/places", summary="What a name can mean, of today and of before July 2025")
    def named(q: Asked, province: Province = None, limit: Most = 20) -> NamedPlaces:
        """Not on the event loop: the first answer makes the index, which takes about a second."""
        found = placenames.find(q, _today(province) if province else None)
        return NamedPlaces(items=[NamedPlace.of(each) for each in found[:limit]], more=max(0, len(found) - limit))

    return routes


def _place(province: str | None, commune: str | None) -> Place | None:
    if commune is not None:
        unit = places.commune(commune)
        if unit is None:
            _unknown("commune", "A commune of today, or an old one that went to one of today's as a whole.")
        if province is not None and unit.province != _today(province):
            _unknown("commune", "A commune of the province.")
        return Place(province=unit.province, commune=unit.code)
    return Place(province=_today(province)) if province is not None else None


def _today(province: str) -> str:
    code = places.current_province_code(province)
    if code is None:
        _unknown("province", "The code of a province of today or of June 2025.")
    return code


def _unknown(name: str, right: str) -> NoReturn:
    errors = [FieldError(f"/query/{name}", right, "unknown-place")]
    raise Problem(422, "invalid", "The request breaks a rule", errors=errors)
