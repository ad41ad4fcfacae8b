"""What the Desk and the centres read and order: calls that are owed, and messages that may or may not have gone out."""

from collections.abc import Callable
from enum import StrEnum

from legalaid import clock
from legalaid.events.words import NoticeReason
from legalaid.store import Decided, Outgoing
from legalaid.telemetry import tracing
from notify.notice import Notice, State
from notify.store import Notices

_DESK = "DESK"


class Choice(StrEnum):
    """What to do with a message that may or may not have gone out."""

    RESEND = "resend"
    DROP = "drop"


class NoNoticeError(Exception):
    """There is no such notice, or it is another centre's: nobody may learn which."""


class ChangedError(Exception):
    """The notice is no longer, or not yet, in the state that the order is about."""


class Desk:
    """Reads and changes notices for a ``centre``: its own alone, or all of them for the Desk."""

    def __init__(self, notices: Notices, outgoing: Outgoing[Notice]) -> None:
        self._notices = notices
        self._outgoing = outgoing

    async def case_of(self, notice_id: str) -> str | None:
        """The case that a notice tells of; None when there is no such notice."""
        notice = (await self._notices.load([notice_id])).get(notice_id)
        return notice.case_id if notice else None

    async def owed(self, centre: str | None, limit: int) -> list[Notice]:
        """The calls that are owed, those due first."""
        return await self._list(State.CALLBACK_OWED, "due_at", centre, limit)

    async def in_doubt(self, centre: str | None, limit: int) -> list[Notice]:
        """The messages of which nobody can say whether they went out, the oldest first."""
        return await self._list(State.UNKNOWN, "changed_at", centre, limit)

    async def called(self, notice_id: str, centre: str | None, *, cause: str) -> Notice:
        """Somebody made the call that was owed. Raises ``NoNoticeError`` or ``ChangedError``."""
        return await self._change(
            notice_id,
            centre,
            State.CALLBACK_OWED,
            State.CALLBACK_DONE,
            lambda notice: notice.call_done(clock.now(), cause=cause),
        )

    async def decide(self, notice_id: str, centre: str | None, choice: Choice, *, cause: str) -> Notice:
        """Send a message in doubt again, or leave it. Raises ``NoNoticeError`` or ``ChangedError``."""
        if choice is Choice.RESEND:
            return await self._change(
                notice_id, centre, State.UNKNOWN, State.PENDING, lambda notice: notice.put_off(clock.now())
            )
        return await self._change(
            notice_id,
            centre,
            State.UNKNOWN,
            State.CANCELLED,
            lambda notice: notice.cancel(clock.now(), NoticeReason.ANSWER_LOST, cause=cause),
        )

    async def _list(self, state: State, order: str, centre: str | None, limit: int) -> list[Notice]:
        query = {"state": state.value} | ({} if centre == _DESK else {"owner": centre or ""})
        return await self._notices.find(query, sort=order, limit=limit)

    async def _change(
        self, notice_id: str, centre: str | None, before: State, after: State, decide: Callable[[Notice], None]
    ) -> Notice:
        """Apply a decision to a notice in ``before``; one that is in ``after`` already is answered as it is."""

        async def decided(notice: Notice | None) -> Decided[Notice, Notice]:
            if notice is None or centre not in {_DESK, notice.owner}:
                raise NoNoticeError
            tracing.about(notice.correlation_id, step="decide:notice")
            if notice.state is after:
                return Decided(notice)
            if notice.state is not before:
                raise ChangedError
            decide(notice)
            return Decided(notice, write=notice)

        done = await self._notices.change(notice_id, decided)
        if done.write is not None:
            self._outgoing.put([done.write])
        return done.answer
