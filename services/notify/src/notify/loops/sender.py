"""The sender loop: takes up what is due, sends it, writes what became of it (docs/sending.md).

The order is the promise: SENDING is durable before the gateway is called, the outcome is written after. Several senders
may run at once; each taking-up is one update that only one of them wins.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from legalaid import clock
from legalaid.errors import PermanentError, TransientError
from legalaid.events.people import Contact
from legalaid.health import Check
from legalaid.sealed import Keyring
from legalaid.service import Part, pause
from legalaid.store import GroupCommit, Outgoing
from notify import metrics
from notify.loops.attempt import Attempt
from notify.notice import Notice
from notify.settings import SenderSettings
from notify.store import Notices

log = structlog.get_logger()

_OUTCOMES_AT_ONCE = 50
_STORE_AGAIN_SECONDS = 0.5
_DRAIN_SECONDS = 20.0
_STUCK_SECONDS = 60.0


class Sender:
    """Sends notices. A consumer in the same process hands over what it has just written, and wakes it."""

    def __init__(
        self, notices: Notices, keyring: Keyring, attempt: Attempt, outgoing: Outgoing[Notice], settings: SenderSettings
    ) -> None:
        self._notices = notices
        self._keyring = keyring
        self._attempt = attempt
        self._outgoing = outgoing
        self._settings = settings
        self._free = 0
        self._awake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._outcomes = GroupCommit(self._write_outcomes, most=_OUTCOMES_AT_ONCE)
        self._turned_at = clock.elapsed()
        self._settles_at = 0.0
        self._more = False
        """Whether notices wait that there was no room for."""

    def part(self) -> Part:
        """The part of the service that sends."""
        return Part("sender", self._run)

    def live(self) -> Check:
        """Whether the loop turns."""
        age = clock.elapsed() - self._turned_at
        return Check("sender", ok=age < _STUCK_SECONDS, detail="" if age < _STUCK_SECONDS else "the loop stands still")

    def reserve(self, wanted: int) -> int:
        """Take room for at most ``wanted`` messages; none where no sender runs in this process, or it is ending."""
        granted = max(0, min(wanted, self._free))
        self._free -= granted
        return granted

    def release(self, count: int) -> None:
        """Give back room."""
        self._free += count

    def lease(self) -> datetime:
        """Until when a notice taken up now is ours, in real time."""
        return clock.real_now() + timedelta(seconds=self._settings.lease_seconds)

    def begin(self, notice: Notice, contact: Contact | None) -> None:
        """Send a notice that is durably SENDING, within room that was reserved."""
        self._spawn(self._through(notice, contact, settling=False))

    def wake(self) -> None:
        """Something may be due."""
        self._awake.set()

    async def _run(self, stop: asyncio.Event) -> None:
        self._free = self._settings.at_once
        stopping = asyncio.create_task(self._wake_when(stop))
        try:
            while not stop.is_set():
                self._turned_at = clock.elapsed()
                if not await self._turn():
                    await self._rest()
        finally:
            stopping.cancel()
            self._free = -self._settings.at_once  # whatever is given back from now on, nothing is begun any more
            await self._drain()

    async def _turn(self) -> bool:
        """Take up what there is room for. Returns whether there is room for more that waits."""
        try:
            if clock.elapsed() >= self._settles_at:
                self._settles_at = clock.elapsed() + self._settings.poll_seconds
                await self._take(abandoned=True)
            self._more = await self._take(abandoned=False)
        except TransientError:
            log.warning("sender_waits_for_store", exc_info=True)
            return False
        return self._more and self._free > 0

    async def _take(self, *, abandoned: bool) -> bool:
        """Returns whether more may be waiting than there was room for."""
        room = self.reserve(self._settings.at_once)
        begun = 0
        try:
            if not room:
                return True
            if abandoned:
                taken = await self._notices.claim_abandoned(clock.real_now(), self.lease(), room)
            else:
                taken = await self._notices.claim_due(clock.now(), self.lease(), room)
            for notice, contact in await self._opened(taken):
                begun += 1
                self._spawn(self._through(notice, contact, settling=abandoned))
            return len(taken) == room
        finally:
            self.release(room - begun)

    async def _opened(self, notices: Sequence[Notice]) -> list[tuple[Notice, Contact | None]]:
        """``_open``, however long the store is away: what was claimed would end in doubt for nothing."""
        while True:
            try:
                return await self._open(notices)
            except TransientError:
                log.warning("sender_waits_for_keys", exc_info=True)
                await asyncio.sleep(_STORE_AGAIN_SECONDS)

    async def _open(self, notices: Sequence[Notice]) -> list[tuple[Notice, Contact | None]]:
        """With each notice its contact, None for who was erased.

        One that cannot be opened is left out and alarms again whenever its lease runs out; it keeps nobody else back.
        """
        keys = await self._keyring.fetch({notice.case_id for notice in notices})
        opened: list[tuple[Notice, Contact | None]] = []
        for notice in notices:
            own = keys.get(notice.case_id)
            try:
                opened.append((notice, own.open(notice.contact, Contact) if own else None))
            except PermanentError:
                metrics.FAILURES.inc()
                log.exception("notice_unreadable", notice=notice.id)
        return opened

    async def _through(self, notice: Notice, contact: Contact | None, *, settling: bool) -> None:
        """One notice: the work on it, then its outcome, then its room is free again."""
        try:
            if settling:
                await self._attempt.settle(notice)
            else:
                await self._attempt.send(notice, contact)
            await self._outcomes.submit(notice)
        except Exception:
            metrics.FAILURES.inc()
            log.exception("notice_left_in_doubt", notice=notice.id)  # its lease runs out, and it is settled then
        finally:
            self.release(1)
            if self._more:
                self.wake()

    async def _write_outcomes(self, notices: list[Notice]) -> list[Exception | None]:
        """Write many outcomes at once, however long the store is away; then tell of them."""
        written = await self._written(notices)
        while written is None:
            await asyncio.sleep(_STORE_AGAIN_SECONDS)
            written = await self._written(notices)
        for notice in written:
            metrics.OUTCOMES.labels(notice.state.value, notice.channel.value).inc()
        self._outgoing.put(notice for notice in written if notice.outbox)
        return [None] * len(notices)

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

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

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
