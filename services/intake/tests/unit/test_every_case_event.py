"""Every type of case event, also one of tomorrow, is kept for who asks how a request stands: none passes in silence."""

import pytest

from intake.handlers import keep_callback, keep_status
from intake.store import Call
from legalaid.events import TYPES
from legalaid.events.cases import TOPIC, CaseState
from legalaid.testing.events import CALL, happened, make

CASE_EVENTS = [model for model in TYPES.values() if model.topic is TOPIC]


def test_there_are_case_events() -> None:
    assert len(CASE_EVENTS) >= 5


@pytest.mark.parametrize("model", CASE_EVENTS)
def test_a_case_event_says_how_the_request_and_the_call_stand(model: type[CaseState]) -> None:
    state = make(model)
    kept = keep_status(None, happened(state))
    assert (kept.status, kept.changed_at) == (state.status, state.changed_at)
    waiting = keep_callback(Call(id=CALL, callback_waiting=not state.status.is_open), happened(state))
    assert waiting is not None
    assert waiting.callback_waiting is state.status.is_open
