from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from legalaid import ids
from legalaid.events import Event, centres, requests
from legalaid.store import Aggregate, in_sequence
from legalaid.testing.events import happened, make

AT = datetime(2026, 11, 23, 1, tzinfo=UTC)
KEY = ids.request_id("test", "1")


class Tally(Aggregate):
    seen: tuple[int, ...] = ()


class Rejects(list[tuple[int, str]]):
    def reject(self, event: Event[Any], reason: str) -> None:
        self.append((event.sequence, reason))


def withdrawn(sequence: int) -> Event[Any]:
    return happened(make(requests.RequestWithdrawn, request_id=KEY), sequence)


def centre(sequence: int) -> Event[Any]:
    return happened(make(centres.CentrePublished), sequence)


def see(before: Tally | None, event: Event[Any]) -> Tally | None:
    after = before.model_copy() if before else Tally(id=event.subject)
    after.seen = (*after.seen, event.sequence)
    return after


def see_odd_ones(before: Tally | None, event: Event[Any]) -> Tally | None:
    return see(before, event) if event.sequence % 2 else None


@given(st.lists(st.integers(1, 6), max_size=20))
def test_each_is_taken_once_and_in_order_and_what_follows_a_gap_is_rejected(delivered: list[int]) -> None:
    rejects = Rejects()
    decide = in_sequence(rejects, see)
    tally: Tally | None = None
    gaps = []
    for sequence in delivered:
        taken = len(tally.seen) if tally else 0
        if sequence > taken + 1:
            gaps.append((sequence, "gap"))
        after = decide(tally, withdrawn(sequence))
        assert (after is not None) == (sequence == taken + 1)
        tally = after or tally
    seen = tally.seen if tally else ()
    assert seen == tuple(range(1, len(seen) + 1))
    assert rejects == gaps


def test_an_event_that_changes_nothing_is_taken_too() -> None:
    rejects = Rejects()
    decide = in_sequence(rejects, see_odd_ones)
    tally: Tally | None = None
    for sequence in (1, 2, 3):
        tally = decide(tally, withdrawn(sequence)) or tally
    assert tally
    assert (tally.seen, tally.applied, rejects) == ((1, 3), {"requests": 3}, [])


def test_topics_are_counted_apart() -> None:
    decide = in_sequence(Rejects(), see)
    tally = decide(decide(None, withdrawn(1)), centre(1))
    assert tally
    assert tally.applied == {"requests": 1, "centres": 1}


def test_a_compacted_topic_has_no_gaps_only_older_records() -> None:
    rejects = Rejects()
    decide = in_sequence(rejects, see)
    tally = decide(None, centre(4))
    assert tally
    assert decide(tally, centre(3)) is None
    assert decide(tally, centre(9)) is not None
    assert rejects == []


def test_deciding_again_on_what_was_loaded_gives_the_same() -> None:
    decide = in_sequence(Rejects(), see)
    first = decide(None, withdrawn(1))
    assert first
    again = [decide(first, withdrawn(2)) for _ in range(2)]
    assert again[0] == again[1]
    assert first.applied == {"requests": 1}
