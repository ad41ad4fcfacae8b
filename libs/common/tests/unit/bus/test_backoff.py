from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from legalaid.bus.backoff import delays


@given(st.floats(0.01, 1), st.floats(1, 20))
def test_delays_double_up_to_the_most_and_keep_half_at_random(first: float, most: float) -> None:
    full = first
    for delay in islice(delays(first, most), 20):
        assert full / 2 <= delay <= full
        full = min(full * 2, most)


def test_two_waiters_do_not_come_back_together() -> None:
    assert list(islice(delays(1, 10), 5)) != list(islice(delays(1, 10), 5))
