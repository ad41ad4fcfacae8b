from hypothesis import given
from hypothesis import strategies as st

from legalaid.bus.breaker import Breaker


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 6), st.integers(1, 10))
def test_it_opens_at_the_limit_in_a_row_wherever_batches_are_cut(dead: list[bool], limit: int, size: int) -> None:
    runs = [all(dead[end - limit : end]) and end >= limit for end in range(1, len(dead) + 1)]
    expected = runs.index(True) + 1 if True in runs else len(dead)

    breaker = Breaker(limit)
    admitted = sum(breaker.admit(dead[start : start + size]) for start in range(0, len(dead), size))

    assert admitted == expected
    assert breaker.is_open == (True in runs)


def test_once_open_it_admits_nothing_good_either() -> None:
    breaker = Breaker(2)
    assert breaker.admit([True, True, False]) == 2
    assert breaker.is_open
    assert breaker.admit([False, False]) == 0
    assert breaker.is_open
