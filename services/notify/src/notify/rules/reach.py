"""How and when a person may be reached: the person's wishes first, then consent, then good manners."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache

from legalaid.clock import VIETNAM
from legalaid.events.people import Contact, Wishes
from legalaid.events.words import NoticeReason, Purpose, Speaker
from legalaid.vietnam import phones

_DAY_FROM, _DAY_TO = time(7), time(22)
"""Decree 91/2020/ND-CP lets advertising SMS go out in these hours; our notices keep to them too."""
MINUTES = 24 * 60


@dataclass(frozen=True)
class Send:
    """An SMS may go out to this number (E.164), not before this instant."""

    number: str
    not_before: datetime


@dataclass(frozen=True)
class OweCall:
    """No SMS: somebody must call."""

    reason: NoticeReason


@dataclass(frozen=True)
class Nothing:
    """The person is not contacted."""

    reason: NoticeReason


Way = Send | OweCall | Nothing


def number(contact: Contact) -> str | None:
    """The number (E.164) of whom the person wants us to speak to. Nobody else is ever contacted instead."""
    if contact.wishes.speak_to is Speaker.APPLICANT:
        return contact.applicant.phone if contact.applicant else None
    return contact.person.phone


def way(contact: Contact, *, urgent: bool, at: datetime, stopped_at: datetime | None = None) -> Way:
    """How the person may be told at ``at``.

    Without an SMS it is a call, if calls are wanted; without either, nothing. ``stopped_at``: when their number last
    wrote to us that messages shall stop; only a consent given after that is one.
    """
    to = number(contact)
    if to is None:
        return Nothing(NoticeReason.NO_SMS_NUMBER)
    barred = _sms_barred(contact, to, stopped_at)
    if barred is None:
        not_before = opening(contact.wishes, urgent=urgent, at=at)
        if not_before is not None:
            return Send(to, not_before)
        barred = NoticeReason.SMS_NOT_WANTED
    return OweCall(barred) if contact.wishes.call else Nothing(NoticeReason.NO_CHANNEL_WANTED)


def _sms_barred(contact: Contact, to: str, stopped_at: datetime | None) -> NoticeReason | None:
    if not contact.wishes.sms:
        return NoticeReason.SMS_NOT_WANTED
    if contact.consent is None or Purpose.SMS_UPDATES not in contact.consent.purposes:
        return NoticeReason.SMS_NOT_WANTED
    if stopped_at is not None and contact.consent.at <= stopped_at:
        return NoticeReason.SMS_NOT_WANTED
    return None if _is_mobile(to) else NoticeReason.NO_SMS_NUMBER


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
