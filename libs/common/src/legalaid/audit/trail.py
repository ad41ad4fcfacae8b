"""The record of one service, in the service's own database. Several processes append to it."""

from collections.abc import AsyncIterator
from datetime import UTC
from typing import Any, Final

from legalaid import clock
from legalaid.audit.chain import Access, Head, StoredEntry, chained
from legalaid.errors import TransientError
from legalaid.service import Resource
from legalaid.store import GroupCommit, Index, Store, append, create_indexes, majority_reads, transient
from legalaid.store.races import TRIES, part_rivals
from legalaid.telemetry import metrics

_COLLECTION: Final = "access"
_INDEXES: Final = (Index(("case", "_id"), sparse=True), Index(("subject", "_id")))
_PAGE: Final = 200
"""Entries that are read at once: to check them takes the process some milliseconds, in which it does nothing else."""
_WHOLE: Final = ["int", "long"]
_NUMBER: Final = [*_WHOLE, "double"]


class Trail:
    """Appends accesses, each durable before ``record`` returns; those of one moment share a write."""

    def __init__(self, store: Store, service: str) -> None:
        self.service = service
        self._collection = store.collection(service, _COLLECTION)
        self._head: Head | None = None
        self._group: GroupCommit[Access, None] = GroupCommit(self._commit)

    def resource(self) -> Resource:
        """Creates the indexes and the first entry."""
        return Resource("access record", open=self.begin, lasting=True)

    async def begin(self) -> None:
        """Create what is missing, and the first entry: an empty record is a lost one."""
        await create_indexes(self._collection, _INDEXES)
        if await self._find_head() == Head():
            first = Access(at=now(), action="record.begin", subject=self.service, client=self.service)
            await append(self._collection, [entry.to_document() for entry in chained([first], Head())])

    async def record(self, access: Access) -> None:
        """Return when a majority holds the entry. Raises ``TransientError``: then nothing may be shown or done."""
        await self._group.submit(access)

    async def find(self, *, case: str | None, subject: str | None, after: int, limit: int) -> list[StoredEntry]:
        """What stands after sequence ``after``, the oldest first, whether or not it still is what was written.

        What has no whole number for its place is not found here; the check tells of it.
        """
        query: dict[str, Any] = {"_id": {"$gt": after, "$type": _WHOLE}}
        query |= {name: value for name, value in (("case", case), ("subject", subject)) if value is not None}
        with transient():
            found = await self._collection.find(query, sort=[("_id", 1)], limit=limit).to_list(None)
        return [StoredEntry.of(each) for each in found]

    async def documents(self) -> AsyncIterator[list[dict[str, Any]]]:
        """Everything that is stored, by sequence, a page at a time, as a majority holds it."""
        cursor = majority_reads(self._collection).find({}, sort=[("_id", 1)], batch_size=_PAGE)
        while True:
            with transient():
                page = await cursor.to_list(_PAGE)
            if not page:
                return
            yield page

    async def _commit(self, batch: list[Access]) -> list[None]:
        left, head, self._head = batch, self._head, None
        for attempt in range(TRIES):
            await part_rivals(attempt)
            entries = chained(left, head or await self._find_head())
            written = await append(self._collection, [entry.to_document() for entry in entries])
            left = left[written:]
            if not left:
                self._head = entries[-1].head
                metrics.ACCESS_ENTRIES.set(entries[-1].sequence)
                return [None] * len(batch)
            head = None
        raise TransientError("store: others keep appending to the record")

    async def _find_head(self) -> Head:
        """The last entry that a majority holds: what follows one that a failover takes back would leave a gap.

        It is followed as it stands, altered or not; what has no number for its place is passed over. The check tells.
        """
        places = majority_reads(self._collection).find({"_id": {"$type": _NUMBER}}, sort=[("_id", -1)], limit=1)
        with transient():
            found = await places.to_list(None)
        return Head(int(found[0]["_id"]), str(found[0].get("hash"))) if found else Head()


def now() -> str:
    """The time of an entry."""
    return clock.now().astimezone(UTC).isoformat(timespec="milliseconds")
