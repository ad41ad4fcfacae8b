"""Plausible events: a test says what matters to it, and the rest is as on an ordinary Monday morning in Điện Biên."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from legalaid import ids
from legalaid.events import Event, EventData, Place, Sealed, calls, cases, centres, notices, requests
from legalaid.events.words import (
    CallbackReason,
    CallOutcome,
    CaseKind,
    Channel,
    NextAction,
    NoticeChannel,
    NoticeReason,
    OwnerKind,
    ReturnReason,
    RoutingReason,
    Status,
)

AT: Final = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Monday, 09:00 in Vietnam; the 24th is a day of rest."""
REQUEST: Final = ids.request_id("test", "1")
CALL: Final = ids.call_id("test", "1")
BOX: Final[Sealed[Any]] = Sealed("1." + "a" * 64)
"""It has the form of a sealed box; nobody can open it."""
CENTRE: Final = cases.Owner(
    kind=OwnerKind.CENTRE, code="TGPL-11", name="Trung tâm Trợ giúp pháp lý nhà nước tỉnh Điện Biên", province="11"
)
DESK: Final = cases.Owner(kind=OwnerKind.DESK, code="DESK", name="Bàn tiếp nhận")

_PLAUSIBLE: Final[Mapping[type[EventData], Mapping[str, Any]]] = {
    requests.RequestState: {
        "request_id": REQUEST,
        "receipt_code": "1234567897",
        "channel": Channel.APP,
        "received_at": AT,
        "urgent": False,
        "residence": Place(province="11", commune="03160"),
        "matter_place": None,
        "contact": BOX,
        "facts": BOX,
        "story": BOX,
    },
    requests.RequestWithdrawn: {"request_id": REQUEST, "withdrawn_at": AT},
    calls.CallStarted: {"call_id": CALL, "started_at": AT, "in_hours": True},
    calls.CallAnswered: {"call_id": CALL, "answered_at": AT},
    calls.CallEnded: {"call_id": CALL, "ended_at": AT, "outcome": CallOutcome.COMPLETED},
    calls.CallbackOwed: {
        "call_id": CALL,
        "owed_at": AT,
        "due_at": AT + timedelta(hours=2),
        "reason": CallbackReason.MISSED,
        "contact": BOX,
    },
    cases.CaseState: {
        "case_id": REQUEST,
        "kind": CaseKind.REQUEST,
        "status": Status.ASSIGNED,
        "urgent": False,
        "routing_reason": RoutingReason.RESIDENCE,
        "ruleset": "test",
        "channel": Channel.APP,
        "receipt_code": "1234567897",
        "province": "11",
        "commune": None,
        "received_at": AT,
        "changed_at": AT,
        "contact": BOX,
        "facts": None,
    },
    cases.CaseAccepted: {"status": Status.ACCEPTED},
    cases.CaseReturned: {
        "status": Status.CHECKING,
        "owner": DESK,
        "returned_by": CENTRE.code,
        "return_reason": ReturnReason.CONFLICT_OF_INTEREST,
    },
    cases.CaseClosed: {"status": Status.COMPLETED},
    centres.CentrePublished: {
        "code": CENTRE.code,
        "kind": OwnerKind.CENTRE,
        "name": CENTRE.name,
        "province": "11",
        "parent": None,
        "communes": (),
        "valid_from": AT.date(),
        "valid_to": None,
        "verified": True,
    },
    notices.NoticeState: {
        "notice_id": ids.notice_id(REQUEST, "case-assigned", NoticeChannel.SMS),
        "case_id": REQUEST,
        "template": "case-assigned",
        "template_version": 1,
        "channel": NoticeChannel.SMS,
        "owner": CENTRE.code,
        "province": "11",
        "requested_at": AT,
        "changed_at": AT,
    },
    notices.NoticeSent: {"segments": 1},
    notices.NoticeReceipt: {"provider": "zalo"},
    notices.NoticeFailed: {"reason": NoticeReason.GATEWAY_REFUSED},
    notices.NoticeUnknown: {"reason": NoticeReason.ANSWER_LOST},
    notices.NoticeCancelled: {"reason": NoticeReason.SUPERSEDED},
    notices.NoticeCallbackOwed: {"reason": NoticeReason.NO_SMS_NUMBER, "due_at": AT + timedelta(days=1)},
}
"""What a field says that a test does not speak of, by the model that has it; a subclass adds to its base."""

D = TypeVar("D", bound=EventData)


def make(model: type[D], **said: Any) -> D:
    """The data of an event. A case that is open is owned by the centre, and one that has ended by nobody."""
    values: dict[str, Any] = {}
    for each in reversed(model.__mro__):
        values |= _PLAUSIBLE.get(each, {})
    if issubclass(model, cases.CaseState):
        is_open = said.get("status", values["status"]).is_open
        held = {"owner": CENTRE, "next_action": NextAction.REVIEW, "due_at": AT + timedelta(days=1)}
        values = (held if is_open else dict.fromkeys(held)) | values
    return model(**(values | said))


def happened(data: EventData, sequence: int = 1, *, at: datetime = AT) -> Event[Any]:
    """The event with this data, numbered ``sequence`` within its aggregate."""
    subject = str(getattr(data, data.topic.key))
    began = next((field for field in ("request_id", "case_id", "call_id") if hasattr(data, field)), None)
    correlation = getattr(data, began) if began else REQUEST
    return Event(ids.event_id(subject, data.event_type, sequence), subject, sequence, at, correlation, data)


def numbered(*data: EventData, at: datetime = AT) -> list[Event[Any]]:
    """Events in the order given, each numbered within its own aggregate."""
    made: list[Event[Any]] = []
    last: dict[str, int] = {}
    for each in data:
        subject = getattr(each, each.topic.key)
        last[subject] = last.get(subject, 0) + 1
        made.append(happened(each, last[subject], at=at))
    return made
