"""From what was posted to what is sealed: numbers and places are read, sections become compartments."""

from collections.abc import Set as AbstractSet
from dataclasses import replace

import orjson

from intake.api.bodies import (
    ApplicantSection,
    ConsentSection,
    MatterSection,
    PersonSection,
    PlaceSection,
    Sections,
)
from intake.rules.devices import kept
from intake.rules.requests import Told
from legalaid.events import Place
from legalaid.events.people import Applicant, Consent, Contact, Facts, OtherParty, Person, Story, Wishes
from legalaid.http import FieldError, Problem
from legalaid.vietnam import phones, places
from legalaid.vietnam.phones import Phone

_PLACES = ("residence", "matter_place")


def canonical(body: bytes) -> bytes:
    """The same bytes for the same JSON, however it is spaced and its names are ordered."""
    return orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)


def broken(errors: list[FieldError]) -> Problem:
    """The problem of input that breaks rules."""
    return Problem(422, "invalid", "The request breaks a rule", errors=errors)


def read_phone(raw: str | None, pointer: str, errors: list[FieldError]) -> str | None:
    """E.164, or None for none. A number that is no number is added to ``errors``."""
    phone = _phone(raw, pointer, errors)
    return phone.e164 if phone else None


def caller(raw: str | None) -> str | None:
    """E.164, or None where nobody can be called back: withheld, no number, or one that costs whoever calls it."""
    phone = _phone(raw, "", [])
    return phone.e164 if phone and phone.can_be_called_back else None


def _ordinary(raw: str | None, pointer: str, errors: list[FieldError]) -> str | None:
    """As ``read_phone``. A premium, toll-free or satellite number is added to ``errors`` too."""
    phone = _phone(raw, pointer, errors)
    if phone is not None and not phone.is_ordinary:
        advice = "To call back: the number of a mobile or a landline. On the hotline, leave it out if there is none."
        errors.append(FieldError(pointer, advice, "phone_not_callable"))
    return phone.e164 if phone else None


def _phone(raw: str | None, pointer: str, errors: list[FieldError]) -> Phone | None:
    if raw is None or not raw.strip():
        return None
    try:
        return phones.parse(raw)
    except ValueError:
        errors.append(FieldError(pointer, "A telephone number such as 0912 345 678 or +84 912 345 678.", "phone"))
        return None


def tell(before: Told, sections: Sections, given: AbstractSet[str]) -> Told:
    """What is told once the sections named in ``given`` are replaced.

    Raises a 422 problem for numbers that cannot be read or called back.
    """
    errors: list[FieldError] = []
    contact, facts, story = dict(vars(before.contact)), dict(vars(before.facts)), dict(vars(before.story))
    places_told = {name: _place(getattr(sections, name)) for name in _PLACES if name in given}
    if "person" in given:
        contact["person"] = _person(sections.person, errors)
        facts["language"] = sections.person.language
    if "applicant" in given:
        contact["applicant"] = _applicant(sections.applicant, errors)
    if "wishes" in given:
        contact["wishes"] = Wishes(**vars(sections.wishes))
        contact["shared_phone"] = sections.wishes.shared_phone
    if "consent" in given:
        contact["consent"] = _consent(sections.consent)
    if "facts" in given:
        facts |= vars(sections.facts)
        contact["at_risk"] = sections.facts.in_danger
    if "matter" in given:
        matter = sections.matter
        facts |= {"field": matter.field, "form": matter.form}
        story |= {"text": matter.story, "other_parties": tuple(matter.other_parties), "others": _others(matter, errors)}
    if "address" in given:
        story["address"] = sections.address
    if errors:
        raise broken(errors)
    contact["devices"] = kept(before.contact, Contact(**contact))
    story |= {f"{name}_as_told": as_told for name, (_, as_told) in places_told.items()}
    found = {name: place for name, (place, _) in places_told.items()}
    return replace(before, contact=Contact(**contact), facts=Facts(**facts), story=Story(**story), **found)


def _person(section: PersonSection, errors: list[FieldError]) -> Person:
    return Person(
        name=_filled(section.name),
        phone=_ordinary(section.phone, "/person/phone", errors),
        language=section.language,
        needs_interpreter=section.needs_interpreter,
    )


def _applicant(section: ApplicantSection | None, errors: list[FieldError]) -> Applicant | None:
    if section is None:
        return None
    phone = _ordinary(section.phone, "/applicant/phone", errors)
    return Applicant(name=section.name, phone=phone, relation=_filled(section.relation))


def _others(matter: MatterSection, errors: list[FieldError]) -> tuple[OtherParty, ...]:
    return tuple(
        OtherParty(
            name=other.name,
            birth_year=other.birth_year,
            phone=read_phone(other.phone, f"/matter/others/{place}/phone", errors),
        )
        for place, other in enumerate(matter.others)
    )


def _consent(section: ConsentSection | None) -> Consent | None:
    return Consent(**{**vars(section), "purposes": frozenset(section.purposes)}) if section else None


def _place(section: PlaceSection | None) -> tuple[Place | None, str]:
    """The place, if we can tell it, and what was said of it: the Desk finds what we cannot."""
    if section is None:
        return None, ""
    province, commune, text = section.province_code, section.commune_code, section.text.strip()
    place = places.resolve(text or None, province, commune)
    codes = [f"mã tỉnh {province}"] * bool(province) + [f"mã xã {commune}"] * bool(commune)
    return place, text if place else "; ".join(filter(None, [text, *codes]))


def _filled(text: str | None) -> str | None:
    return (text or "").strip() or None
