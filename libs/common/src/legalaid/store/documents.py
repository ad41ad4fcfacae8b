"""One collection of aggregates: loaded by id, written by version, with their outboxes.

Every write here may be done again after a crash or a lost answer: an insert then collides with itself, a replacement
loses against itself, and who decides again finds its own work done.
"""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final, Generic, TypeVar

from legalaid import clock
from legalaid.errors import TransientError
from legalaid.events import Message
from legalaid.store.aggregate import Aggregate, message_to
from legalaid.store.client import (
    Collection,
    Document,
    Index,
    InsertOne,
    ReplaceOne,
    Store,
    UpdateMany,
    create_indexes,
    majority_reads,
    transient,
    write,
)
from legalaid.store.journal import Journal
from legalaid.store.races import TRIES, Decided, part_rivals
from legalaid.telemetry import metrics

A = TypeVar("A", bound=Aggregate)
R = TypeVar("R")

_REMEMBERED: Final = 20_000
"""How many acknowledged outbox entries a process remembers at least, about 150 bytes each. What it forgets is published
once more."""
_PAGE: Final = 1000
_OUTBOX_INDEX: Final = Index("outbox_since", sparse=True)


class TakenError(Exception):
    """A unique index other than ``_id`` refused some documents; every other one of the call was written.

    The caller makes a new value (a new receipt code, say) for those and writes them again.
    """

    def __init__(self, taken: Mapping[str, str], losers: Iterable[str]) -> None:
        super().__init__(f"taken: {', '.join(sorted(set(taken.values())))}")
        self.taken = dict(taken)
        """The field that was taken, by the id of the document that was refused."""
        self.losers = set(losers)
        """What the call would have returned."""


class Documents(Generic[A]):
    """The aggregates of one kind, of one service."""

    def __init__(
        self, store: Store, database: str, name: str, model: type[A], *, indexes: Sequence[Index] = ()
    ) -> None:
        self.name = name
        self.collection: Collection = store.collection(database, name)
        """For the questions that only this kind of document answers; writes go through here."""
        self.journal = Journal(store, database)
        """What was published of all kinds of this service."""
        self._model = model
        self._indexes = (*indexes, _OUTBOX_INDEX)
        self._acknowledged: tuple[set[str], set[str]] = (set(), set())

    async def create_indexes(self) -> None:
        """Create what is missing; at the start of every process."""
        await create_indexes(self.collection, self._indexes)
        await self.journal.create_indexes()

    async def load(self, ids: Iterable[str]) -> dict[str, A]:
        """The documents of these ids, in one query; those that do not exist are absent."""
        return {found.id: found for found in await self.find({"_id": {"$in": list(ids)}})}

    async def find(self, query: Document, *, sort: str | None = None, limit: int = 0) -> list[A]:
        """The documents that match, by ``sort`` ascending; ``limit`` 0 means all. The query needs an index."""
        return await self._find(self.collection, query, sort, limit)

    async def stream(self, query: Document, *, sort: str | None = None) -> AsyncIterator[list[A]]:
        """The documents that match, by ``sort`` ascending or as they come, a page at a time: for more than memory
        should hold.
        """
        cursor = self.collection.find(query, sort=[(sort, 1)] if sort else None, batch_size=_PAGE)
        while True:
            with transient():
                page = await cursor.to_list(_PAGE)
            if not page:
                return
            yield [self._model.from_document(document) for document in page]

    async def insert(self, new: Sequence[A], *, by_consumer: bool = False) -> set[str]:
        """Write new aggregates. Returns the ids that were already there, untouched.

        Raises ``TakenError`` when another unique index refused some, ``TransientError`` when any may be lost.
        """
        return await self._write(new, by_consumer=by_consumer, inserting=True)

    async def save(self, changed: Sequence[A], *, by_consumer: bool = False) -> set[str]:
        """Write aggregates, new ones (version 0) and changed ones, each only if nobody wrote it since it was loaded.

        Returns the ids of the losers: load them and decide again. A writer that won, and was overtaken before it could
        see so, may count as a loser; it finds its own work when it decides again. ``by_consumer`` says that the offset
        of a consumer stays uncommitted until the events are published, so that no sweeper needs to care.
        Raises as ``insert`` does.
        """
        return await self._write(changed, by_consumer=by_consumer, inserting=False)

    async def change(self, id: str, decide: Callable[[A | None], Awaitable[Decided[A, R]]]) -> Decided[A, R]:  # noqa: A002 - it is the aggregate's own word
        """Load, decide, and write unless somebody else wrote meanwhile; then load and decide again.

        ``decide`` gets None when there is no such aggregate, and may run several times: it first looks whether its own
        work is done, because a write whose answer was lost counts as a race lost. Whatever it raises goes to the caller
        and nothing is written. Returns what was decided on the version that stood, when a majority holds that version;
        what was written waits to be published (``Outgoing.put``). Raises ``TransientError`` when others were faster
        eight times, and as ``save`` does.
        """

        async def decide_one(found: Mapping[str, A | None]) -> dict[str, Decided[A, R]]:
            return {id: await decide(found[id])}

        return (await self.change_all([id], decide_one))[id]

    async def change_all(
        self, ids: Iterable[str], decide: Callable[[Mapping[str, A | None]], Awaitable[Mapping[str, Decided[A, R]]]]
    ) -> dict[str, Decided[A, R]]:
        """As ``change``, for many at once: the losers alone are decided again.

        ``decide`` gets what is to be decided now, by id, None for what does not exist, and answers each id.
        """
        left, stand = set(ids), dict[str, Decided[A, R]]()
        for attempt in range(TRIES):
            await part_rivals(attempt)
            found = await self.load(left)
            decided = await decide({each: found.get(each) for each in left})
            losers = await self.save([each.write for each in decided.values() if each.write is not None])
            if unchanged := [each for key, each in found.items() if decided[key].write is None]:
                await self.confirm(unchanged)
            stand.update((key, each) for key, each in decided.items() if key not in losers)
            if not losers:
                return stand
            metrics.STORE_LOST_RACES.labels(self.name).inc(len(losers))
            left = losers
        raise TransientError("store: others keep changing the same documents")

    async def settle(self, sent: Sequence[A]) -> None:
        """Clear the outboxes of aggregates just published, unless somebody wrote them since.

        One statement for each version, and nearly all are new: the server then syncs once, not for each document.
        """
        self.acknowledge(sent)
        by_version: dict[int, list[str]] = {}
        for each in sent:
            by_version.setdefault(each.version, []).append(each.id)
        gone = {"$unset": {"outbox": "", "outbox_since": ""}}
        await write(
            self.collection,
            [UpdateMany({"_id": {"$in": ids}, "version": version}, gone) for version, ids in by_version.items()],
        )
        for each in sent:
            each.outbox, each.outbox_since = [], None

    def acknowledge(self, sent: Iterable[A]) -> None:
        """Remember that these outboxes are published, so that the next write of each document drops them."""
        recent, older = self._acknowledged
        recent.update(message.key + message.id for each in sent for message in each.outbox)
        if len(recent) > _REMEMBERED:
            older.clear()
            self._acknowledged = (older, recent)

    def is_acknowledged(self, message: Message) -> bool:
        """Whether this process saw the broker acknowledge the message."""
        recent, older = self._acknowledged
        entry = message.key + message.id  # the key too: one cause may concern two aggregates
        return entry in recent or entry in older

    async def unsent(self, older_than_seconds: float, limit: int) -> list[A]:
        """What a crash, or a broker that is down, left in outboxes of API calls and loops; the oldest first."""
        before = clock.real_now() - timedelta(seconds=older_than_seconds)
        held = majority_reads(self.collection)
        return await self._find(held, {"outbox_since": {"$lte": before}}, "outbox_since", limit)

    async def confirm(self, seen: Iterable[A]) -> None:
        """Make sure that a majority holds at least these versions.

        For who acts on what it read without writing it: a read alone may see what a failover takes back.
        Raises ``TransientError`` when it is not so yet.
        """
        versions = {each.id: each.version for each in seen}
        with transient():
            found = majority_reads(self.collection).find({"_id": {"$in": list(versions)}}, {"version": 1})
            held = {each["_id"]: each["version"] for each in await found.to_list(None)}
        if any(held.get(each, 0) < version for each, version in versions.items()):
            raise TransientError("store: read what no majority holds yet")

    async def _find(self, collection: Collection, query: Document, sort: str | None, limit: int) -> list[A]:
        with transient():
            cursor = collection.find(query, limit=limit, sort=[(sort, 1)] if sort else None)
            found = await cursor.to_list(None)
        return [self._model.from_document(document) for document in found]

    async def _write(self, aggregates: Sequence[A], *, by_consumer: bool, inserting: bool) -> set[str]:
        if len({each.id for each in aggregates}) < len(aggregates):
            raise ValueError("the same id twice in one write")
        if inserting and any(each.version for each in aggregates):
            raise ValueError("insert is for what was never stored")
        token = secrets.token_bytes(8)
        operations: list[InsertOne[Document] | ReplaceOne[Document]] = []
        for each in aggregates:
            self._trim(each, by_consumer=by_consumer)
            document = self._document(each, token)
            operations.append(
                ReplaceOne({"_id": each.id, "version": each.version}, document) if each.version else InsertOne(document)
            )
        done = await write(self.collection, operations)
        taken = {aggregates[position].id: field for position, field in done.taken.items()}
        losers = {each.id for each in aggregates if each.id in taken and not each.version}
        losers = await self._existing(losers) if losers else losers
        replaced = [each.id for each in aggregates if each.version and each.id not in taken]
        if done.matched < len(replaced):
            losers |= set(replaced) - await self._existing(replaced, written_by=token)
        for each in aggregates:
            if each.id not in losers and each.id not in taken:
                each.version += 1
        if taken.keys() - losers:
            raise TakenError({each: field for each, field in taken.items() if each not in losers}, losers)
        return losers

    def _trim(self, aggregate: A, *, by_consumer: bool) -> None:
        """Drop what is known to be published, and say whether the sweeper must care for the rest."""
        aggregate.outbox = [message for message in aggregate.outbox if not self.is_acknowledged(message)]
        if not aggregate.outbox:
            aggregate.outbox_since = None
        elif not by_consumer:
            aggregate.outbox_since = aggregate.outbox_since or clock.real_now()

    def _document(self, aggregate: A, token: bytes) -> Document:
        document = aggregate.to_document()
        document["version"] = aggregate.version + 1
        document["written_by"] = token
        if aggregate.outbox:
            document["outbox"] = [message_to(message) for message in aggregate.outbox]
        if aggregate.outbox_since:
            document["outbox_since"] = aggregate.outbox_since
        return document

    async def _existing(self, ids: Iterable[str], **having: bytes) -> set[str]:
        """Which documents there are. Asked because a store that finds two indexes taken may name either of them, and
        because a bulk result only counts what it replaced, so that each document names its writer.
        """
        with transient():
            found = await self.collection.find({"_id": {"$in": list(ids)}, **having}, {"_id": 1}).to_list(None)
        return {each["_id"] for each in found}
