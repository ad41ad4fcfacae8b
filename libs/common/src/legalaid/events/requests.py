"""What people ask, by any channel, and how they change or take back what they asked."""

from pydantic import AwareDatetime

from legalaid.events.base import EventData, Place, Retention, Topic, event
from legalaid.events.people import Contact, Facts, Story
from legalaid.events.sealed import Sealed
from legalaid.events.words import Channel
from legalaid.ids import Id, ReceiptCode

TOPIC = Topic(
    name="legalaid.requests",
    owner="intake",
    consumers=("routing", "reports"),
    key="request_id",
    partitions=6,
    retention=Retention.FOREVER,
    description="Requests for legal aid as they were told to the hotline or the app.",
)


class RequestState(EventData):
    """All that is known of a request after the event, so that no reader needs an earlier one."""

    request_id: Id
    receipt_code: ReceiptCode
    channel: Channel
    received_at: AwareDatetime
    """When the request was first accepted; the same in every event of it."""
    urgent: bool
    """Somebody is detained, in danger, or about to lose a right (Article 30(4)). Which of them is sealed."""
    residence: Place | None
    matter_place: Place | None
    call_id: Id | None = None
    """The call this request was taken in, or the owed call that it settles."""
    contact: Sealed[Contact]
    facts: Sealed[Facts]
    story: Sealed[Story]


@event(TOPIC, "vn.legalaid.request.received.v1")
class RequestReceived(RequestState):
    """A request was accepted and stored."""


@event(TOPIC, "vn.legalaid.request.amended.v1")
class RequestAmended(RequestState):
    """The person, or who speaks for them, changed or added something."""


@event(TOPIC, "vn.legalaid.request.withdrawn.v1")
class RequestWithdrawn(EventData):
    """The person no longer asks."""

    request_id: Id
    withdrawn_at: AwareDatetime
