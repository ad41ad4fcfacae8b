"""Days and times as the API's description says they are: RFC 3339 text. Pydantic alone would also take numbers."""

import re
from datetime import date
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, TypeAdapter
from pydantic_core import PydanticCustomError, ValidationError

D = TypeVar("D", bound=date)

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


def _living(value: D) -> D:
    if FIRST_YEAR <= value.year <= LAST_YEAR:
        return value
    raise PydanticCustomError("year_range", "a year of people now living")


FIRST_YEAR, LAST_YEAR = 1900, 2199
"""At the ends of the calendar, arithmetic overflows: the next day, or the same instant in another zone."""

Day = Annotated[date, BeforeValidator(_day), AfterValidator(_living)]
Time = Annotated[AwareDatetime, BeforeValidator(_time), AfterValidator(_living)]

_day_type, _time_type = TypeAdapter[date](Day), TypeAdapter[AwareDatetime](Time)


def _day_or_time(value: Any) -> Any:
    """One error for one field: a union would report one for each of its members."""
    try:
        return (_day_type if isinstance(value, str) and _DAY.fullmatch(value) else _time_type).validate_python(value)
    except ValidationError:
        raise PydanticCustomError("datetime_parsing", "a date or a time") from None


DayOrTime = Annotated[AwareDatetime | date, BeforeValidator(_day_or_time)]
