"""The life of each call to the hotline, and which calls we owe back."""

from pydantic import AwareDatetime

from legalaid.events.base import EventData, Retention, Topic, event
from legalaid.events.people import Contact
from legalaid.events.sealed import Sealed
from legalaid.events.words import CallbackReason, CallOutcome
from legalaid.ids import Id

TOPIC = Topic(
    name="legalaid.calls",
    owner="intake",
    consumers=("routing", "reports"),
    key="call_id",
    partitions=6,
    retention=Retention.FOREVER,
    description="Calls to 18001233 as the telephone exchange reports them.",
)


@event(TOPIC, "vn.legalaid.call.started.v1")
class CallStarted(EventData):
    """A call reached the exchange."""

    call_id: Id
    started_at: AwareDatetime
    in_hours: bool
    """Whether the hotline was open then."""


@event(TOPIC, "vn.legalaid.call.answered.v1")
class CallAnswered(EventData):
    """An operator took the call."""

    call_id: Id
    answered_at: AwareDatetime


@event(TOPIC, "vn.legalaid.call.ended.v1")
class CallEnded(EventData):
    """The call is over."""

    call_id: Id
    ended_at: AwareDatetime
    outcome: CallOutcome


@event(TOPIC, "vn.legalaid.call.callback-owed.v1")
class CallbackOwed(EventData):
    """Nobody spoke with the caller: we owe a call back, by the time that the caller was told."""

    call_id: Id
    owed_at: AwareDatetime
    due_at: AwareDatetime
    reason: CallbackReason
    contact: Sealed[Contact]
    """Sealed under the call's id."""
