"""From events to facts: one small record per request, call, case and notice, made of what stands in the clear.

Each record follows from the events of one aggregate in one topic, so the order among topics does not matter.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from legalaid.events import Event, calls, cases, notices, requests
from legalaid.events.base import EventData
from legalaid.events.words import CaseKind, Channel, Status


class Kind(StrEnum):
    """What a fact is about; the value is the short name of the topic that tells it."""

    REQUEST = requests.TOPIC.short
    CALL = calls.TOPIC.short
    CASE = cases.TOPIC.short
    NOTICE = notices.TOPIC.short


class NoticeOutcome(StrEnum):
    """Where a notice stands. There is no "delivered": a proof is counted by itself, and most carriers give none."""

    SENT_TO_GATEWAY = "SENT_TO_GATEWAY"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"
    CANCELLED = "CANCELLED"
    CALLBACK_OWED = "CALLBACK_OWED"
    CALLBACK_DONE = "CALLBACK_DONE"


_NOTICE_OUTCOMES: dict[type[EventData], NoticeOutcome] = {
    notices.NoticeSent: NoticeOutcome.SENT_TO_GATEWAY,
    notices.NoticeFailed: NoticeOutcome.FAILED,
    notices.NoticeUnknown: NoticeOutcome.UNKNOWN,
    notices.NoticeCancelled: NoticeOutcome.CANCELLED,
    notices.NoticeCallbackOwed: NoticeOutcome.CALLBACK_OWED,
    notices.NoticeCallbackDone: NoticeOutcome.CALLBACK_DONE,
}


class Fact(BaseModel):
    """What is counted of one request, call, case or notice. None is what is not known, or does not apply."""

    model_config = ConfigDict(frozen=True)

    kind: Kind
    begun_at: datetime
    """When the person reached us; for a notice, when the thing happened that it tells of. Decides the day."""
    channel: str | None = None
    """How the person reached us; for a notice, how we reach the person."""
    province: str | None = None
    centre: str | None = None
    """The owner's code; of an ended case, its last owner's."""
    outcome: str | None = None
    """A call's outcome, a case's status, where a notice stands, whether a request was withdrawn."""
    case_kind: CaseKind | None = None
    opened_at: datetime | None = None
    accepted_at: datetime | None = None
    """When a centre first accepted the case (thụ lý)."""
    sent_at: datetime | None = None
    """When the gateway took the message."""
    proved_at: datetime | None = None
    """When the message reached the handset, where anybody proves it."""
    told_again: bool = False
    """Whether the same news may have reached the person before, on another channel."""
    cost_vnd: int | None = None
    """What the provider charged for the message."""
    callback_due_at: datetime | None = None
    """By when we owe the caller a call."""


def fact_id(event: Event[Any]) -> str:
    """The id of the fact that an event tells of. A case has its request's id, so the kind belongs to it."""
    return f"{event.topic.short}:{event.subject}"


def after(before: Fact | None, event: Event[Any]) -> Fact:
    """The fact as the event leaves it. Raises ``ValueError`` for an event of a topic that is not counted."""
    match event.data:
        case requests.RequestState():
            return _request(before, event.data)
        case requests.RequestWithdrawn(withdrawn_at=at):
            return _or_new(before, Kind.REQUEST, at).model_copy(update={"outcome": Status.WITHDRAWN})
        case calls.CallStarted() | calls.CallAnswered() | calls.CallEnded() | calls.CallbackOwed():
            return _call(before, event.data)
        case cases.CaseState():
            return _case(before, event.data)
        case notices.NoticeState():
            return _notice(before, event.data)
        case _:
            message = f"{event.type} tells no fact"
            raise ValueError(message)


def _or_new(before: Fact | None, kind: Kind, at: datetime) -> Fact:
    return before or Fact(kind=kind, begun_at=at)


def _request(before: Fact | None, data: requests.RequestState) -> Fact:
    place = data.residence or data.matter_place
    return _or_new(before, Kind.REQUEST, data.received_at).model_copy(
        update={
            "begun_at": data.received_at,
            "channel": data.channel,
            "province": place.province if place else None,
            "outcome": Status.RECEIVED,
        }
    )


def _call(
    before: Fact | None, data: calls.CallStarted | calls.CallAnswered | calls.CallEnded | calls.CallbackOwed
) -> Fact:
    """The exchange may report the steps of a call in any order; only the start says when it began."""
    at: datetime
    told: dict[str, Any]
    match data:
        case calls.CallStarted():
            at, told = data.started_at, {"begun_at": data.started_at}
        case calls.CallAnswered():
            at, told = data.answered_at, {}
        case calls.CallEnded():
            at, told = data.ended_at, {"outcome": data.outcome}
        case calls.CallbackOwed():
            at, told = data.owed_at, {"callback_due_at": data.due_at}
    return _or_new(before, Kind.CALL, at).model_copy(update={"channel": Channel.HOTLINE, **told})


def _case(before: Fact | None, data: cases.CaseState) -> Fact:
    fact = _or_new(before, Kind.CASE, data.received_at)
    told: dict[str, Any] = {
        "begun_at": data.received_at,
        "channel": data.channel,
        "province": data.province,
        "centre": data.owner.code if data.owner else fact.centre,
        "outcome": data.status,
        "case_kind": data.kind,
    }
    if isinstance(data, cases.CaseOpened):
        told["opened_at"] = data.changed_at
    if isinstance(data, cases.CaseAccepted):
        told["accepted_at"] = fact.accepted_at or data.changed_at
    return fact.model_copy(update=told)


def _notice(before: Fact | None, data: notices.NoticeState) -> Fact:
    fact = _or_new(before, Kind.NOTICE, data.requested_at)
    told: dict[str, Any] = {"channel": data.channel, "province": data.province, "centre": data.owner}
    if isinstance(data, notices.NoticeReceipt):
        known = {"proved_at": data.proved_at, "cost_vnd": data.cost_vnd}
        told |= {name: value for name, value in known.items() if value is not None}
    else:
        told["outcome"] = _NOTICE_OUTCOMES[type(data)]
    if isinstance(data, notices.NoticeSent):
        told |= {"sent_at": data.changed_at, "told_again": bool(data.after)}
    return fact.model_copy(update=told)
