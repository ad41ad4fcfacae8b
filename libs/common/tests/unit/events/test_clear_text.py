"""Nothing personal stands in an event in the clear: the type of every field of every event is on a list.

A type that could hold what a person tells us (text, a number, a day, a free mapping, an enum about a person) is not on
it. A field that needs such a type anyway is listed by itself, with the reason why it says nothing about a person.
"""

import inspect
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import pytest
from pydantic import AwareDatetime, BaseModel, Field

from legalaid.events import TYPES, Sealed, base, people, words
from legalaid.events.base import CommuneCode, EventData, OwnerCode, Place, ProvinceCode
from legalaid.events.people import E164, Contact, LongText, ShortText
from legalaid.ids import Id, ReceiptCode

CODES = (Id, ReceiptCode, ProvinceCode, CommuneCode, OwnerCode, base.Code)
"""Compared by their pattern: an alias of the same pattern is the same."""
ENUMS = {
    words.Channel,
    words.Status,
    words.CaseKind,
    words.OwnerKind,
    words.SpeakerRole,
    words.NextAction,
    words.RoutingReason,
    words.ReturnReason,
    words.CallOutcome,
    words.CallbackReason,
    words.NoticeChannel,
    words.NoticeReason,
}
"""Enums about our work. Those about a person (sex, household, role, claims, field of law ...) travel sealed."""
REASONS = {
    "Owner.name": "the public name of an office",
    "CentrePublished.name": "the public name of an office",
    "CentrePublished.valid_from": "a day of the directory",
    "CentrePublished.valid_to": "a day of the directory",
    "CentrePublished.verified": "whether a province confirmed its directory",
    "CentrePublished.area_known": "whether the directory says what an office serves",
    "CentreDetails.address": "where an office is",
    "CentreDetails.phone": "the telephone of an office",
    "CentreDetails.hours": "when an office is open",
    "CentreDetails.fields": "what an office works on, of its directory",
    "CentreDetails.weekly_capacity": "counts what an office can take",
    "CentreDetails.closed_days": "days of the directory",
    "CentreDetails.verified": "whether an office confirmed its details",
    "SpokenLanguage.language": "what can be spoken at an office, of its directory",
    "CallStarted.in_hours": "whether the hotline was open",
    "RequestState.urgent": "which of the three grounds of Article 30(4) it is stays sealed",
    "CaseState.urgent": "which of the three grounds of Article 30(4) it is stays sealed",
    "NoticeState.template_version": "counts our templates",
    "NoticeSent.segments": "what the carrier bills",
    "NoticeReceipt.cost_vnd": "what the carrier bills",
}


def in_the_clear(model: type[BaseModel]) -> Iterator[str]:
    """Every field of ``model``, at any depth, whose type is not on the list; as ``Model.field``."""
    for cls in model.__mro__:
        if cls in {BaseModel, EventData, object}:
            continue
        own = get_type_hints(cls, include_extras=True)
        for name in inspect.get_annotations(cls):
            if name in model.model_fields:
                yield from (f"{cls.__name__}.{name}" for kind in [own[name]] if not _allowed(kind))
                yield from (found for inner in _models(own[name]) for found in in_the_clear(inner))


def _pattern(kind: Any) -> str | None:
    marks = getattr(kind, "__metadata__", ())
    return next((mark.pattern for mark in marks if getattr(mark, "pattern", None)), None)


def _allowed(kind: Any) -> bool:
    if kind is AwareDatetime or kind in ENUMS or kind is type(None) or get_origin(kind) is Sealed:
        return True
    if _pattern(kind) is not None:
        return _pattern(kind) in set(map(_pattern, CODES))
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return True  # its own fields are looked at
    parts = [part for part in get_args(kind) if part is not ...]
    return _is_union_or_tuple(kind) and all(_allowed(part) for part in parts)


def _is_union_or_tuple(kind: Any) -> bool:
    return get_origin(kind) is tuple or get_origin(kind) is Union or type(kind).__name__ == "UnionType"


def _models(kind: Any) -> Iterator[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    if get_origin(kind) is not Sealed:
        for part in get_args(kind):
            yield from _models(part)


@pytest.mark.parametrize("name", sorted(TYPES))
def test_no_event_can_carry_anything_personal_in_the_clear(name: str) -> None:
    assert [field for field in in_the_clear(TYPES[name]) if field not in REASONS] == []


def test_every_reason_is_still_needed() -> None:
    found = {field for model in TYPES.values() for field in in_the_clear(model)}
    assert found == set(REASONS)


class _Inner(BaseModel):
    note: ShortText


@pytest.mark.parametrize(
    "kind",
    [
        str,
        str | None,
        int,
        bool,
        date,
        dict[str, str],
        dict[words.Channel, Id],
        list[str],
        tuple[LongText, ...],
        ShortText,
        E164,
        people.LanguageCode,
        people.EthnicityCode,
        people.HourMinute,
        words.Claim,
        words.LawField,
        words.Sex | None,
        Annotated[str, Field(max_length=3)],
        Contact,
        people.Person,
        _Inner,
        _Inner | None,
        Any,
        object,
        bytes,
        float,
    ],
    ids=str,
)
def test_a_type_that_could_hold_something_personal_is_found(kind: Any) -> None:
    bad = type("Bad", (EventData,), {"__annotations__": {"field": kind}, "__module__": __name__})
    assert list(in_the_clear(bad))


@pytest.mark.parametrize(
    "kind", [Id, ReceiptCode | None, Sealed[Contact], Sealed[Contact] | None, Place, AwareDatetime]
)
def test_a_type_that_cannot_is_not(kind: Any) -> None:
    good = type("Good", (EventData,), {"__annotations__": {"field": kind}, "__module__": __name__})
    assert list(in_the_clear(good)) == []


def test_a_box_must_name_its_compartment() -> None:
    for kind in (Sealed, Sealed[people.Person]):
        with pytest.raises(TypeError, match="names the key"):
            type("Bad", (EventData,), {"__annotations__": {"field": kind}, "__module__": __name__})
