"""From rung to rung: what nobody proved in time, or what could not be sent, is told on the next channel, or by a call.

The next rung is a notice of its own, with an id that follows from the news and the channel, so that two climbers, and
one that comes after a crash, write the same one. It is written first; then the one before lets go.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from legalaid import clock
from legalaid.errors import PermanentError
from legalaid.events.people import Contact
from legalaid.events.words import NoticeChannel, NoticeReason
from legalaid.sealed import Keyring, Keys
from legalaid.store import Outgoing
from legalaid.vietnam.calendar import WorkingCalendar
from notify import metrics
from notify.booking import Bookings
from notify.commands.proofs import HandsetProofs
from notify.marks import Marks
from notify.notice import Notice, State
from notify.rules import callbacks, ladder, reach
from notify.store import Notices

log = structlog.get_logger()

_MOST = 100
_UNREADABLE_AGAIN = timedelta(hours=1)


@dataclass
class _Steps:
    """What one look leads to."""

    sends: list[Notice] = field(default_factory=list)
    calls: list[Notice] = field(default_factory=list)
    written: list[Notice] = field(default_factory=list)
    """What somebody wrote before: another climber, or we, without hearing so."""
    over: list[Notice] = field(default_factory=list)
    contacts: dict[str, Contact] = field(default_factory=dict)


class Climber:
    """Takes the next rungs that are due. Several may run at once."""

    def __init__(
        self,
        notices: Notices,
        bookings: Bookings,
        outgoing: Outgoing[Notice],
        keyring: Keyring,
        calendar: WorkingCalendar,
        marks: Marks,
        proofs: HandsetProofs,
    ) -> None:
        self._notices = notices
        self._bookings = bookings
        self._outgoing = outgoing
        self._proofs = proofs
        self._keyring = keyring
        self._calendar = calendar
        self._marks = marks

    async def climb(self) -> bool:
        """Take what is due. Returns whether there was anything. Raises ``TransientError``: the rest stays due."""
        due = await self._notices.without_proof(clock.now(), _MOST)
        if not due:
            return False
        cases = {notice.case_id for notice in due}
        keys, known = await asyncio.gather(self._keyring.fetch(cases), self._notices.of_cases(cases))
        steps = _Steps()
        for notice in due:
            self._step(notice, keys.get(notice.case_id), known[notice.case_id], steps)
        await self._write(steps)
        return True

    def _step(self, notice: Notice, keys: Keys | None, known: Sequence[Notice], steps: _Steps) -> None:
        steps.over.append(notice)
        try:
            contact = keys.open(notice.contact, Contact) if keys else None
        except PermanentError:  # it keeps nobody else back
            metrics.FAILURES.inc()
            log.exception("notice_unreadable", notice=notice.id)
            notice.goes_on(clock.now() + _UNREADABLE_AGAIN)
            return
        if contact is not None and not _is_overtaken(notice, known):
            self._follow(notice, contact, known, steps)
        notice.rest()

    def _follow(self, notice: Notice, contact: Contact, known: Sequence[Notice], steps: _Steps) -> None:
        if written := _followers(notice, known):
            steps.written += written
            steps.contacts.update((each.id, contact) for each in written)
            return
        now, taken = clock.now(), _may_have_told(notice)
        if taken:
            metrics.UNPROVED.labels(notice.channel.value).inc()
        match ladder.following(
            notice.channel, notice.rungs, contact, taken=taken, urgent=notice.urgent, wakes=notice.wakes, at=now
        ):
            case reach.Send(number, not_before, channel, rungs):
                following = _on(notice, channel, rungs)
                following.not_before = following.allowed_at = not_before
                following.number = self._marks.of(number, channel)
                steps.sends.append(following)
                steps.contacts[following.id] = contact
            case reach.OweCall(reason):
                following = _on(notice, NoticeChannel.CALLBACK)
                window = callbacks.window(self._calendar, contact.wishes, now, urgent=notice.urgent)
                following.owe_call(now, reason, window)
                steps.calls.append(following)

    async def _write(self, steps: _Steps) -> None:
        """What follows first, then that it follows: after a crash in between it is found written."""
        await self._bookings.insert_again(steps.written, steps.contacts)
        if steps.sends:
            await self._bookings.insert(steps.sends, steps.contacts)
        if steps.calls:
            existing = await self._notices.insert(steps.calls)
            self._outgoing.put([call for call in steps.calls if call.id not in existing])
        losers = await self._notices.save(steps.over)
        self._outgoing.put([each for each in steps.over if each.id not in losers and each.outbox])
        for notice in (await self._notices.load(losers)).values() if losers else ():
            if notice.is_proved:  # just now
                await self._proofs.spare(notice)


def _on(notice: Notice, channel: NoticeChannel, rungs: Sequence[NoticeChannel] = ()) -> Notice:
    following = notice.on(channel, clock.now(), rungs)
    following.after = [*notice.after, *([notice.channel] if _may_have_told(notice) else ())]
    return following


def _may_have_told(notice: Notice) -> bool:
    return notice.state is State.SENT_TO_GATEWAY or notice.reason is NoticeReason.ANSWER_LOST


def _is_overtaken(notice: Notice, known: Sequence[Notice]) -> bool:
    """Whether newer news of the case tells all."""
    return any(each.case_sequence > notice.case_sequence for each in known)


def _followers(notice: Notice, known: Sequence[Notice]) -> list[Notice]:
    """What follows on it already."""
    below = {*notice.rungs, NoticeChannel.CALLBACK}
    same = (each for each in known if each.case_event == notice.case_event and each.id != notice.id)
    return [each for each in same if each.channel in below and not each.alone]
