"""When a provider is shut, for how long, and what opens it again."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legalaid.testing.events import AT
from notify.rules.health import WINDOW, AttemptRow, Circuit, History, Result, health

MINUTE = timedelta(minutes=1)
_ORDER = [Circuit.SHUT, Circuit.HALF, Circuit.OPEN]


def row(minutes: float, result: Result, shuts: int = 0, notice: str = "n") -> AttemptRow:
    return AttemptRow(AT + minutes * MINUTE, notice, "p", result, shuts=shuts)


ROWS = st.lists(
    st.builds(
        row,
        st.integers(0, 24 * 60 * 4).map(lambda quarter: quarter / 4),
        st.sampled_from(Result),
        st.integers(0, 8),
        st.sampled_from("abc"),
    ),
    max_size=60,
)


def state(rows: list[AttemptRow], minutes: float) -> Circuit:
    return health(rows, AT + minutes * MINUTE).state(AT + minutes * MINUTE)


def test_nothing_known_is_open() -> None:
    assert state([], 0) is Circuit.OPEN


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ("ff", Circuit.OPEN),
        ("fff", Circuit.SHUT),
        ("ffkff", Circuit.OPEN),
        ("ffkffkf", Circuit.SHUT),  # five of the last ten
        ("fkkfkkfkkf", Circuit.OPEN),
        ("o", Circuit.SHUT),
        ("kkkkkkkkkko", Circuit.SHUT),
    ],
)
def test_what_shuts(results: str, expected: Circuit) -> None:
    of = {"f": Result.FAULT, "k": Result.OK, "o": Result.OURS}
    rows = [row(number / 10, of[each]) for number, each in enumerate(results)]
    assert state(rows, 1.5) is expected


def test_old_faults_do_not_count_among_the_last_ten() -> None:
    rows = [row(12 * number, Result.FAULT if number % 2 else Result.OK) for number in range(12)]
    assert state(rows, 12 * 11) is Circuit.OPEN


def test_three_well_attempts_open_it_and_one_fault_shuts_it_for_longer() -> None:
    rows = [row(0, Result.FAULT), row(0.1, Result.FAULT), row(0.2, Result.FAULT)]
    assert (state(rows, 2.1), state(rows, 2.2)) == (Circuit.SHUT, Circuit.HALF)
    assert health(rows, AT).why == tuple(rows)
    well = [row(2.3, Result.OK), row(2.4, Result.OK)]
    assert state(rows + well, 2.5) is Circuit.HALF
    assert state([*rows, *well, row(2.5, Result.OK)], 2.5) is Circuit.OPEN
    again = [*rows, *well, row(2.5, Result.FAULT)]
    assert (state(again, 6.4), state(again, 6.5)) == (Circuit.SHUT, Circuit.HALF)


def test_what_ends_while_it_is_shut_is_not_counted() -> None:
    rows = [row(0, Result.FAULT), row(0.1, Result.FAULT), row(0.2, Result.FAULT)]
    under_way = [row(1, Result.FAULT), row(1.1, Result.OK), row(1.2, Result.OK), row(1.3, Result.OK)]
    assert health(rows + under_way, AT + 2 * MINUTE).shut_until == health(rows, AT + 2 * MINUTE).shut_until
    assert health(rows + under_way, AT + 2 * MINUTE).part_ok(AT + 2 * MINUTE) == 3 / 7


def test_receipts_that_do_not_come() -> None:
    taken = [row(number / 10, Result.OK) for number in range(20)]
    late = [row(5 + number / 10, Result.OVERDUE) for number in range(3)]
    assert state(taken + late[:2], 6) is Circuit.OPEN
    assert state(taken + late, 6) is Circuit.SHUT
    assert state([*(row(number / 20, Result.OK) for number in range(60)), *late], 6) is Circuit.OPEN, "too few of many"


def test_receipts_of_before_it_was_opened_say_nothing() -> None:
    shut = [row(number / 10, Result.FAULT) for number in range(3)]
    well = [row(3 + number / 10, Result.OK) for number in range(3)]
    late = [row(6 + number / 10, Result.OVERDUE) for number in range(5)]
    assert state(shut + well + late, 7) is Circuit.OPEN


@given(ROWS, st.randoms(use_true_random=False))
def test_the_same_rows_say_the_same_in_whatever_order_they_are_read(rows: list[AttemptRow], random: object) -> None:
    """I2."""
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a Random
    read = History()
    for each in shuffled[: len(shuffled) // 2]:
        read.add(each)
    read.health(AT)
    for each in (*shuffled[len(shuffled) // 2 :], *shuffled[:3]):  # some are read twice
        read.add(each)
    end = AT + 24 * 60 * MINUTE
    assert read.health(end) == health(set(rows), end)


@given(ROWS)
def test_reading_on_says_what_reading_anew_says(rows: list[AttemptRow]) -> None:
    history, known = History(), set[AttemptRow]()
    for each in sorted(rows):
        history.add(each)
        known.add(each)
        assert history.health(each.ended_at) == health(known, each.ended_at)


@given(ROWS)
def test_one_more_good_end_never_shuts_and_one_more_fault_never_opens(rows: list[AttemptRow]) -> None:
    """I7."""
    end = 24 * 60
    before = _ORDER.index(state(rows, end))
    assert _ORDER.index(state([*rows, row(end, Result.OK, notice="z")], end)) >= before
    for bad in (Result.FAULT, Result.OURS, Result.OVERDUE):
        assert _ORDER.index(state([*rows, row(end, bad, notice="z")], end)) <= before


@given(ROWS, ROWS)
def test_what_is_older_than_six_hours_changes_nothing(rows: list[AttemptRow], older: list[AttemptRow]) -> None:
    """I8."""
    now = AT + 24 * 60 * MINUTE
    young = [each for each in rows if now - each.ended_at <= WINDOW]
    old = [each for each in older if now - each.ended_at > WINDOW]
    assert health(set(young + old), now) == health(set(young), now)


@given(st.integers(0, 10), st.integers(0, 300), st.integers(1, 3))
def test_how_often_the_dead_are_tried(pause: int, first: int, senders: int) -> None:
    """I5: whoever is dead for a day is shut five times in the first hour, and once an hour after."""
    history, shuts, minute = History(), [], float(first)
    while minute < first + 24 * 60:
        now = AT + minute * MINUTE
        found = history.health(now)
        if found.state(now) is not Circuit.SHUT:
            for sender in range(senders):
                told = 0 if found.shut_until is None else found.shuts
                history.add(row(minute, Result.FAULT, told, notice=str(sender)))
            after = history.health(now)
            if after.state(now) is Circuit.SHUT:
                shuts.append(minute)
        minute += 0.25 + pause
    assert len([at for at in shuts if at < shuts[0] + 60]) <= 5
    assert all(later - at >= 60 for at, later in pairwise([each for each in shuts if each >= shuts[0] + 120]))
    assert len(shuts) <= 28
