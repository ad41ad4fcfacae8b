from dataclasses import replace
from datetime import UTC, datetime

import pytest

from legalaid.bus import Batch
from legalaid.events import Event, calls


def _event() -> Event[calls.CallAnswered]:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    call = "00000000-0000-4000-8000-000000000000"
    return Event("e", call, 1, at, call, calls.CallAnswered(call_id=call, answered_at=at))


def test_of_two_equal_events_only_the_rejected_one_is_rejected() -> None:
    first = _event()
    second = replace(first)
    batch = Batch(calls.TOPIC, 0, (first, second))
    batch.reject(second, "gap")
    assert batch.rejected == {id(second): "gap"}


def test_a_strange_event_cannot_be_rejected() -> None:
    batch = Batch(calls.TOPIC, 0, (_event(),))
    with pytest.raises(ValueError, match="of the batch"):
        batch.reject(_event(), "gap")
