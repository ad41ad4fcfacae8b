import pytest
from pydantic import ValidationError

from legalaid import ids
from legalaid.events import TYPES, EventData, calls, cases, decode, encode
from legalaid.events.words import Status
from legalaid.testing.events import CENTRE, happened, make, numbered


@pytest.mark.parametrize("model", TYPES.values(), ids=list(TYPES))
def test_every_event_can_be_made_without_saying_anything(model: type[EventData]) -> None:
    event = happened(make(model), 3)
    message = encode(event)
    assert decode(message.value, message.headers) == event


@pytest.mark.parametrize("status", Status)
def test_a_case_is_owned_as_long_as_it_is_open(status: Status) -> None:
    case = make(cases.CaseReassessed, status=status)
    assert (case.owner, case.due_at is not None) == ((CENTRE, True) if status.is_open else (None, False))


def test_what_a_test_says_holds() -> None:
    assert make(cases.CaseOpened, province="15").province == "15"
    with pytest.raises(ValidationError):
        make(cases.CaseOpened, provinz="15")


def test_events_are_numbered_within_their_aggregate() -> None:
    other = ids.call_id("test", "2")
    events = numbered(make(calls.CallStarted), make(calls.CallStarted, call_id=other), make(calls.CallEnded))
    assert [event.sequence for event in events] == [1, 1, 2]
    assert len({event.id for event in events}) == 3
