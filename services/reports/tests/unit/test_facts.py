from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from legalaid import ids
from legalaid.events import TOPICS, TYPES, Event, EventData, Sealed, calls, cases, centres, notices, requests
from legalaid.events.base import Place
from legalaid.events.words import (
    CallbackReason,
    CallOutcome,
    CaseKind,
    Channel,
    NextAction,
    NoticeChannel,
    NoticeReason,
    OwnerKind,
    RoutingReason,
    Status,
)
from reports.rules.facts import _NOTICE_OUTCOMES, Fact, Kind, after, fact_id

AT = datetime(2026, 11, 23, 1, tzinfo=UTC)
KEY = ids.request_id("test", "1")
BOX: Sealed[Any] = Sealed("1." + "a" * 64)
DESK = cases.Owner(kind=OwnerKind.DESK, code="DESK", name="Bàn tiếp nhận")
CENTRE = cases.Owner(kind=OwnerKind.CENTRE, code="TGPL-11", name="Trung tâm", province="11")


def minutes(number: int) -> datetime:
    return AT + timedelta(minutes=number)


def told(*data: EventData) -> Fact:
    fact = None
    for sequence, each in enumerate(data, 1):
        fact = after(fact, Event(ids.random_id(), KEY, sequence, AT, KEY, each))
    assert fact is not None
    return fact


def request(model: type[requests.RequestState] = requests.RequestReceived, **given: Any) -> requests.RequestState:
    values: dict[str, Any] = {
        "request_id": KEY,
        "receipt_code": "1234567897",
        "channel": Channel.APP,
        "received_at": AT,
        "urgent": False,
        "residence": None,
        "matter_place": None,
        "contact": BOX,
        "facts": BOX,
        "story": BOX,
    }
    return model(**(values | given))


def case(model: type[cases.CaseState], status: Status, owner: cases.Owner | None = CENTRE, **given: Any) -> Any:
    values: dict[str, Any] = {
        "case_id": KEY,
        "kind": CaseKind.REQUEST,
        "status": status,
        "owner": owner,
        "next_action": NextAction.REVIEW if owner else None,
        "due_at": AT if owner else None,
        "urgent": False,
        "routing_reason": RoutingReason.RESIDENCE,
        "ruleset": "r.1",
        "channel": Channel.APP,
        "receipt_code": None,
        "province": "11",
        "commune": None,
        "received_at": AT,
        "changed_at": AT,
        "contact": BOX,
        "facts": None,
    }
    return model(**(values | given))


def notice(model: type[notices.NoticeState], **given: Any) -> Any:
    values: dict[str, Any] = {
        "notice_id": KEY,
        "case_id": KEY,
        "template": "case-opened",
        "template_version": 1,
        "channel": NoticeChannel.SMS,
        "owner": "TGPL-11",
        "province": "11",
        "requested_at": AT,
        "changed_at": minutes(2),
    }
    return model(**(values | given))


def test_a_request_is_where_the_person_lives_or_else_where_the_matter_is() -> None:
    home, matter = Place(province="11"), Place(province="15")
    assert told(request(residence=home, matter_place=matter)).province == "11"
    assert told(request(matter_place=matter)).province == "15"
    assert told(request()) == Fact(kind=Kind.REQUEST, begun_at=AT, channel="APP", outcome="RECEIVED")


def test_a_request_changes_and_is_withdrawn() -> None:
    amended = request(requests.RequestAmended, residence=Place(province="15"))
    withdrawn = requests.RequestWithdrawn(request_id=KEY, withdrawn_at=minutes(5))
    fact = told(request(), amended, withdrawn)
    assert (fact.province, fact.outcome, fact.begun_at) == ("15", "WITHDRAWN", AT)


STARTED = calls.CallStarted(call_id=KEY, started_at=AT, in_hours=True)
ANSWERED = calls.CallAnswered(call_id=KEY, answered_at=minutes(1))
ENDED = calls.CallEnded(call_id=KEY, ended_at=minutes(9), outcome=CallOutcome.COMPLETED)


@pytest.mark.parametrize("steps", [(STARTED, ANSWERED, ENDED), (ENDED, STARTED, ANSWERED), (ANSWERED, ENDED, STARTED)])
def test_a_call_is_the_same_in_whatever_order_the_exchange_tells_of_it(steps: tuple[EventData, ...]) -> None:
    assert told(*steps) == Fact(kind=Kind.CALL, begun_at=AT, channel="HOTLINE", outcome="COMPLETED")


def test_a_call_without_its_start_began_when_we_first_heard_of_it() -> None:
    assert told(ANSWERED, ENDED).begun_at == minutes(1)


def test_an_owed_call_keeps_when_we_promised_to_call() -> None:
    owed = calls.CallbackOwed(
        call_id=KEY, owed_at=minutes(1), due_at=minutes(60), reason=CallbackReason.MISSED, contact=BOX
    )
    fact = told(STARTED, owed)
    assert (fact.callback_due_at, fact.outcome, fact.begun_at) == (minutes(60), None, AT)


def test_a_case_keeps_its_first_acceptance_and_its_last_owner() -> None:
    fact = told(
        case(cases.CaseOpened, Status.ASSIGNED, DESK, changed_at=minutes(1)),
        case(cases.CaseReassessed, Status.ASSIGNED, changed_at=minutes(2)),
        case(cases.CaseAccepted, Status.ACCEPTED, changed_at=minutes(3)),
        case(cases.CaseAccepted, Status.ACCEPTED, changed_at=minutes(4)),
        case(cases.CaseClosed, Status.COMPLETED, None, changed_at=minutes(5)),
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
    sent = told(notice(notices.NoticeSent, segments=1))
    assert (sent.outcome, sent.sent_at, sent.channel) == ("SENT_TO_GATEWAY", minutes(2), "SMS")
    lost = notice(notices.NoticeUnknown, reason=NoticeReason.ANSWER_LOST)
    assert told(lost).outcome == "UNKNOWN"
    assert told(lost).sent_at is None
    assert told(lost, notice(notices.NoticeSent, segments=1)).outcome == "SENT_TO_GATEWAY"
    cancelled = notice(notices.NoticeCancelled, reason=NoticeReason.ERASED)
    assert told(cancelled).outcome == "CANCELLED"
    assert told(notice(notices.NoticeFailed, reason=NoticeReason.GATEWAY_REFUSED)).outcome == "FAILED"
    owed = notice(notices.NoticeCallbackOwed, reason=NoticeReason.NO_SMS_NUMBER, due_at=minutes(9))
    assert told(owed).outcome == "CALLBACK_OWED"
    assert told(owed, notice(notices.NoticeCallbackDone)).outcome == "CALLBACK_DONE"


def test_a_case_and_its_request_are_two_facts() -> None:
    events = [Event(ids.random_id(), KEY, 1, AT, KEY, data) for data in (request(), STARTED)]
    assert [fact_id(event) for event in events] == [f"requests:{KEY}", f"calls:{KEY}"]


def test_every_event_type_of_the_counted_topics_is_counted() -> None:
    of = {topic.name: {model for model in TYPES.values() if model.topic is topic} for topic in TOPICS}
    assert of[notices.TOPIC.name] == set(_NOTICE_OUTCOMES)
    assert of[calls.TOPIC.name] == {calls.CallStarted, calls.CallAnswered, calls.CallEnded, calls.CallbackOwed}
    assert all(issubclass(model, cases.CaseState) for model in of[cases.TOPIC.name])
    told_of_requests = (requests.RequestState, requests.RequestWithdrawn)
    assert all(issubclass(model, told_of_requests) for model in of[requests.TOPIC.name])


def test_a_centre_is_no_fact() -> None:
    centre: Any = centres.CentrePublished.model_construct
    with pytest.raises(ValueError, match="tells no fact"):
        told(centre(code="TGPL-11"))
