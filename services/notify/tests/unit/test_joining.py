"""However news comes in, a number gets no more messages than it may, none too close, and nothing is dropped."""

import tracemalloc
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from legalaid.clock import VIETNAM
from notify.rules.joining import Due, Hold, OneMessage, plan
from notify.rules.pacing import Go, Limits, day, first_slot, next_message

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LIMITS = Limits(a_day=3, apart=timedelta(minutes=2))

arrivals = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from(["1:aa", "1:bb"]), st.integers(0, 3), st.booleans()), max_size=40
)
"""Hours after ``AT`` at which news of a case comes for a number, and whether it may wake."""


def news(number: int, hours: int, mark: str, case: int, wakes: bool = False) -> Due:
    return Due(f"n{number}", f"{mark}-{case}", number, AT + timedelta(hours=hours), mark, wakes=wakes)


@given(arrivals, st.lists(st.integers(1, 300), min_size=1, max_size=60))
def test_a_number_gets_its_share_and_nothing_is_lost(
    coming: list[tuple[int, str, int, bool]], steps: list[int]
) -> None:
    all_news = [news(number, *each) for number, each in enumerate(coming)]
    waiting = {each.id: (each.requested_at, each) for each in all_news}
    taken: dict[str, dict[str, datetime]] = {}
    ended: list[str] = []
    sent: list[tuple[str, datetime]] = []
    now = AT
    for minutes in [*steps, *[24 * 60] * 40]:
        due = [each for at, each in waiting.values() if at <= now]
        for step in plan(due, taken, now, LIMITS):
            for each in step.ids:
                assert waiting[each][0] <= now
            if isinstance(step, Hold):
                assert step.until > now
                waiting |= {each: (step.until, waiting[each][1]) for each in step.ids}
                continue
            lead = waiting[step.ids[0]][1]
            assert {waiting[each][1].number for each in step.ids} == {lead.number}
            if step.slot is None:
                assert lead.wakes, "only what cannot wait becomes a call"
            else:
                assert lead.number is not None
                own = taken.setdefault(lead.number, {})
                assert step.slot not in own, "a slot is taken once"
                own[step.slot] = now
                sent.append((lead.number, now))
            ended += step.ids
            for each in step.ids:
                del waiting[each]
        now += timedelta(minutes=minutes)
    assert sorted(ended) == sorted(each.id for each in all_news), "each piece of news ends, once"
    by_day = Counter((number, day(at)) for number, at in sent)
    assert all(count <= LIMITS.a_day for count in by_day.values())
    for (number, at), (other, later) in pairwise(sent):
        if number == other and day(at) == day(later):
            assert later - at >= LIMITS.apart


def test_what_the_day_does_not_hold_waits_for_the_morning() -> None:
    taken = {"1:aa": {f"2026-11-23/1:aa/{which}": AT for which in (1, 2, 3)}}
    now = AT + timedelta(hours=5)
    (held,) = plan([news(1, 0, "1:aa", 1)], taken, now, LIMITS)
    assert isinstance(held, Hold)
    assert held.full
    assert held.until.astimezone(VIETNAM).isoformat() == "2026-11-24T07:00:00+07:00"


def test_a_repeat_is_joined_by_nothing_and_led_by_whose_message_it_was() -> None:
    repeat = [Due(each, each, 1, AT, "1:aa", message="m") for each in ("a", "m")]
    steps = plan([*repeat, news(9, 0, "1:aa", 1)], {"1:aa": {"2026-11-23/1:aa/1": AT}}, AT, LIMITS)
    claims = [step for step in steps if isinstance(step, OneMessage)]
    assert claims == [OneMessage(("m", "a"))]


def test_without_a_time_to_gather_each_piece_of_news_is_a_message() -> None:
    steps = plan([news(each, 0, "1:aa", each) for each in range(2)], {}, AT, Limits(3, timedelta()))
    assert [step.ids for step in steps] == [("n0",), ("n1",)]


def test_a_number_that_may_have_very_many_messages_is_decided_as_fast() -> None:
    """All slots of the day were written out before one was chosen: with 100,000 a day a backlog stopped the sender."""
    limits = Limits(a_day=100_000, apart=timedelta(minutes=2))
    tracemalloc.start()
    try:
        assert next_message("1:aa", {}, AT, limits) == Go(first_slot("1:aa", AT))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 100_000, "bytes: no text for each message that might be"
