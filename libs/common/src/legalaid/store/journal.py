"""What was published, kept for a while: what a Kafka that was restored from an older state has lost is here.

An event is kept after the brokers acknowledged it and before it may leave its outbox. So a crash in between loses
nothing: the outbox still has it, and it is published and kept again.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from legalaid import clock
from legalaid.events import Message
from legalaid.store.aggregate import message_from, message_to
from legalaid.store.client import Index, InsertOne, Store, create_indexes, transient, write

NAME: Final = "journal"
_INDEXES: Final = (Index("expires", expire_after_seconds=0), Index("at"))
_PAGE: Final = 100
_TOGETHER: Final = 50
"""Messages in one document: with more, what a reader wants of many documents would fill its memory."""
_SEQUENCE: Final = "ce_sequence"


class Kept(NamedTuple):
    """One event of the journal, without its bytes."""

    topic: str
    key: str
    sequence: int
    id: str
    page: Any
    """The id of the document that has it."""


class Journal:
    """The published events of one service, in its own database."""

    def __init__(self, store: Store, database: str) -> None:
        self._collection = store.collection(database, NAME)
        self._days = store.journal_days

    async def create_indexes(self) -> None:
        """Create what is missing; at the start of every process."""
        await create_indexes(self._collection, _INDEXES)

    async def keep(self, published: Sequence[Message]) -> None:
        """Keep these, twice what was published twice. Raises ``TransientError``: then they stay in their outboxes."""
        at = clock.real_now()
        expires = at + timedelta(days=self._days)
        pages = [published[start : start + _TOGETHER] for start in range(0, len(published), _TOGETHER)]
        await write(
            self._collection,
            [InsertOne({"at": at, "expires": expires, "messages": [_entry(each) for each in page]}) for page in pages],
        )

    async def kept(self, since: datetime | None = None) -> AsyncIterator[list[Kept]]:
        """What was published since then, some at a time."""
        query = {"at": {"$gte": since}} if since else {}
        fields = {f"messages.{name}": 1 for name in ("topic", "key", "sequence", "id")}
        cursor = self._collection.find(query, fields, batch_size=_PAGE)
        while True:
            with transient():
                pages = await cursor.to_list(_PAGE)
            if not pages:
                return
            yield [
                Kept(each["topic"], each["key"], each["sequence"], each["id"], page["_id"])
                for page in pages
                for each in page["messages"]
            ]

    async def messages(self, wanted: Sequence[Kept]) -> list[Message]:
        """These, byte for byte as they were published, in the same order. What has expired meanwhile is absent."""
        with transient():
            pages = await self._collection.find({"_id": {"$in": list({each.page for each in wanted})}}).to_list(None)
        found = {
            (each["topic"], each["key"], each["id"]): message_from(each) for page in pages for each in page["messages"]
        }
        names = [(each.topic, each.key, each.id) for each in wanted]
        return [found[name] for name in names if name in found]


def _entry(message: Message) -> dict[str, object]:
    return {**message_to(message), "sequence": int(dict(message.headers)[_SEQUENCE])}
