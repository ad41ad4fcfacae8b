"""Numbers and devices that a channel does not reach: known by a keyed mark, for a while, not to be tried in vain.

What is lost here costs a message in vain, and no promise: each process keeps the marks in memory and the store in step
now and then.
"""

from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import structlog

from legalaid import clock
from legalaid.errors import TransientError
from legalaid.events.words import NoticeChannel
from legalaid.store import Index, Store, create_indexes, transient
from notify.marks import Marks

log = structlog.get_logger()

_HOLDS: Final = timedelta(days=30)
"""A number that was given up is somebody else's after some weeks."""
_EACH_SECONDS: Final = 30.0
_OVERLAP: Final = timedelta(minutes=2)
"""So much is read again: another process's clock may be behind, or its write may take a while."""


class Unreached(Protocol):
    """Which numbers and devices a channel does not reach, as somebody remembers it."""

    def is_unreached(self, channel: NoticeChannel, recipient: str) -> bool:
        """Whether it is not to be tried now."""
        ...

    def found_unreached(self, channel: NoticeChannel, recipient: str) -> None:
        """A gateway said that the channel will never reach it."""
        ...


class Suppression:
    """The marks, each until an instant (real time)."""

    def __init__(self, store: Store, database: str, marks: Marks) -> None:
        self._collection = store.collection(database, "unreached")
        self._marks = marks
        self._until: dict[str, datetime] = {}
        self._new: dict[str, datetime] = {}
        self._read_to: datetime | None = None
        self._again_at = 0.0

    async def create_indexes(self) -> None:
        """Create what is missing; at the start of every process."""
        await create_indexes(self._collection, [Index("until", expire_after_seconds=0)])

    def is_unreached(self, channel: NoticeChannel, recipient: str) -> bool:
        """As ``Unreached``."""
        if not self._until:
            return False
        until = self._until.get(self._marks.unreached(recipient, channel))
        return until is not None and clock.real_now() < until

    def found_unreached(self, channel: NoticeChannel, recipient: str) -> None:
        """As ``Unreached``."""
        mark = self._marks.unreached(recipient, channel)
        self._until[mark] = self._new[mark] = clock.real_now() + _HOLDS

    async def keep_in_step(self) -> None:
        """Write what is new here, and read what others wrote, if it is time. A store that is away changes nothing."""
        if clock.elapsed() < self._again_at:
            return
        self._again_at = clock.elapsed() + _EACH_SECONDS
        try:
            await self._write()
            await self._read()
        except TransientError:
            log.warning("suppression_waits_for_store", exc_info=True)

    async def _write(self) -> None:
        while self._new:
            mark, until = next(iter(self._new.items()))
            with transient():
                await self._collection.update_one({"_id": mark}, {"$max": {"until": until}}, upsert=True)
            self._new.pop(mark)

    async def _read(self) -> None:
        at = clock.real_now()
        since = self._read_to or at - _HOLDS
        query: dict[str, Any] = {"until": {"$gte": since + _HOLDS - _OVERLAP}} if self._read_to else {}
        with transient():
            found = await self._collection.find(query).to_list(None)
        self._read_to = at
        self._until = {mark: until for mark, until in self._until.items() if until > at}
        self._until.update((each["_id"], each["until"]) for each in found)
