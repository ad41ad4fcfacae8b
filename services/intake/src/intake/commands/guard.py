"""Against guessing receipt codes and numbers: a count of failed status checks for each, with an end."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from intake.settings import GuardSettings
from intake.store import DATABASE
from legalaid import clock
from legalaid.errors import TransientError
from legalaid.sealed import BlindIndex
from legalaid.store import DuplicateKeyError, Index, Store, create_indexes, transient

_PURPOSE: Final = "attempts"
_TRIES: Final = 5


class TooManyError(Exception):
    """Too many failed attempts; the next may be made after ``retry_after`` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("too many attempts")
        self.retry_after = retry_after


class Attempt:
    """One status check, counted as failed until it is told that it succeeded."""

    def __init__(self, guard: "Guard", names: list[str]) -> None:
        self._guard = guard
        self._names = names

    async def succeeded(self) -> None:
        """Who knows a code and its number may ask as often as they like."""
        await self._guard.take_back(self._names)


class Guard:
    """Counts by receipt code, by number and by client, in windows of fixed length that all processes share.

    Codes and numbers are counted under marks of the blind index, not as they were given.
    """

    def __init__(self, store: Store, index: BlindIndex, settings: GuardSettings) -> None:
        self._counts = store.collection(DATABASE, "attempts")
        self._index = index
        self._settings = settings

    async def create_indexes(self) -> None:
        """Let the store forget windows that are over."""
        await create_indexes(self._counts, [Index("expires_at", expire_after_seconds=0)])

    async def begin(self, receipt_code: str, phone: str, client: str) -> Attempt:
        """Count an attempt before it is looked at, so that many at once gain nothing. Raises ``TooManyError``."""
        seconds = self._settings.window_seconds
        now = clock.real_now()
        window = int(now.timestamp()) // seconds
        ends = datetime.fromtimestamp((window + 1) * seconds, UTC)
        limits = {
            self._name("code", receipt_code, window): self._settings.per_code,
            self._name("phone", phone, window): self._settings.per_phone,
            self._name("client", client, window): self._settings.per_client,
        }
        counts = await asyncio.gather(*(self._add(name, ends) for name in limits))
        if any(count > limit for count, limit in zip(counts, limits.values(), strict=True)):
            raise TooManyError(max(1, int((ends - now).total_seconds())))
        return Attempt(self, list(limits))

    async def take_back(self, names: list[str]) -> None:
        """Uncount an attempt."""
        with transient():
            await self._counts.update_many({"_id": {"$in": names}}, {"$inc": {"count": -1}})

    def _name(self, kind: str, value: str, window: int) -> str:
        return f"{kind}:{self._index.mark(_PURPOSE, value.encode())}:{window}"

    async def _add(self, name: str, ends: datetime) -> int:
        update: dict[str, Any] = {"$inc": {"count": 1}, "$setOnInsert": {"expires_at": ends + timedelta(minutes=1)}}
        for _ in range(_TRIES):
            try:
                with transient():
                    found = await self._counts.find_one_and_update(
                        {"_id": name}, update, upsert=True, return_document=True
                    )
            except DuplicateKeyError:  # two first attempts at once: one made the document, the other now finds it
                continue
            if found is not None:  # a server may also answer a lost race with nothing
                return int(found["count"])
        raise TransientError("an attempt could not be counted")
