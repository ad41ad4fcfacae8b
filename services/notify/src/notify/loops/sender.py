"""The sender loop: takes up what is due, sends it, writes what became of it (docs/sending.md).

The order is the promise: SENDING is durable before the gateway is called, the outcome is written after. Several senders
may run at once; each taking-up is one update that only one of them wins.
"""

import asyncio
from collections.abc import Mapping, Sequence

import structlog

from legalaid import clock
from legalaid.errors import PermanentError, TransientError
from legalaid.events.people import Contact
from legalaid.health import Check
from legalaid.sealed import Keyring, Keys
from legalaid.service import Part, pause
from notify import metrics
from notify.booking import Booking, Bookings
from notify.loops.attempt import Attempt
from notify.loops.climber import Climber
from notify.settings import SenderSettings
from notify.suppression import Suppression

log = structlog.get_logger()

_STORE_AGAIN_SECONDS = 0.5
_DRAIN_SECONDS = 20.0
_STUCK_SECONDS = 60.0


class Sender:
    """Sends what is booked, by this loop or at birth by a consumer in the same process, which wakes it besides."""

    def __init__(
        self,
        bookings: Bookings,
        keyring: Keyring,
        attempt: Attempt,
        climber: Climber,
        suppression: Suppression,
        settings: SenderSettings,
    ) -> None:
        self._bookings = bookings
        self._climber = climber
        self._suppression = suppression
        self._keyring = keyring
        self._attempt = attempt
        self._settings = settings
        self._awake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._turned_at = clock.elapsed()
        self._settles_at = 0.0
        self._climbs_at = 0.0

    def part(self) -> Part:
        """The part of the service that sends."""
        return Part("sender", self._run)

    def live(self) -> Check:
        """Whether the loop turns."""
        age = clock.elapsed() - self._turned_at
        return Check("sender", ok=age < _STUCK_SECONDS, detail="" if age < _STUCK_SECONDS else "the loop stands still")

    def wake(self) -> None:
        """Something may be due."""
        self._awake.set()

    async def _run(self, stop: asyncio.Event) -> None:
        await self._look_first(stop)
        self._bookings.open(self._begin)
        stopping = asyncio.create_task(self._wake_when(stop))
        try:
            while not stop.is_set():
                self._turned_at = clock.elapsed()
                if not await self._turn():
                    await self._rest()
        finally:
            stopping.cancel()
            self._bookings.close()
            await self._drain()

    async def _look_first(self, stop: asyncio.Event) -> None:
        """Nothing is sent before we know who wants no more messages."""
        while not stop.is_set():
            try:
                await self._attempt.look()
            except TransientError:
                log.warning("sender_waits_for_store", exc_info=True)
                self._turned_at = clock.elapsed()
                await asyncio.sleep(_STORE_AGAIN_SECONDS)
            else:
                return

    async def _turn(self) -> bool:
        """Take up what there is room for. Returns whether there is room for more that waits."""
        try:
            if clock.elapsed() >= self._settles_at:
                self._settles_at = clock.elapsed() + self._settings.poll_seconds
                await self._attempt.look()
                await self._begin_all(await self._bookings.claim_abandoned())
            await self._begin_all(await self._bookings.claim_due())
            if clock.elapsed() >= self._climbs_at:
                self._climbs_at = clock.elapsed() + self._settings.climb_seconds
                await self._suppression.keep_in_step()
                if await self._climber.climb():  # there may be more
                    self._climbs_at = 0.0
        except TransientError:
            log.warning("sender_waits_for_store", exc_info=True)
            return False
        return self._bookings.wanting

    async def _begin_all(self, bookings: Sequence[Booking]) -> None:
        keys = await self._keys_of({notice.case_id for booking in bookings for notice in booking.notices})
        for booking in bookings:
            self._open(booking, keys)
            if booking.notices:
                self._begin(booking)
            else:
                self._bookings.release(booking)

    async def _keys_of(self, case_ids: set[str]) -> Mapping[str, Keys]:
        """However long the store is away: what was claimed would end in doubt for nothing."""
        while True:
            try:
                return await self._keyring.fetch(case_ids)
            except TransientError:
                log.warning("sender_waits_for_keys", exc_info=True)
                await asyncio.sleep(_STORE_AGAIN_SECONDS)

    def _open(self, booking: Booking, keys: Mapping[str, Keys]) -> None:
        """Give each notice its contact; who was erased has none.

        One that cannot be opened is left out and alarms again whenever its lease runs out; it keeps nobody else back.
        """
        contacts: dict[str, Contact] = {}
        unreadable = set[str]()
        for notice in booking.notices:
            own = keys.get(notice.case_id)
            try:
                if own is not None:
                    contacts[notice.id] = own.open(notice.contact, Contact)
            except PermanentError:
                metrics.FAILURES.inc()
                log.exception("notice_unreadable", notice=notice.id)
                unreadable.add(notice.id)
        booking.contacts = contacts
        booking.notices = [notice for notice in booking.notices if notice.id not in unreadable]

    def _begin(self, booking: Booking) -> None:
        task = asyncio.create_task(self._through(booking))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _through(self, booking: Booking) -> None:
        """One booking: the work on it, then its outcome, then its room is free again."""
        try:
            if booking.abandoned:
                await self._attempt.settle(booking)
            else:
                await self._attempt.send(booking, self._bookings.move)
            await self._bookings.acknowledge(booking)
            if any(notice.next_at is not None and notice.next_at <= clock.now() for notice in booking.notices):
                self._climbs_at = 0.0
                self.wake()
        except Exception:
            metrics.FAILURES.inc()
            log.exception("notice_left_in_doubt", notice=booking.lead.id)  # its lease runs out, and it is settled then
        finally:
            self._bookings.release(booking)
            if self._bookings.wanting:
                self.wake()

    async def _rest(self) -> None:
        """Until somebody wakes us, or it is time to ask the store again."""
        await pause(self._awake, self._settings.poll_seconds)
        self._awake.clear()

    async def _wake_when(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self.wake()

    async def _drain(self) -> None:
        """Finish what was begun. What is not finished in time stays SENDING, and is settled by another sender."""
        ends = clock.elapsed() + _DRAIN_SECONDS
        while self._tasks and clock.elapsed() < ends:
            await asyncio.wait(set(self._tasks), timeout=ends - clock.elapsed())
        for task in set(self._tasks):
            task.cancel()
