"""Case events in, notices out. Nothing is sent here: a sender does that, woken at once."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from legalaid import ids
from legalaid.bus import Batch
from legalaid.errors import TransientError
from legalaid.events import Event
from legalaid.events.cases import CaseState
from legalaid.events.people import Contact
from legalaid.events.words import CaseKind, NoticeChannel, NoticeReason
from legalaid.sealed import Keyring, Keys
from legalaid.store import Publisher, publish_outboxes
from legalaid.vietnam.calendar import WorkingCalendar
from notify import texts
from notify.booking import Bookings
from notify.marks import Marks
from notify.notice import Notice, State
from notify.rules import callbacks, reach
from notify.rules.ladder import Ladders
from notify.rules.news import LastTold, news
from notify.rules.urgency import wakes
from notify.store import Notices

_CLOCK_AHEAD = timedelta(hours=2)
"""So far ahead may be the clock of whoever asked: what need not wait is due for all senders, by whatever clock."""


@dataclass
class _Changes:
    """What a batch leads to."""

    new: list[Notice] = field(default_factory=list)
    changed: dict[str, Notice] = field(default_factory=dict)
    repeated: list[Notice] = field(default_factory=list)
    """Written before; a crash may have kept what they told from being published."""
    contacts: dict[str, Contact] = field(default_factory=dict)
    """The opened boxes, so that the sender need not open them again."""


class Handlers:
    """What notify does with case events."""

    def __init__(
        self,
        notices: Notices,
        bookings: Bookings,
        keyring: Keyring,
        marks: Marks,
        publisher: Publisher,
        calendar: WorkingCalendar,
        wake: Callable[[], None],
        ladders: Ladders,
    ) -> None:
        self._notices = notices
        self._keyring = keyring
        self._publisher = publisher
        self._calendar = calendar
        self._bookings = bookings
        self._marks = marks
        self._wake = wake
        self._ladders = ladders

    async def on_cases(self, batch: Batch) -> None:
        """Write the notices of a batch; a batch that was handled before changes nothing and is told again."""
        events = [event for event in batch.events if event.data.kind is CaseKind.REQUEST]
        if not events:
            return
        case_ids = {event.subject for event in events}
        keys, known = await asyncio.gather(self._keyring.fetch(case_ids), self._notices.of_cases(case_ids))
        changes = _Changes()
        for event in events:
            self._decide(event, keys.get(event.subject), known[event.subject], changes)
        await self._write(changes)

    def _decide(self, event: Event[Any], keys: Keys | None, known: list[Notice], changes: _Changes) -> None:
        again = [notice for notice in known if notice.case_event == event.id]
        state: CaseState = event.data
        contact = keys.open(state.contact, Contact) if keys else None
        if again:
            changes.repeated += again
            if contact is not None:
                changes.contacts.update(dict.fromkeys((notice.id for notice in again), contact))
                changes.new += self._beside(again, contact, changes)
            return
        older = [notice for notice in known if notice.case_sequence < event.sequence]
        told = LastTold(older[-1].template, older[-1].owner) if older else None
        template = news(event, told)
        if template is None:
            self._apply_wishes(event, contact, older, changes)
            return
        notice = _notice(event, template)
        if contact is None:
            notice.cancel(event.time, NoticeReason.ERASED)
        elif len(older) < len(known):
            notice.cancel(event.time, NoticeReason.SUPERSEDED)
        else:
            self._choose_way(notice, contact)
            changes.contacts[notice.id] = contact
            for waiting in _waiting(older):
                if _is_overtaken(waiting, event):
                    waiting.cancel(event.time, NoticeReason.SUPERSEDED, cause=event.id)
                    changes.changed[waiting.id] = waiting
        new = [notice, *(self._beside([notice], contact, changes) if contact is not None else ())]
        changes.new += new
        known += new
        known.sort(key=lambda each: each.case_sequence)

    def _choose_way(self, notice: Notice, contact: Contact) -> None:
        at, ladder = notice.requested_at, self._ladders.of(urgent=notice.urgent)
        match reach.way(contact, urgent=notice.wakes, at=at, channels=ladder.order, danger=notice.urgent):
            case reach.Send() as send:
                notice.begin_on(send.channel, send.rungs)
                notice.beside = [each for each in ladder.beside if reach.is_open(contact, each, danger=notice.urgent)]
                self._let_go(notice, send)
            case reach.OweCall(reason):
                notice.owe_call(at, reason, callbacks.window(self._calendar, contact.wishes, at, urgent=notice.urgent))
            case reach.Nothing(reason):
                notice.cancel(at, reason)

    def _let_go(self, notice: Notice, send: reach.Send) -> None:
        """From when it may go, and by which number it is counted: that of a device is not ours to count."""
        at = notice.requested_at
        notice.number = self._marks.of(send.number, send.channel)
        notice.allowed_at = send.not_before
        notice.not_before = send.not_before if send.not_before > at else at - _CLOCK_AHEAD

    def _beside(self, written: Sequence[Notice], contact: Contact, changes: _Changes) -> list[Notice]:
        """What goes out at once with what is written of an event, as far as a crash left it unwritten."""
        missing: list[Notice] = []
        for first in written:
            for channel in first.beside:
                way = reach.way(contact, urgent=first.wakes, at=first.requested_at, channels=[channel])
                beside = first.on(channel, first.requested_at)
                if isinstance(way, reach.Send) and all(each.id != beside.id for each in written):
                    beside.alone = True
                    self._let_go(beside, way)
                    missing.append(beside)
        changes.contacts.update((each.id, contact) for each in missing)
        return missing

    def _apply_wishes(
        self, event: Event[Any], contact: Contact | None, older: Sequence[Notice], changes: _Changes
    ) -> None:
        """No news, but perhaps other wishes: they hold for what is still waiting."""
        for waiting in [*_waiting(older), *(notice for notice in older if notice.next_at is not None)]:
            if waiting.contact_sequence >= event.sequence:
                continue
            waiting.contact, waiting.contact_sequence = event.data.contact, event.sequence
            mark = self._marks.of(reach.number(contact), waiting.channel) if contact else None
            if waiting.state is State.PENDING and waiting.message is None and mark is not None:
                waiting.number = mark
            if waiting.state is State.CALLBACK_OWED and contact is not None and not contact.wishes.call:
                waiting.cancel(event.time, NoticeReason.NO_CHANNEL_WANTED, cause=event.id)
            elif waiting.state is State.CALLBACK_OWED and contact is not None:
                waiting.call_within(
                    callbacks.window(self._calendar, contact.wishes, waiting.changed_at, urgent=waiting.urgent)
                )
            changes.changed[waiting.id] = waiting

    async def _write(self, changes: _Changes) -> None:
        born = {notice.id for notice in changes.new}
        changed = [notice for notice in changes.changed.values() if notice.id not in born]
        if await self._notices.save(changed, by_consumer=True):
            raise TransientError("a notice was taken up while its case changed")
        repeated = [notice for notice in changes.repeated if notice.id not in born]
        await self._bookings.insert_again(repeated, changes.contacts)
        existing: set[str] = set()
        for notices in _one_per_case(changes.new):
            existing |= await self._bookings.insert(notices, changes.contacts)
        if any(notice.state is State.PENDING for notice in changes.new):
            self._wake()
        if existing:
            raise TransientError("somebody else wrote these notices: look at theirs")
        told = {notice.id: notice for notice in (*changes.repeated, *changed, *changes.new) if notice.outbox}
        await publish_outboxes(self._publisher, self._notices, told.values())


def _waiting(notices: Iterable[Notice]) -> list[Notice]:
    return [notice for notice in notices if notice.state in {State.PENDING, State.CALLBACK_OWED}]


def _is_overtaken(waiting: Notice, event: Event[Any]) -> bool:
    """Whether newer news makes this one needless: a call can tell both, and so can a message after the silent hours.

    It hangs on the events alone, never on how far a sender has come, so that a replay ends as the first run did.
    """
    return waiting.state is State.CALLBACK_OWED or waiting.allowed_at > event.time


def _one_per_case(notices: Iterable[Notice]) -> list[list[Notice]]:
    """The notices in rounds, each with one of a case.

    A batch that is cut off between two rounds leaves the older news written, so that the newer is still news when it
    is delivered again; one unordered write could leave the newer alone.
    """
    rounds: list[list[Notice]] = []
    seen: dict[str, int] = {}
    for notice in notices:
        number = seen.get(notice.case_id, 0)
        seen[notice.case_id] = number + 1
        if number == len(rounds):
            rounds.append([])
        rounds[number].append(notice)
    return rounds


def _notice(event: Event[Any], template: str) -> Notice:
    """The notice of an event. Its id names the channel that is tried first, whatever it ends as."""
    state: CaseState = event.data
    return Notice(
        id=ids.notice_id(event.id, template, NoticeChannel.SMS),
        case_id=state.case_id,
        case_event=event.id,
        case_sequence=event.sequence,
        correlation_id=event.correlation_id,
        traceparent=event.traceparent,
        template=template,
        template_version=texts.templates()[template].version,
        owner=state.owner.code if state.owner else None,
        owner_name=state.owner.name if state.owner else None,
        province=state.province,
        receipt_code=state.receipt_code,
        urgent=state.urgent,
        wakes=wakes(event),
        requested_at=event.time,
        changed_at=event.time,
        contact=state.contact,
        contact_sequence=event.sequence,
        not_before=event.time,
        allowed_at=event.time,
    )
