"""One calendar for an installation: what intake promises, routing counts by and notify owes is by the same days."""

from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from dev.machine.paths import ROOT
from legalaid.vietnam import calendar
from legalaid.vietnam.calendar import WorkingCalendar

STORM = date(2026, 12, 1)
"""A Tuesday that the shipped table has as a working day."""
SHIPPED = ROOT / "libs/common/src/legalaid/vietnam/data/holidays.csv"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    table = tmp_path / "holidays.csv"
    table.write_text(f"{SHIPPED.read_text()}{STORM},closed,Nghỉ do bão,Công văn của tỉnh,true\n")
    return table


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[WorkingCalendar]:
    """The calendars that were read since."""
    found: list[WorkingCalendar] = []
    load = calendar.load

    def reading(*path: Any) -> WorkingCalendar:
        found.append(load(*path))
        return found[-1]

    monkeypatch.setattr(calendar, "load", reading)
    return found


@pytest.mark.parametrize("service", ["intake", "routing", "notify"])
def test_every_service_that_counts_days_counts_by_the_calendar_of_the_installation(
    service: str, file: Path, read: list[WorkingCalendar], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = getattr(import_module(f"{service}.settings"), f"{service.capitalize()}Settings")
    monkeypatch.setenv("LEGALAID_HOLIDAYS_FILE", str(file))
    import_module(f"{service}.main").build(settings.load())
    assert [days.is_working_day(STORM) for days in read] == [False]


def test_a_cluster_begins_with_the_shipped_calendar() -> None:
    component = ROOT / "deploy/k8s/components/calendar/holidays.csv"
    assert component.read_text() == SHIPPED.read_text()
