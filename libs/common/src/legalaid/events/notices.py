"""What became of each message to a person. The text and the number never leave notify."""

from pydantic import AwareDatetime, Field

from legalaid.events.base import Code, EventData, OwnerCode, ProvinceCode, Retention, Topic, event
from legalaid.events.words import NoticeChannel, NoticeReason
from legalaid.ids import Id

TOPIC = Topic(
    name="legalaid.notices",
    owner="notify",
    consumers=("reports",),
    key="notice_id",
    partitions=6,
    retention=Retention.FOREVER,
    description="Notices to people: sent, failed, unknown, cancelled, or turned into a call.",
)


class NoticeState(EventData):
    """What is known of a notice after the event."""

    notice_id: Id
    case_id: Id
    template: Code
    template_version: int = Field(ge=1)
    channel: NoticeChannel
    owner: OwnerCode | None
    """Who owned the case then."""
    province: ProvinceCode | None
    requested_at: AwareDatetime
    """When the thing happened that the notice tells of."""
    changed_at: AwareDatetime


@event(TOPIC, "vn.legalaid.notice.sent.v1")
class NoticeSent(NoticeState):
    """The gateway took the message. Not a proof of delivery: carriers give none."""

    segments: int = Field(ge=1)
    """SMS segments that the text took: what the carrier bills."""
    after: tuple[NoticeChannel, ...] = ()
    """The channels on which the same news may have reached the person before: it was taken there, and nothing proved
    in time that it came. None, for nearly all: nobody is told on two channels."""


@event(TOPIC, "vn.legalaid.notice.receipt.v1")
class NoticeReceipt(NoticeState):
    """Who carried the message told more of it: that it reached the handset, or what it cost. Changes no outcome."""

    provider: Code
    proved_at: AwareDatetime | None = None
    """When it reached the handset; None: no proof, which most carriers never give."""
    cost_vnd: int | None = Field(default=None, ge=0)
    """What the provider charges for it, in whole đồng; None: not told."""
    carrier: Code | None = None
    """Who carried it; None: not told."""


@event(TOPIC, "vn.legalaid.notice.failed.v1")
class NoticeFailed(NoticeState):
    """The gateway refused the message for good, or could not be reached for too long; the owner is told to call."""

    reason: NoticeReason


@event(TOPIC, "vn.legalaid.notice.unknown.v1")
class NoticeUnknown(NoticeState):
    """We do not know whether the gateway took the message; a person decides, nothing is sent again by itself."""

    reason: NoticeReason


@event(TOPIC, "vn.legalaid.notice.cancelled.v1")
class NoticeCancelled(NoticeState):
    """The message was not sent, and need not be."""

    reason: NoticeReason


@event(TOPIC, "vn.legalaid.notice.callback-owed.v1")
class NoticeCallbackOwed(NoticeState):
    """The person cannot or does not want to be reached by SMS: somebody must call."""

    reason: NoticeReason
    due_at: AwareDatetime


@event(TOPIC, "vn.legalaid.notice.callback-done.v1")
class NoticeCallbackDone(NoticeState):
    """Somebody called."""
