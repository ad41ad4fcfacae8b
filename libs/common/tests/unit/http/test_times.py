"""Days and times that clients send: RFC 3339 text of years in which nothing overflows."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import AwareDatetime, TypeAdapter, ValidationError

from legalaid.http.times import Day, DayOrTime, Time

DAY, TIME, EITHER = TypeAdapter[date](Day), TypeAdapter[AwareDatetime](Time), TypeAdapter[date](DayOrTime)


def test_what_the_description_says_is_taken() -> None:
    assert DAY.validate_python("1990-05-17") == date(1990, 5, 17)
    assert TIME.validate_python("2026-11-23T08:00:00+07:00") == datetime(2026, 11, 23, 1, tzinfo=UTC)
    assert EITHER.validate_python("1990-05-17") == date(1990, 5, 17)
    assert EITHER.validate_python("2026-11-23T01:00Z") == datetime(2026, 11, 23, 1, tzinfo=UTC)


NEVER: list[Any] = [0, 0.5, "0", "1700000000", "yesterday", "", None, True, "2026-13-01", "2026-1-1"]


@pytest.mark.parametrize("value", [*NEVER, "2026-11-23T08:00:00+07:00", "1899-12-31", "2200-01-01", "0001-01-01"])
def test_nothing_else_is_a_day(value: Any) -> None:
    with pytest.raises(ValidationError):
        DAY.validate_python(value)


@pytest.mark.parametrize("value", [*NEVER, "2026-11-23", "2026-11-23T08:00:00", "0001-01-01T00:00:00+14:00"])
def test_nothing_else_is_a_time(value: Any) -> None:
    with pytest.raises(ValidationError):
        TIME.validate_python(value)


@pytest.mark.parametrize("value", [*NEVER, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-10:00", "9999-12-31"])
def test_nothing_else_is_either_and_there_is_one_error(value: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        EITHER.validate_python(value)
    assert caught.value.error_count() == 1


@pytest.mark.parametrize("text", ["1900-01-01T00:00:00+14:00", "2199-12-31T23:59:59-12:00"])
def test_at_both_ends_arithmetic_is_safe(text: str) -> None:
    at = TIME.validate_python(text)
    assert at.astimezone(UTC) + timedelta(days=400) > at - timedelta(days=400)
