"""How and when a person may be reached: the person's wishes first, then consent, then good manners."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from legalaid.clock import VIETNAM
from legalaid.events.people import Contact, Wishes
from legalaid.events.words import Answer, NoticeChannel, NoticeReason, Purpose, Speaker
from legalaid.vietnam import phones
from notify.rules.devices import targets

_DAY_FROM, _DAY_TO = time(7), time(22)
"""Decree 91/2020/ND-CP lets advertising SMS go out in these hours; our notices keep to them too."""
MINUTES = 24 * 60


@dataclass(frozen=True)
class Send:
    """A message may go out on this channel, not before this instant."""

    number: str | None
    """The number (E.164) of who is told; None: they have none, and are told on a device."""
    not_before: datetime
    channel: NoticeChannel = NoticeChannel.SMS
    rungs: tuple[NoticeChannel, ...] = ()
    """The channels that come after it."""


@dataclass(frozen=True)
class OweCall:
    """No message: somebody must call."""

    reason: NoticeReason


@dataclass(frozen=True)
class Nothing:
    """The person is not contacted."""

    reason: NoticeReason


Way = Send | OweCall | Nothing
_SMS: Final = (NoticeChannel.SMS,)


def number(contact: Contact) -> str | None:
    """The number (E.164) of whom the person wants us to speak to. Nobody else is ever contacted instead."""
    if contact.wishes.speak_to is Speaker.APPLICANT:
        return contact.applicant.phone if contact.applicant else None
    return contact.person.phone


def recipient(contact: Contact, channel: NoticeChannel) -> str:
    """Whom a gateway of this channel is to bring the message; empty: nobody. Several devices are one list, as JSON."""
    if channel is NoticeChannel.PUSH:
        return json.dumps([[each.by, each.recipient] for each in targets(contact)])
    return number(contact) or ""


def way(
    contact: Contact,
    *,
    urgent: bool,
    at: datetime,
    channels: Sequence[NoticeChannel] = _SMS,
    danger: bool = False,
    stopped_at: datetime | None = None,
) -> Way:
    """How the person may be told at ``at``: by the first of ``channels`` that is open to them.

    Without one it is a call, if calls are wanted; without either, nothing. ``urgent`` says that it may go at night;
    ``danger``, that the case is urgent, which a danger may be the reason for. ``stopped_at``: when their number last
    wrote to us that messages shall stop; only a consent given after that is one.
    """
    to = number(contact)
    not_before = opening(contact.wishes, urgent=urgent, at=at)
    for place, channel in enumerate(channels):
        if not_before is not None and is_open(contact, channel, danger=danger, stopped_at=stopped_at):
            return Send(to, not_before, channel, tuple(channels[place + 1 :]))
    if to is None:
        return Nothing(NoticeReason.NO_SMS_NUMBER)
    barred = _sms_barred(contact, to, stopped_at) or NoticeReason.SMS_NOT_WANTED
    return OweCall(barred) if contact.wishes.call else Nothing(NoticeReason.NO_CHANNEL_WANTED)


def is_open(contact: Contact, channel: NoticeChannel, *, danger: bool, stopped_at: datetime | None = None) -> bool:
    """Whether the person may be told on this channel at all, in some hour."""
    to, hidden = number(contact), not _is_seen_by_others(contact, danger=danger)
    match channel:
        case NoticeChannel.PUSH:
            return bool(targets(contact)) and hidden
        case NoticeChannel.ZALO:
            # it is written to the same telephone: who wants no SMS there wants no other message there either
            wanted = contact.wishes.sms and _consents(contact, Purpose.ZALO_UPDATES, stopped_at)
            return wanted and to is not None and _is_mobile(to) and hidden
        case NoticeChannel.SMS:
            return to is not None and _sms_barred(contact, to, stopped_at) is None
        case NoticeChannel.VOICE:
            # nobody consented to a recording as such: where the telephone may be another's, it stays silent
            wanted = contact.wishes.call and _consents(contact, Purpose.SMS_UPDATES, stopped_at)
            return wanted and to is not None and contact.shared_phone is Answer.NO and hidden
        case NoticeChannel.CALLBACK:
            return contact.wishes.call and to is not None


def _is_seen_by_others(contact: Contact, *, danger: bool) -> bool:
    """Whether what appears, sounds or stays on the telephone may be noticed by who must not.

    Where nobody said whether the person is in danger, and the case is urgent, it is taken for yes.
    """
    at_risk = contact.at_risk is Answer.YES or (danger and contact.at_risk is Answer.UNKNOWN)
    return at_risk or contact.shared_phone is Answer.YES


def _sms_barred(contact: Contact, to: str, stopped_at: datetime | None) -> NoticeReason | None:
    if not contact.wishes.sms or not _consents(contact, Purpose.SMS_UPDATES, stopped_at):
        return NoticeReason.SMS_NOT_WANTED
    return None if _is_mobile(to) else NoticeReason.NO_SMS_NUMBER


def _consents(contact: Contact, purpose: Purpose, stopped_at: datetime | None) -> bool:
    consent = contact.consent
    return consent is not None and purpose in consent.purposes and (stopped_at is None or consent.at > stopped_at)


def _is_mobile(to: str) -> bool:
    try:
        return phones.parse(to).kind is phones.PhoneKind.MOBILE
    except ValueError:
        return False


def opening(wishes: Wishes, *, urgent: bool, at: datetime) -> datetime | None:
    """The first instant from ``at`` on at which an SMS may go out; None if the person left no hour.

    Inside the wished hours, and outside the night (22:00 to 07:00) unless it is urgent. Who wants to be reached at
    night only is reached at night: the wish is stronger than the manners.
    """
    allowed = _allowed(wishes.hours_from, wishes.hours_to, urgent)
    if not allowed:
        return None
    local = at.astimezone(VIETNAM)
    minute = local.hour * 60 + local.minute
    if minute in allowed:
        return at
    ahead = next(step for step in range(1, MINUTES + 1) if (minute + step) % MINUTES in allowed)
    return (local.replace(second=0, microsecond=0) + timedelta(minutes=ahead)).astimezone(UTC)


def wished(wishes: Wishes) -> frozenset[int]:
    """The minutes of a day in which the person may be reached, as far as the wishes go; half a wish leaves none."""
    return _allowed(wishes.hours_from, wishes.hours_to, urgent=True)


@lru_cache(maxsize=1024)
def _allowed(hours_from: str | None, hours_to: str | None, urgent: bool) -> frozenset[int]:
    """The minutes of a day in which an SMS may go out. Half a wish leaves none, so it bars the channel."""
    if hours_from is None and hours_to is None:
        return _ALL if urgent else _DAY
    if hours_from is None or hours_to is None:
        return frozenset()
    wished = _between(time.fromisoformat(hours_from), time.fromisoformat(hours_to))
    return wished if urgent else (wished & _DAY) or wished


def _between(begin: time, end: time) -> frozenset[int]:
    first, last = begin.hour * 60 + begin.minute, end.hour * 60 + end.minute
    return frozenset((first + step) % MINUTES for step in range((last - first) % MINUTES))


_ALL = frozenset(range(MINUTES))
_DAY = _between(_DAY_FROM, _DAY_TO)
