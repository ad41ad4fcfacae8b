"""Which way a person is told first, and which next: the ladder of channels.

The table says the order, and how long a proof is waited for; the person's wishes, consents and dangers say which rungs
there are for them (``rules.reach``). Below the last rung a person of ours calls.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from legalaid.events.people import Contact
from legalaid.events.words import NoticeChannel, NoticeReason
from notify.rules import reach


class Urgency(StrEnum):
    """The ladders."""

    NEWS = "news"
    URGENT = "urgent"


@dataclass(frozen=True)
class ChannelRung:
    """One channel of a ladder."""

    channel: NoticeChannel
    proof_within: timedelta | None = None
    """So long after it was taken a proof is waited for, before the next rung; None: taken is the end."""
    beside: bool = False
    """It goes out at once with the first of the others, and what becomes of it leads to nothing."""


@dataclass(frozen=True)
class ChannelLadder:
    """The rungs of one urgency for which an installation has somebody who carries."""

    rungs: tuple[ChannelRung, ...]

    @property
    def order(self) -> tuple[NoticeChannel, ...]:
        """One after the other."""
        return tuple(rung.channel for rung in self.rungs if not rung.beside)

    @property
    def beside(self) -> tuple[NoticeChannel, ...]:
        """At once with the first of the others."""
        return tuple(rung.channel for rung in self.rungs if rung.beside)

    def proof_within(self, channel: NoticeChannel) -> timedelta | None:
        """As ``ChannelRung``; None too for a channel that is no longer a rung."""
        return next((rung.proof_within for rung in self.rungs if rung.channel is channel), None)


@dataclass(frozen=True)
class Ladders:
    """All ladders, and the channels for which an installation has somebody who carries."""

    table: Mapping[Urgency, Sequence[ChannelRung]]
    carried: Collection[NoticeChannel]

    def of(self, *, urgent: bool) -> ChannelLadder:
        """That of one case."""
        rows = self.table[Urgency.URGENT if urgent else Urgency.NEWS]
        return ChannelLadder(tuple(rung for rung in rows if rung.channel in self.carried))


@dataclass(frozen=True)
class Rest:
    """It stays as it is: no rung is left, and the last one ends well, or the person wants no call."""


def following(
    over: NoticeChannel,
    rungs: Sequence[NoticeChannel],
    contact: Contact,
    *,
    taken: bool,
    urgent: bool,
    wakes: bool,
    at: datetime,
) -> reach.Send | reach.OweCall | Rest:
    """What follows on the rung ``over``, which brought no proof, with ``rungs`` below it.

    ``taken`` says that it may have told the person: else it was certainly not sent. An SMS that was taken has no proof
    to wait for: where only a call would be left, it is the end.
    """
    way = reach.way(contact, urgent=wakes, at=at, channels=rungs, danger=urgent)
    if isinstance(way, reach.Send):
        return way
    ends_well = taken and over is NoticeChannel.SMS
    if ends_well or not reach.is_open(contact, NoticeChannel.CALLBACK, danger=urgent):
        return Rest()
    return reach.OweCall(NoticeReason.NOT_PROVED if taken else NoticeReason.GATEWAY_REFUSED)
