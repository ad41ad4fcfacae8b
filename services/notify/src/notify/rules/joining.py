"""What waits for one number at the same time becomes one message, and a number gets no more of them than it may."""

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from legalaid.events.words import NoticeChannel
from notify.rules.pacing import Full, Go, Limits, NotYet, next_message


@dataclass(frozen=True)
class Due:
    """What this decision needs of a notice that may go."""

    id: str
    case_id: str
    case_sequence: int
    requested_at: datetime
    number: str | None = None
    """The mark of the number; None for what an older release wrote."""
    message: str | None = None
    """The message that may have told it already, which can only be repeated as it was."""
    wakes: bool = False
    template: str = ""
    urgent: bool = False
    attempts: int = 0
    channel: NoticeChannel = NoticeChannel.SMS


@dataclass(frozen=True)
class OneMessage:
    """One message for these notices. The first leads: its id is the message's at the gateway."""

    ids: tuple[str, ...]
    slot: str | None = None
    """None: it takes none; a repeat has one, and what exceeds the day's number becomes a call."""
    provider: str | None = None
    """Who gets it; None: whoever got it before."""


@dataclass(frozen=True)
class Hold:
    """These wait until this instant; ``full`` says that the number has had its messages of the day."""

    ids: tuple[str, ...]
    until: datetime
    full: bool


Taken = Mapping[str, Mapping[str, datetime]]
"""By number, the slots of the day with the instants at which they were taken."""


def plan(due: Iterable[Due], taken: Taken, now: datetime, limits: Limits) -> list[OneMessage | Hold]:
    """What to do with everything that is ``due``, of whole numbers."""
    slots = {number: dict(own) for number, own in taken.items()}
    steps: list[OneMessage | Hold] = []
    for group in _groups(due, joining=bool(limits.apart)):
        steps += _steps(group, slots, now, limits)
    return steps


def _groups(due: Iterable[Due], *, joining: bool) -> list[list[Due]]:
    """One group for each message, the newest news first; a repeat is led by whose message it was.

    Only SMS are joined: what one brings no proof of on another channel is told anew, and each by itself.
    """
    groups: dict[str, list[Due]] = {}
    for each in due:
        joins = joining and each.channel is NoticeChannel.SMS
        own = each.message or (joins and each.number) or each.id
        groups.setdefault(own, []).append(each)
    return [sorted(group, key=_precedence) for group in groups.values()]


def _precedence(each: Due) -> tuple[bool, float, int]:
    return each.id != each.message, -each.requested_at.timestamp(), -each.case_sequence


def _steps(
    group: Sequence[Due], slots: MutableMapping[str, dict[str, datetime]], now: datetime, limits: Limits
) -> list[OneMessage | Hold]:
    lead, ids = group[0], tuple(each.id for each in group)
    if lead.message or lead.number is None:
        return [OneMessage(ids)]
    own = slots.setdefault(lead.number, {})
    match next_message(lead.number, own, now, limits):
        case Go(slot):
            own[slot] = now
            return [OneMessage(ids, slot)]
        case NotYet(until):
            return [Hold(ids, until, full=False)]
        case Full(until):
            return _exceeding(group, until)


def _exceeding(group: Sequence[Due], until: datetime) -> list[OneMessage | Hold]:
    """What may wake somebody at night cannot wait for tomorrow either: a person calls. The rest is told tomorrow."""
    calls: list[OneMessage | Hold] = [OneMessage((each.id,)) for each in group if each.wakes]
    waiting = tuple(each.id for each in group if not each.wakes)
    return [*calls, Hold(waiting, until, full=True)] if waiting else calls
