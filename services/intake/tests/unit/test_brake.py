"""The hotline may open more requests of a number than the app may, and both are counted as one."""

from collections import Counter
from collections.abc import Container, Iterable
from datetime import UTC, datetime

import pytest

from intake.commands.brake import Brake, Opening
from intake.rules.windows import Budget
from intake.settings import BrakeSettings
from intake.store import RateCounters
from legalaid.events.words import Channel
from legalaid.sealed import BlindIndex
from legalaid.sealed.keys import new_settings

NOW = datetime(2026, 11, 23, 9, 10, tzinfo=UTC)
PHONE = "+84912345678"
APP, HOTLINE = Opening("app", Channel.APP, (PHONE,)), Opening("hotline", Channel.HOTLINE, (PHONE,))


class Stored(RateCounters):
    """Counts by name, as the store does."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    async def read(self, budgets: Iterable[Budget]) -> dict[Budget, int]:
        asked = {each.name: each for each in budgets}
        return {asked[name]: count for name, count in self.counts.items() if name in asked}

    async def add_all(self, budgets: Iterable[Budget], known: Container[Budget]) -> None:  # noqa: ARG002 - as the store
        self.counts.update(each.name for each in budgets)


@pytest.fixture
def brake() -> Brake:
    limits = BrakeSettings(per_phone_app=2, per_phone_hotline=4)
    return Brake(Stored(), BlindIndex(new_settings()), limits, now=lambda: NOW)


async def open_all(brake: Brake, *openings: Opening) -> set[str]:
    """Ids of those that are refused, by their place."""
    named = {str(place): opening for place, opening in enumerate(openings)}
    look = await brake.look(named)
    refused = look.refused(named)
    await brake.count(look, named.keys() - refused.keys())
    return set(refused)


@pytest.mark.parametrize("together", [True, False])
async def test_what_the_hotline_opened_counts_for_the_app_and_the_other_way(brake: Brake, together: bool) -> None:
    openings = [APP, HOTLINE, APP, HOTLINE, HOTLINE, HOTLINE]
    if together:
        refused = await open_all(brake, *openings)
    else:
        refused = {str(place) for place, each in enumerate(openings) if await open_all(brake, each)}
    assert refused == {"2", "5"}
