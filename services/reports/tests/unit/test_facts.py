from datetime import datetime, timedelta
from typing import Any

import pytest

from legalaid.events import TOPICS, TYPES, EventData, calls, cases, centres, notices, requests
from legalaid.events.base import Place
from legalaid.events.words import (
    CaseKind,
    NoticeChannel,
    NoticeReason,
)
from legalaid.testing.events import AT, CALL, DESK, REQUEST, happened, make
from reports.rules.facts import _NOTICE_OUTCOMES, Fact, Kind, after, fact_id


def minutes(number: int) -> datetime:
    return AT + timedelta(minutes=number)


def told(*data: EventData) -> Fact:
    fact = None
    for sequence, each in enumerate(data, 1):
        fact = after(fact, happened(each, sequence))
    assert fact is not None
    return fact


def request(model: type[requests.RequestState] = requests.RequestReceived, **given: Any) -> requests.RequestState:
    return make(model, **({"residence": None} | given))


def notice(model: type[notices.NoticeState], **given: Any) -> notices.NoticeState:
    return make(model, changed_at=minutes(2), **given)


def test_a_request_is_where_the_person_lives_or_else_where_the_matter_is() -> None:
    home, matter = Place(province="11"), Place(province="15")
    assert told(request(residence=home, matter_place=matter)).province == "11"
    assert told(request(matter_place=matter)).province == "15"
    assert told(request()) == Fact(kind=Kind.REQUEST, begun_at=AT, channel="APP", outcome="RECEIVED")


def test_a_request_changes_and_is_withdrawn() -> None:
    amended = request(requests.RequestAmended, residence=Place(province="15"))
    withdrawn = make(requests.RequestWithdrawn, withdrawn_at=minutes(5))
    fact = told(request(), amended, withdrawn)
    assert (fact.province, fact.outcome, fact.begun_at) == ("15", "WITHDRAWN", AT)


STARTED = make(calls.CallStarted)
ANSWERED = make(calls.CallAnswered, answered_at=minutes(1))
ENDED = make(calls.CallEnded, ended_at=minutes(9))


@pytest.mark.parametrize("steps", [(STARTED, ANSWERED, ENDED), (ENDED, STARTED, ANSWERED), (ANSWERED, ENDED, STARTED)])
def test_a_call_is_the_same_in_whatever_order_the_exchange_tells_of_it(steps: tuple[EventData, ...]) -> None:
    assert told(*steps) == Fact(kind=Kind.CALL, begun_at=AT, channel="HOTLINE", outcome="COMPLETED")


def test_a_call_without_its_start_began_when_we_first_heard_of_it() -> None:
    assert told(ANSWERED, ENDED).begun_at == minutes(1)


def test_an_owed_call_keeps_when_we_promised_to_call() -> None:
    owed = make(calls.CallbackOwed, owed_at=minutes(1), due_at=minutes(60))
    fact = told(STARTED, owed)
    assert (fact.callback_due_at, fact.outcome, fact.begun_at) == (minutes(60), None, AT)


def test_a_case_keeps_its_first_acceptance_and_its_last_owner() -> None:
    fact = told(
        make(cases.CaseOpened, owner=DESK, changed_at=minutes(1)),
        make(cases.CaseReassessed, changed_at=minutes(2)),
        make(cases.CaseAccepted, changed_at=minutes(3)),
        make(cases.CaseAccepted, changed_at=minutes(4)),
        make(cases.CaseClosed, changed_at=minutes(5)),
    )
    assert fact == Fact(
        kind=Kind.CASE,
        begun_at=AT,
        channel="APP",
        province="11",
        centre="TGPL-11",
        outcome="COMPLETED",
        case_kind=CaseKind.REQUEST,
        opened_at=minutes(1),
        accepted_at=minutes(3),
    )


def test_a_notice_is_where_its_last_event_says() -> None:
    sent = told(notice(notices.NoticeSent))
    assert (sent.outcome, sent.sent_at, sent.channel) == ("SENT_TO_GATEWAY", minutes(2), "SMS")
    lost = notice(notices.NoticeUnknown, reason=NoticeReason.ANSWER_LOST)
    assert told(lost).outcome == "UNKNOWN"
    assert told(lost).sent_at is None
    assert told(lost, notice(notices.NoticeSent)).outcome == "SENT_TO_GATEWAY"
    cancelled = notice(notices.NoticeCancelled, reason=NoticeReason.ERASED)
    assert told(cancelled).outcome == "CANCELLED"
    assert told(notice(notices.NoticeFailed, reason=NoticeReason.GATEWAY_REFUSED)).outcome == "FAILED"
    owed = notice(notices.NoticeCallbackOwed, reason=NoticeReason.NO_SMS_NUMBER, due_at=minutes(9))
    assert told(owed).outcome == "CALLBACK_OWED"
    assert told(owed, notice(notices.NoticeCallbackDone)).outcome == "CALLBACK_DONE"


def test_a_receipt_says_more_of_a_message_and_leaves_it_where_it_stands() -> None:
    cost = notice(notices.NoticeReceipt, provider="esms", cost_vnd=790)
    proof = notice(notices.NoticeReceipt, provider="zalo", proved_at=minutes(4))
    both = told(notice(notices.NoticeSent), cost, proof)
    assert (both.outcome, both.cost_vnd, both.proved_at) == ("SENT_TO_GATEWAY", 790, minutes(4))
    assert told(notice(notices.NoticeSent), proof, cost) == both
    assert told(cost).outcome is None


def test_a_message_after_another_channel_brought_no_proof_is_counted_as_told_again() -> None:
    assert not told(notice(notices.NoticeSent)).told_again
    assert told(notice(notices.NoticeSent, after=(NoticeChannel.PUSH,))).told_again


def test_a_case_and_its_request_are_two_facts() -> None:
    events = [happened(data) for data in (request(), STARTED)]
    assert [fact_id(event) for event in events] == [f"requests:{REQUEST}", f"calls:{CALL}"]


def test_every_event_type_of_the_counted_topics_is_counted() -> None:
    of = {topic.name: {model for model in TYPES.values() if model.topic is topic} for topic in TOPICS}
    assert of[notices.TOPIC.name] == {*_NOTICE_OUTCOMES, notices.NoticeReceipt}, "a receipt changes no outcome"
    assert of[calls.TOPIC.name] == {calls.CallStarted, calls.CallAnswered, calls.CallEnded, calls.CallbackOwed}
    assert all(issubclass(model, cases.CaseState) for model in of[cases.TOPIC.name])
    told_of_requests = (requests.RequestState, requests.RequestWithdrawn)
    assert all(issubclass(model, told_of_requests) for model in of[requests.TOPIC.name])


def test_a_centre_is_no_fact() -> None:
    centre: Any = centres.CentrePublished.model_construct
    with pytest.raises(ValueError, match="tells no fact"):
        told(centre(code="TGPL-11"))
