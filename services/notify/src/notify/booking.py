"""Who may send which message: from the claim until its outcome is written (docs/sending.md draws it).

A booking is one message under one claim: the notices that it tells are SENDING, durably, before anybody calls the
gateway, and the claim is a lease. Whoever sends acknowledges the booking by writing what became of its notices. What
nobody acknowledges before its lease ends is claimed again by somebody, who settles what became of it.

Bookings are made in two ways, and used in one: out of the store by what is due or abandoned, and at birth by a consumer
in the same process, so that a new notice is sent without a second read or write. Each takes a place in the room that
this process has, and gives it back when it is acknowledged.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from legalaid import clock, ids
from legalaid.errors import TransientError
from legalaid.events.people import Contact
from legalaid.store import GroupCommit, Outgoing, TakenError
from notify import metrics
from notify.attempts import Ended
from notify.choosing import Choosing
from notify.notice import Notice, State
from notify.rules import joining, pacing
from notify.settings import SenderSettings
from notify.store import Notices

log = structlog.get_logger()

_OUTCOMES_AT_ONCE = 50
_STORE_AGAIN_SECONDS = 0.5
_ROOM_TO_CLAIM = 4
"""While more waits than there is room for, a claim waits until a part of the room so large is free, or for a moment."""

Contacts = Mapping[str, Contact]
"""By notice, its opened box."""


@dataclass
class Booking:
    """One message that is ours to send, or to settle."""

    notices: list[Notice]
    """What it tells, all of one number; the first leads."""
    abandoned: bool = False
    """Whether somebody claimed it before, and may have sent it."""
    contacts: Contacts = field(default_factory=dict)
    """The boxes that are open already."""
    ended: list[Ended] = field(default_factory=list)
    """Attempts of it that are over, to be written with what became of it."""

    @property
    def lead(self) -> Notice:
        """Whose news it is, and whose slot it takes."""
        return self.notices[0]

    @property
    def request_id(self) -> str:
        """What the gateway knows the message by; a repeat has that of the message that it repeats."""
        return self.lead.message or self.lead.id

    @property
    def exceeds(self) -> bool:
        """Whether the number had all its messages of the day, so that a person calls instead."""
        return self.lead.number is not None and self.lead.slot is None and self.lead.message is None


class Bookings:
    """All claims of one process. Several processes may claim at once: each claim is won by one of them."""

    def __init__(
        self, notices: Notices, outgoing: Outgoing[Notice], choosing: Choosing, settings: SenderSettings
    ) -> None:
        self._notices = notices
        self._choosing = choosing
        self._outgoing = outgoing
        self._lease = timedelta(seconds=settings.lease_seconds)
        self._limits = pacing.Limits(settings.per_number_a_day, timedelta(seconds=settings.together_seconds))
        self._most = settings.at_once
        self._room = 0
        self._begin: Callable[[Booking], None] = _nobody
        self._unanswered: set[str | None] = set()
        """Claims of inserts whose answer was lost: their notices are nobody else's, and were not begun."""
        self._outcomes = GroupCommit(self._write_outcomes, most=_OUTCOMES_AT_ONCE)
        self.crowded = False
        """Whether more may be due than there was room for."""

    @property
    def room(self) -> int:
        """How many more messages may be begun."""
        return max(0, self._room)

    @property
    def wanting(self) -> bool:
        """Whether more may be due, and there is room for enough of it: to claim one costs as much as to claim many."""
        return self.crowded and self._room >= max(1, self._most // _ROOM_TO_CLAIM)

    def open(self, begin: Callable[[Booking], None]) -> None:
        """From now on there is room, and what a consumer claims at birth is handed to ``begin``."""
        self._begin, self._room = begin, self._most

    def close(self) -> None:
        """Whatever is given back from now on, nothing is begun any more."""
        self._room = -self._most

    async def claim_due(self) -> list[Booking]:
        """What is due, as far as there is room, and as far as the numbers that it goes to may get a message now."""
        await self._choosing.read()
        room = self._take(self._most)
        bookings: list[Booking] = []
        try:
            self.crowded = not room
            if room:
                bookings = await self._claim_due(room)
        finally:
            self._give_back(room - len(bookings))
        return bookings

    async def claim_abandoned(self) -> list[Booking]:
        """What nobody acknowledged before its lease ended, by the message that may have told it: to be settled."""
        room = self._take(self._most)
        bookings: list[Booking] = []
        try:
            if room:
                found = await self._notices.claim_abandoned(clock.real_now(), self._until(), room)
                messages: dict[str, list[Notice]] = {}
                for notice in sorted(found, key=lambda notice: notice.message not in {None, notice.id}):
                    messages.setdefault(notice.message or notice.id, []).append(notice)
                bookings = [Booking(notices, abandoned=True) for notices in messages.values()]
        finally:
            self._give_back(room - len(bookings))
        return bookings

    async def move(self, notices: Sequence[Notice], provider: str) -> bool:
        """Give what nobody took to another provider, durably, however long the store is away.

        Returns whether it is still ours.
        """
        claim, until = ids.random_id(), self._until()
        for notice in notices:
            notice.move(provider, claim, until, at=clock.now())
        written = await self._written_at_last(list(notices))
        versions = {notice.id: notice.version for notice in written}
        for notice in notices:
            notice.version = versions.get(notice.id, notice.version)
        return len(versions) == len(notices)

    async def acknowledge(self, booking: Booking) -> None:
        """Write what became of its notices, however long the store is away, and tell of it."""
        await self._outcomes.submit(booking)

    def release(self, booking: Booking) -> None:
        """Give back the place of one booking that is acknowledged, or that has to be left to its lease."""
        if booking.notices:
            self._choosing.forget(booking.lead.id)
        self._give_back(1)

    async def insert(self, new: Sequence[Notice], contacts: Contacts) -> set[str]:
        """Write new notices, claim at birth what may go now and there is room for, and hand that over.

        Returns the ids of those that somebody wrote before us.
        """
        claimed = self._claim_at_birth(new)
        written = False
        existing: set[str] = {notice.id for notice in claimed}
        try:
            existing = await self._insert(new)
            written = True
        except TransientError:
            self._unanswered.update(notice.claim for notice in claimed if notice.claim)
            raise
        finally:
            for notice in claimed:
                if written and notice.id not in existing and notice.state is State.SENDING:
                    self._begin(Booking([notice], contacts={notice.id: contacts[notice.id]}))
                else:
                    self._choosing.forget(notice.id)
                    self._give_back(1)
        return existing

    async def insert_again(self, repeated: Sequence[Notice], contacts: Contacts) -> None:
        """Rely on what was written before only once a majority holds it: the offset will be committed on it.

        What our own insert wrote, although its answer did not come back, is handed over now.
        """
        if repeated:
            await self._notices.confirm(repeated)
        for notice in repeated:
            if notice.state is not State.SENDING or notice.claim not in self._unanswered:
                continue
            if not self._take(1):
                raise TransientError("no room to send what was written: nobody else may before its lease ends")
            self._unanswered.discard(notice.claim)
            opened = {notice.id: contacts[notice.id]} if notice.id in contacts else {}
            self._begin(Booking([notice], contacts=opened))

    async def _claim_due(self, room: int) -> list[Booking]:
        now = clock.now()
        due = await self._notices.due(now, room)
        if not due:
            return []
        self.crowded = len(due) == room
        numbers = {each.number for each in due if each.number}
        together, taken = await self._notices.of_numbers(numbers, now) if numbers else ([], {})
        everything = {each.id: each for each in (*due, *together)}
        steps = joining.plan(everything.values(), taken, now, self._limits)
        wanted = [step for step in steps if isinstance(step, joining.OneMessage)]
        holds = [step for step in steps if isinstance(step, joining.Hold)]
        await self._hold(holds, now)
        self.crowded = self.crowded or len(wanted) > room
        claims = [self._to_a_provider(claim, everything[claim.ids[0]]) for claim in wanted[:room]]
        found = {notice.id: notice for notice in await self._notices.claim(claims, now, self._until())}
        groups = [(claim, [found[each] for each in claim.ids if each in found]) for claim in claims]
        return [made for claim, group in groups if (made := await self._booked(claim, group)) is not None]

    def _to_a_provider(self, claim: joining.OneMessage, lead: joining.Due) -> joining.OneMessage:
        if lead.message:  # a repeat: nobody else may get it
            return claim
        goes_to = self._choosing.first(lead.id, lead.template, lead.channel, urgent=lead.urgent, tries=lead.attempts)
        return replace(claim, provider=goes_to)

    async def _hold(self, holds: Sequence[joining.Hold], now: datetime) -> None:
        if holds:
            await self._notices.hold(holds, now)
        for hold in holds:
            if hold.full:
                metrics.CAPPED.labels("waits").inc(len(hold.ids))

    async def _booked(self, claim: joining.OneMessage, group: list[Notice]) -> Booking | None:
        """None where somebody took its slot, or its newest news, from us: the rest waits for the next turn."""
        if group and (claim.slot is None or group[0].id == claim.ids[0]):
            return Booking(group)
        self._choosing.forget(claim.ids[0])
        for notice in group:
            notice.put_off(clock.now())
        await self._notices.save(group)
        return None

    async def _insert(self, new: Sequence[Notice]) -> set[str]:
        """Insert; what was claimed for a slot that the number has used today is written unclaimed."""
        try:
            return await self._notices.insert(new, by_consumer=True)
        except TakenError as error:
            refused = [notice for notice in new if notice.id in error.taken]
            for notice in refused:
                notice.unclaim()
            return error.losers | await self._notices.insert(refused, by_consumer=True)

    def _claim_at_birth(self, new: Iterable[Notice]) -> list[Notice]:
        """The first message of a day to a number may go at once; whether another may, the store has to be asked."""
        now = clock.now()
        first: dict[str, Notice] = {}
        for notice in new:
            if notice.state is State.PENDING and notice.not_before <= now:
                first.setdefault(notice.number or notice.id, notice)
        claimed = list(first.values())[: self._take(len(first))]
        until = self._until()
        for notice in claimed:
            slot = pacing.first_slot(notice.number, now) if notice.number else None
            goes_to = self._choosing.first(notice.id, notice.template, notice.channel, urgent=notice.urgent, tries=0)
            notice.claim_for(ids.random_id(), until, slot=slot, at=now, provider=goes_to)
        return claimed

    def _until(self) -> datetime:
        return clock.real_now() + self._lease

    def _take(self, wanted: int) -> int:
        granted = max(0, min(wanted, self._room))
        self._room -= granted
        return granted

    def _give_back(self, count: int) -> None:
        self._room += count

    async def _write_outcomes(self, bookings: list[Booking]) -> list[Exception | None]:
        """Write many outcomes at once, however long the store is away; then tell of them."""
        notices = [notice for booking in bookings for notice in booking.notices]
        ended = [each for booking in bookings for each in booking.ended]
        written, _ = await asyncio.gather(self._written_at_last(notices), self._choosing.write(ended))
        for notice in written:
            metrics.OUTCOMES.labels(notice.state.value, notice.channel.value).inc()
        self._outgoing.put(notice for notice in written if notice.outbox)
        return [None] * len(bookings)

    async def _written_at_last(self, notices: list[Notice]) -> list[Notice]:
        written = await self._written(notices)
        while written is None:
            await asyncio.sleep(_STORE_AGAIN_SECONDS)
            written = await self._written(notices)
        return written

    async def _written(self, notices: list[Notice]) -> list[Notice] | None:
        """Those whose outcome is ours and stored; None while the store is away."""
        try:
            losers = await self._notices.save(notices)
            mine = await self._found_again([notice for notice in notices if notice.id in losers])
        except TransientError:
            log.warning("outcomes_wait_for_store", notices=len(notices), exc_info=True)
            return None
        return [notice for notice in notices if notice.id not in losers] + mine

    async def _found_again(self, losers: Sequence[Notice]) -> list[Notice]:
        """Which of the losers lost only against themselves: written by a save whose answer did not come back."""
        stored = await self._notices.load([notice.id for notice in losers]) if losers else {}
        found = []
        for notice in losers:
            current = stored.get(notice.id)
            if current and (current.claim, current.state) == (notice.claim, notice.state):
                found.append(current)
            else:
                log.warning("outcome_overtaken", notice=notice.id, state=notice.state.value)
        return found


def _nobody(_booking: Booking) -> None:
    raise RuntimeError("a booking was made where nobody sends")
