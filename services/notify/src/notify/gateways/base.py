"""The port to everybody who carries messages: what each gateway is to us, and what may become of a message."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol, runtime_checkable

from legalaid.events.words import NoticeChannel


@dataclass(frozen=True)
class Message:
    """One message to one person. Its request id is that of its notice, however often it is sent."""

    request_id: str
    recipient: str
    """SMS, Zalo, voice: a number (E.164). Push: what the app gave us, a token, or a subscription as JSON."""
    text: str
    """As rendered for the channel."""
    template: str
    version: int
    language: str
    """Of the text: ISO 639-3, as ``Person.language``."""
    values: Mapping[str, str]
    """What the text was made of, ``receipt_code`` and ``owner``: public words only."""
    urgent: bool


@dataclass(frozen=True)
class Taken:
    """The gateway has the message."""

    reference: str | None = None
    """Its own id for it, where it gives one."""
    price_vnd: Decimal | None = None


@dataclass(frozen=True)
class Refused:
    """No gateway of this channel will ever bring it to this recipient; no fault of the gateway."""

    code: str
    """The gateway's own code, here and below: never its words, which may quote."""


@dataclass(frozen=True)
class RouteCannot:
    """Certainly not sent: this gateway cannot carry this message to that carrier, or not now. Another one may."""

    code: str


@dataclass(frozen=True)
class Ours:
    """Certainly not sent: our account, brand, template or request is wrong. All messages wait until that is mended."""

    code: str


@dataclass(frozen=True)
class NotNow:
    """Certainly not sent, and it may be taken later."""

    code: str
    retry_after: timedelta = timedelta(0)
    """What the gateway asks for; zero: it asks for nothing."""


@dataclass(frozen=True)
class Lost:
    """It may or may not have been taken."""

    code: str


Outcome = Taken | Refused | RouteCannot | Ours | NotNow | Lost
"""What becomes of a message that is sent. Adapters return it and raise nothing."""


@runtime_checkable
class Proving(Protocol):
    """A gateway whose receipts prove what became of a message, also of one whose answer was lost."""

    proves_within: timedelta
    """After an answer was lost, so long its receipt is waited for before a person has to decide."""


class Gateway(Protocol):
    """One provider of one channel."""

    name: str
    """Of the provider: a label of metrics."""
    channel: NoticeChannel
    repeats_known_for: timedelta
    """So long after the first attempt a second message with its request id is certainly not sent on. Zero: never."""
    can_be_asked: bool
    """Whether ``was_taken`` works."""

    async def send(self, message: Message) -> Outcome:
        """What became of it."""
        ...

    async def was_taken(self, request_id: str, since: datetime) -> Taken | Refused | NotNow | None:
        """What became of an earlier message, first attempted at ``since``.

        None: it was certainly not taken. ``NotNow``: the gateway does not say yet.
        """
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


class CannotBeAsked:
    """What adapters share whose provider says nothing of a message by our id."""

    can_be_asked = False

    async def was_taken(self, request_id: str, since: datetime) -> NotNow:
        """As ``Gateway``; never works."""
        del request_id, since
        return NotNow("cannot-be-asked")
