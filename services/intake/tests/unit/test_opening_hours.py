"""Silence is an alarm only while the hotline is open."""

from datetime import datetime

import pytest

from intake import main
from intake.settings import IntakeSettings
from legalaid import clock
from legalaid.telemetry import metrics


@pytest.mark.parametrize(
    ("at", "is_open"),
    [("2026-11-23T09:00", 1), ("2026-11-23T07:59", 0), ("2026-11-23T17:00", 0), ("2026-11-22T09:00", 0)],
)
async def test_the_gauge_follows_the_working_calendar(at: str, is_open: int) -> None:
    main.build(IntakeSettings())
    with clock.use(clock.FixedClock(datetime.fromisoformat(f"{at}+07:00"))):
        assert metrics.REGISTRY.get_sample_value("legalaid_intake_office_open") == is_open
