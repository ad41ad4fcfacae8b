"""What the brake on status checks is worth against somebody who guesses, and that it keeps nobody out."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st

from intake.api.addresses import forwarded
from intake.commands.guard import Guard, TooManyError
from intake.rules.windows import Budget
from intake.settings import GuardSettings
from intake.store import RateCounters
from legalaid.sealed import BlindIndex
from legalaid.sealed.keys import new_settings

CODES = 10**9
"""Nine digits from ``secrets``; the tenth is the check digit."""
CODE, PHONE, HOME = "1234567890", "+84912345678", "192.0.2.1"
SETTINGS = GuardSettings()
INDEX = BlindIndex(new_settings())


class Kept(RateCounters):
    """Counts in memory."""

    def __init__(self) -> None:
        self.counts: Counter[Budget] = Counter()

    async def add(self, budget: Budget) -> int:
        self.counts[budget] += 1
        return self.counts[budget]

    async def take_back(self, budgets: Iterable[Budget]) -> None:
        self.counts.subtract(budgets)


class Front:
    """The status desk as somebody before it sees it, with time in hand; one pair is right."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 23, 9, 0, 0, 1000, tzinfo=UTC)
        self._guard = Guard(Kept(), INDEX, SETTINGS, now=lambda: self.at)

    async def ask(self, code: str, phone: str, address: str | None = None) -> bool | int:
        """Whether the pair is right, or the seconds to wait, unlooked at."""
        try:
            attempt = await self._guard.begin(code, phone, address)
        except TooManyError as error:
            return error.retry_after
        if (code, phone) == (CODE, PHONE):
            await attempt.succeeded()
            return True
        return False

    async def flood(self, seconds: int, each_second: int) -> int:
        """How many of so many guesses at one number are looked at."""
        looked = 0
        for guess in range(seconds * each_second):
            self.at += timedelta(seconds=1 / each_second)
            looked += await self.ask(f"guess {guess}", PHONE) is False
        return looked


wrong_pairs = st.lists(
    st.tuples(
        st.sampled_from([CODE, "2345678901"]),
        st.sampled_from(["+84977777777", PHONE]),
        st.sampled_from([None, HOME, "198.51.100.7"]),
        st.integers(0, 2000),
        st.integers(1, 40),
    ).filter(lambda tried: tried[:2] != (CODE, PHONE)),
    max_size=6,
)
"""Code, number, address, milliseconds before it, and how often at once."""


@given(tried=wrong_pairs, address=st.sampled_from([None, HOME]))
def test_a_right_pair_is_answered_within_the_window_whatever_was_tried_before(
    tried: list[tuple[str, str, str | None, int, int]], address: str | None
) -> None:
    asyncio.run(_play(tried, address))


async def _play(tried: list[tuple[str, str, str | None, int, int]], address: str | None) -> None:
    front = Front()
    for code, phone, where, milliseconds, times in tried:
        front.at += timedelta(milliseconds=milliseconds)
        for _ in range(times):
            assert await front.ask(code, phone, where) is not True
    first = await front.ask(CODE, PHONE, address)
    if first is not True:
        assert first <= SETTINGS.window_seconds
        front.at += timedelta(seconds=first)
        assert await front.ask(CODE, PHONE, address) is True


async def test_who_knows_the_pair_may_ask_as_often_as_they_like() -> None:
    front = Front()
    for _ in range(10 * SETTINGS.per_phone):
        assert await front.ask(CODE, PHONE, HOME) is True


async def test_an_address_beyond_its_budget_costs_the_number_nothing() -> None:
    front = Front()
    for guess in range(10 * SETTINGS.per_phone):
        await front.ask(f"guess {guess}", PHONE, HOME)
    assert await front.ask(CODE, PHONE, "198.51.100.7") is True


async def test_a_flood_of_guesses_is_looked_at_no_faster_than_the_budget() -> None:
    seconds = 20
    looked = await Front().flood(seconds, each_second=100)
    assert looked <= SETTINGS.per_phone * (seconds / SETTINGS.window_seconds + 1)


def test_how_long_a_number_resists_is_what_the_page_says() -> None:
    each_hour = SETTINGS.per_phone / SETTINGS.window_seconds * 3600
    expected_guesses = (CODES + 1) / 2
    hours, by_a_day = expected_guesses / each_hour, 24 * each_hour / CODES
    assert hours > 3 * 365 * 24
    page = (Path(__file__).parents[4] / "docs/intake.md").read_text()
    for figure in (f"{each_hour:,.0f} guesses an hour", f"{hours:,.0f} hours", f"{by_a_day:.2%}"):
        assert figure in page, figure


@pytest.mark.parametrize(
    ("header", "told", "address"),
    [
        ("", "192.0.2.1", None),
        ("X-Real-IP", "192.0.2.1", "192.0.2.1"),
        ("X-Real-IP", "203.0.113.9, 192.0.2.1", "192.0.2.1"),
        ("X-Real-IP", "::ffff:192.0.2.1", "192.0.2.1"),
        ("X-Real-IP", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("X-Real-IP", "unknown", None),
        ("X-Real-IP", "", None),
    ],
)
def test_an_address_is_what_our_own_proxy_wrote_last(header: str, told: str, address: str | None) -> None:
    scope = {"type": "http", "headers": [(b"x-real-ip", b"203.0.113.77"), (b"x-real-ip", told.encode())]}
    assert forwarded(Request(scope), header) == address
