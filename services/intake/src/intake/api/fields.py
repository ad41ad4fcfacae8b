"""The kinds of fields that bodies are made of: strict about form, and the API's description says the same."""

import re
import unicodedata
from datetime import date
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, TypeAdapter
from pydantic_core import PydanticCustomError, ValidationError


class Body(BaseModel):
    """A JSON object in which nothing is unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


def _composed(value: Any) -> Any:
    """One spelling for what looks the same: Vietnamese keyboards send accents composed or not."""
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def _day(value: Any) -> Any:
    if isinstance(value, str) and _DAY.fullmatch(value):
        return value
    raise PydanticCustomError("date_parsing", "a date")


def _time(value: Any) -> Any:
    if isinstance(value, str) and _TIME.fullmatch(value):
        return value
    raise PydanticCustomError("datetime_parsing", "a time")


Day = Annotated[date, BeforeValidator(_day)]
Time = Annotated[AwareDatetime, BeforeValidator(_time)]

_day_type, _time_type = TypeAdapter[date](Day), TypeAdapter[AwareDatetime](Time)


def _day_or_time(value: Any) -> Any:
    """One error for one field: a union would report one for each of its members."""
    try:
        return (_day_type if isinstance(value, str) and _DAY.fullmatch(value) else _time_type).validate_python(value)
    except ValidationError:
        raise PydanticCustomError("datetime_parsing", "a date or a time") from None


DayOrTime = Annotated[AwareDatetime | date, BeforeValidator(_day_or_time)]

_NFC = BeforeValidator(_composed)

Name = Annotated[str, _NFC, Field(min_length=1, max_length=200, pattern=r"\S")]
OptionalName = Annotated[str, _NFC, Field(max_length=200)]
"""Blank is the same as absent."""
PlaceText = Annotated[str, _NFC, Field(max_length=500)]
LongText = Annotated[str, _NFC, Field(max_length=20_000)]
RawPhone = Annotated[str, Field(max_length=40)]
"""As it was dialled or told: 0912 345 678, +84 912 345 678. Blank is the same as absent."""
Year = Annotated[StrictInt, Field(ge=1900, le=2100)]
