"""A notice: one piece of news of one case for one person on one channel, from its being wanted to its end.

News goes from channel to channel (``rules.ladder``), with a notice for each, and may end as a call. The number and the
text never stand in it: they are made from the sealed contact box at the moment of sending.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from pydantic import AwareDatetime, Field

from legalaid import ids
from legalaid.events.notices import (
    NoticeCallbackDone,
    NoticeCallbackOwed,
    NoticeCancelled,
    NoticeFailed,
    NoticeReceipt,
    NoticeSent,
    NoticeState,
    NoticeUnknown,
)
from legalaid.events.people import Contact
from legalaid.events.sealed import Sealed
from legalaid.events.words import NoticeChannel, NoticeReason
from legalaid.store import Aggregate
from notify.rules.callbacks import CallWindow


class State(StrEnum):
    """Where a notice stands (docs/sending.md). None is called delivered: few carriers prove it (``proved_at``)."""

    PENDING = "PENDING"
    SENDING = "SENDING"
    """Written before the gateway is called, so that a crash leaves a doubt, never a second message."""
    SENT_TO_GATEWAY = "SENT_TO_GATEWAY"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"
    """Nobody can say whether the gateway took it: a person decides."""
    CANCELLED = "CANCELLED"
    CALLBACK_OWED = "CALLBACK_OWED"
    CALLBACK_DONE = "CALLBACK_DONE"


@dataclass(frozen=True)
class DeliveryReceipt:
    """What a provider tells of a message after its answer. It proves that the provider took it."""

    provider: str
    reference: str | None = None
    """The provider's own id of the message."""
    proved_at: datetime | None = None
    """When it reached the handset, in the time of our domain."""
    cost_vnd: int | None = None
    carrier: str | None = None
    """Who carried it."""


_SPOKEN = frozenset({State.SENT_TO_GATEWAY, State.UNKNOWN})
"""What the number got, or may have got: it keeps its place among the messages of the day."""


_NEWS = (
    "case_id",
    "case_event",
    "case_sequence",
    "correlation_id",
    "traceparent",
    "template",
    "template_version",
    "owner",
    "owner_name",
    "province",
    "receipt_code",
    "urgent",
    "wakes",
    "requested_at",
    "contact",
    "contact_sequence",
)
"""What all rungs have in common."""


class Notice(Aggregate):
    """The document of one piece of news on one channel; its id is also the request id at the gateway."""

    state: State = State.PENDING
    case_id: str
    case_event: str
    """The id of the event that made it news."""
    case_sequence: int
    """The sequence of that event: of two notices of a case, the higher one is newer."""
    correlation_id: str
    traceparent: str | None = None
    template: str
    template_version: int
    channel: NoticeChannel = NoticeChannel.SMS
    rungs: list[NoticeChannel] = Field(default_factory=list)
    """The channels that come after this one (``rules.ladder``); after them, a call."""
    beside: list[NoticeChannel] = Field(default_factory=list)
    """The channels on which the same news goes out at once with this."""
    alone: bool = False
    """It goes out beside another one: nothing follows it, whatever becomes of it."""
    after: list[NoticeChannel] = Field(default_factory=list)
    """The channels on which the same news may have reached the person before, without a proof."""
    next_at: AwareDatetime | None = None
    """From when the next rung is due, unless a proof comes first. None: nothing follows."""
    owner: str | None
    owner_name: str | None
    """Public: it stands in the text."""
    province: str | None
    receipt_code: str | None
    urgent: bool
    wakes: bool = False
    """Whether it may go at night: it is urgent, and a person at intake or a centre says so too."""
    requested_at: AwareDatetime
    changed_at: AwareDatetime
    contact: Sealed[Contact]
    contact_sequence: int
    """The sequence of the case event that the box came with: wishes change while a notice waits."""
    number: str | None = None
    """The mark (blind index) of the number that it goes to, by which messages to one number are counted and joined."""
    slot: str | None = None
    """Its place among the messages that the number may get on a day (``rules.pacing``); nobody else can have it."""
    slot_at: AwareDatetime | None = None
    message: str | None = None
    """The notice whose message may have told this one too: set while that is in doubt, and gone when it is known."""
    not_before: AwareDatetime
    allowed_at: AwareDatetime
    """Since when it may go as far as the person is concerned; patience with a gateway counts from here."""
    attempts: int = 0
    first_attempt_at: AwareDatetime | None = None
    """When it was first taken up to be sent there: what a gateway knows of its request id counts from here."""
    doubted: bool = False
    """Whether an attempt that is over may have been taken: then it can only be repeated, as it was."""
    provider: str | None = None
    """To whom it goes, or went: written before the call. Empty: to nobody; None: an older release did not say."""
    claim: str | None = None
    """Who sends it, or sent it: a random name for one taking-up."""
    claimed_until: AwareDatetime | None = None
    """In real time; after it another sender settles what became of it."""
    reason: NoticeReason | None = None
    gateway_code: str | None = None
    """The gateway's last code for why not, for operators."""
    reference: str | None = None
    """The provider's own id of the message."""
    proved_at: AwareDatetime | None = None
    """When it reached the handset, where the provider proves it."""
    cost_vnd: int | None = None
    """What the provider charges for it, in whole đồng."""
    carrier: str | None = None
    """Who carried it, where the provider says so."""
    due_at: AwareDatetime | None = None
    """By when somebody must call; only for a call that is owed."""
    call_from: AwareDatetime | None = None
    """From when somebody may call: both times lie in the hours that the person wishes, which are sealed."""

    def begin_on(self, channel: NoticeChannel, rungs: Iterable[NoticeChannel]) -> None:
        """It goes out on this channel first; ``rungs`` come after it. Only for what was never written."""
        self.id = ids.notice_id(self.case_event, self.template, channel)
        self.channel, self.rungs = channel, list(rungs)

    def on(self, channel: NoticeChannel, at: datetime, rungs: Iterable[NoticeChannel] = ()) -> Self:
        """The same news on another channel, from ``at`` on."""
        same = {name: getattr(self, name) for name in _NEWS}
        other = type(self)(id=self.id, changed_at=at, not_before=at, allowed_at=at, **same)
        other.begin_on(channel, rungs)
        return other

    @property
    def gives_way(self) -> bool:
        """Whether another rung follows where this one fails."""
        return bool(self.rungs) or self.channel is not NoticeChannel.SMS

    @property
    def is_proved(self) -> bool:
        """Whether it certainly reached the person's telephone."""
        return self.proved_at is not None

    def goes_on(self, at: datetime) -> None:
        """The next rung is due at ``at``, if no proof comes first, of this or of what went out beside it."""
        self.next_at = None if self.alone or self.is_proved else at

    def rest(self) -> None:
        """Nothing follows any more."""
        self.next_at = None

    def claim_for(self, claim: str, until: datetime, *, slot: str | None, at: datetime, provider: str) -> None:
        """Mark it as being sent by a provider under a claim that is a lease until ``until`` (real time)."""
        self.state, self.claim, self.claimed_until, self.provider = State.SENDING, claim, until, provider
        self.slot, self.slot_at = slot, at if slot else None
        self.first_attempt_at = at
        self.attempts += 1

    def unclaim(self) -> None:
        """It was written by nobody: as if it had never been claimed."""
        self.state, self.claim, self.claimed_until, self.slot, self.slot_at = State.PENDING, None, None, None, None
        self.first_attempt_at = None
        self.attempts -= 1

    def move(self, provider: str, claim: str, until: datetime, *, at: datetime) -> None:
        """Who had it has certainly not taken it: it goes to this one, under a new claim."""
        self.provider, self.claim, self.claimed_until, self.first_attempt_at = provider, claim, until, at

    def stay_in_doubt(self, until: datetime) -> None:
        """Leave it marked as being sent, for somebody to settle after ``until`` (real time)."""
        self.claimed_until = until

    def put_off(self, not_before: datetime, *, code: str | None = None) -> None:
        """This attempt was certainly not taken: try again from ``not_before``.

        Where no other one may have been either, it goes with whatever else waits for the number then.
        """
        self.state, self.not_before, self.gateway_code, self.claimed_until = State.PENDING, not_before, code, None
        if not self.doubted:
            self.slot, self.slot_at, self.message = None, None, None

    def wait_for_receipt(self, until: datetime) -> None:
        """It may have been sent and cannot be repeated: until ``until`` (real time) a receipt may say so."""
        self.claimed_until, self.message, self.doubted = until, self.message or self.id, True

    def untold(self, not_before: datetime) -> None:
        """No attempt of it reached who is to be told now: begin anew."""
        self.doubted = False
        self.put_off(not_before)

    def repeat(self, not_before: datetime) -> None:
        """It may have been sent, and the same message again does no harm: the same, from ``not_before``."""
        self.state, self.not_before, self.gateway_code = State.PENDING, not_before, "answer-lost"
        self.claimed_until, self.message, self.doubted = None, self.message or self.id, True

    def wait_for_hours(self, opening: datetime) -> None:
        """The person may not be reached now; patience begins anew at ``opening``."""
        self.put_off(opening)
        self.allowed_at = opening
        self.attempts -= 1

    def sent(self, at: datetime, segments: int, *, text: str, version: int) -> None:
        """The gateway took it, with the text of this template: that of several requests is another than its own."""
        self._end(State.SENT_TO_GATEWAY, at, None)
        told = self._public() | {"template": text, "template_version": version}
        self._tell(NoticeSent(**told, segments=segments, after=tuple(self.after)), at)

    def fail(self, at: datetime, reason: NoticeReason, *, code: str | None, call: CallWindow | None) -> None:
        """It cannot be sent. ``call`` makes it a call, unless the person wants none."""
        self._end(State.FAILED, at, reason)
        self.gateway_code = code
        self._tell(NoticeFailed(**self._public(), reason=reason), at)
        if call is not None:
            self.owe_call(at, reason, call)

    def receive(self, at: datetime, receipt: DeliveryReceipt) -> None:
        """Its provider told more of it. The same receipt leads to the same event."""
        self.provider, self.reference = receipt.provider, receipt.reference or self.reference
        self.proved_at, self.cost_vnd = receipt.proved_at or self.proved_at, receipt.cost_vnd or self.cost_vnd
        self.carrier = receipt.carrier or self.carrier
        if self.proved_at is not None:
            self.rest()
        costs = {"cost_vnd": self.cost_vnd, "carrier": self.carrier}
        known: dict[str, Any] = {"provider": receipt.provider, "proved_at": self.proved_at, **costs}
        cause = ids.command_id(
            self.id, f"{receipt.provider} {receipt.reference} {receipt.proved_at} {receipt.cost_vnd}"
        )
        self._tell(NoticeReceipt(**self._public(), **known), at, cause)

    def lose(self, at: datetime) -> None:
        """Nobody can say whether it was sent; a late receipt still may, also of the message that may have told it."""
        message = self.message
        self._end(State.UNKNOWN, at, NoticeReason.ANSWER_LOST)
        self.message = message
        self._tell(NoticeUnknown(**self._public(), reason=NoticeReason.ANSWER_LOST), at)

    def cancel(self, at: datetime, reason: NoticeReason, *, cause: str | None = None) -> None:
        """It is not sent, and need not be."""
        self._end(State.CANCELLED, at, reason)
        self._tell(NoticeCancelled(**self._public(), reason=reason), at, cause)

    def owe_call(self, at: datetime, reason: NoticeReason, when: CallWindow) -> None:
        """Somebody must call instead."""
        self._end(State.CALLBACK_OWED, at, reason)
        self.channel = NoticeChannel.CALLBACK
        self.call_within(when)
        self._tell(NoticeCallbackOwed(**self._public(), reason=reason, due_at=when.due), at)

    def call_within(self, when: CallWindow) -> None:
        """The call that is owed may be made then, and no longer when it could before: wishes change."""
        self.call_from, self.due_at = when.opens, when.due

    def call_done(self, at: datetime, *, cause: str) -> None:
        """Somebody called."""
        self._end(State.CALLBACK_DONE, at, self.reason)
        self._tell(NoticeCallbackDone(**self._public()), at, cause)

    def _end(self, state: State, at: datetime, reason: NoticeReason | None) -> None:
        self.state, self.changed_at, self.reason = state, max(at, self.requested_at), reason
        self.claimed_until, self.message, self.first_attempt_at, self.doubted = None, None, None, False
        self.call_from, self.due_at, self.next_at = None, None, None
        if state not in _SPOKEN:
            self.slot, self.slot_at = None, None

    def _tell(self, data: NoticeState, at: datetime, cause: str | None = None) -> None:
        self.emit(
            data,
            cause=cause or self.id,
            time=max(at, self.requested_at),
            correlation_id=self.correlation_id,
            index=self.attempts,
            traceparent=self.traceparent,
        )

    def _public(self) -> dict[str, Any]:
        return {
            "notice_id": self.id,
            "case_id": self.case_id,
            "template": self.template,
            "template_version": self.template_version,
            "channel": self.channel,
            "owner": self.owner,
            "province": self.province,
            "requested_at": self.requested_at,
            "changed_at": self.changed_at,
        }
