"""The collections of intake: requests, calls, what became of requests, and attempts to look at one."""

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import BaseModel, Field

from intake.rules.calls import Life
from intake.rules.owed import CallbackStanding
from intake.rules.windows import Budget
from legalaid.errors import TransientError
from legalaid.events.people import Contact
from legalaid.events.requests import RequestState
from legalaid.events.sealed import Sealed
from legalaid.events.words import CallbackReason, Status
from legalaid.store import Aggregate, Documents, DuplicateKeyError, Index, Store, create_indexes, transient
from legalaid.store.client import InsertOne, UpdateMany, write

DATABASE: Final = "intake"
_TRIES: Final = 5
_ANY: Final = {"$gt": ""}
"""Matches a field that holds text; a query must say it as its partial index does."""


class Command(BaseModel):
    """An amendment that was made, so that a resend of it is recognised."""

    fingerprint: str
    at: datetime


class Request(Aggregate):
    """A request as it stands."""

    client: str
    """The front end that made it, and alone may change it."""
    fingerprint: str
    """Of the body it was made from, so that a resend is told from another request under the same key."""
    state: RequestState
    withdrawn_at: datetime | None = None
    commands: dict[str, Command] = Field(default_factory=dict)
    devices: list[str] = Field(default_factory=list)
    """The ids of those in the contact box, by which one is found that is to be removed; they say nothing else."""


class Callback(BaseModel):
    """A call that we owe, as it was promised. A promise is made once."""

    reason: CallbackReason
    owed_at: datetime
    due_at: datetime


class Call(Aggregate):
    """A call as the exchange has reported it so far."""

    life: Life = Life()
    contact: Sealed[Contact] | None = None
    """None while no number is known: who withholds it cannot be called back."""
    number: str | None = None
    """The mark of the number in ``contact``; None as well for what was written before calls were joined."""
    callback: Callback | None = None
    callback_waiting: bool = False
    """Whether the callback is still to be made."""
    joined: str | None = None
    """The owed call of the same number that is for this one too; this one is then not owed by itself."""
    settled_at: datetime | None = None
    """When the case of its callback ended."""

    def standing(self) -> CallbackStanding:
        """As the other calls of its number look at it."""
        return CallbackStanding(self.callback is not None, self.callback_waiting, self.settled_at)


class OwedNumber(Aggregate):
    """Which call is owed to a number; its id is the number's mark.

    It is written before the call and taken over when that no longer waits. It only spares people a second call:
    without it, a call is owed by itself.
    """

    call: str
    expires_at: datetime
    """In real time."""


class CaseStatus(Aggregate):
    """What routing last said of the case that a request became; same id."""

    status: Status
    changed_at: datetime


class RateCounters:
    """Counts that all processes share, each until its window is over; then the store forgets it."""

    def __init__(self, store: Store) -> None:
        self._counts = store.collection(DATABASE, "attempts")

    async def create_indexes(self) -> None:
        """Let the store forget windows that are over."""
        await create_indexes(self._counts, [Index("expires_at", expire_after_seconds=0)])

    async def add(self, budget: Budget) -> int:
        """Count one more; how many there are now. Raises ``TransientError``."""
        for _ in range(_TRIES):
            try:
                with transient():
                    found = await self._counts.find_one_and_update(
                        {"_id": budget.name},
                        {"$inc": {"count": 1}, "$setOnInsert": _until(budget)},
                        upsert=True,
                        return_document=True,
                    )
            except DuplicateKeyError:  # two first ones at once: one made the document, the other now finds it
                continue
            if found is not None:  # a server may also answer a lost race with nothing
                return int(found["count"])
        raise TransientError("an attempt could not be counted")

    async def read(self, budgets: Iterable[Budget]) -> dict[Budget, int]:
        """How many there are of each; what is absent was not counted, or its window is over."""
        asked = {each.name: each for each in budgets}
        with transient():
            found = await self._counts.find({"_id": {"$in": list(asked)}}, {"count": 1}).to_list(None)
        return {asked[each["_id"]]: int(each["count"]) for each in found}

    async def add_all(self, budgets: Iterable[Budget], known: Container[Budget]) -> None:
        """Count one more for each time that a budget is named; ``known`` are those that were counted before.

        In as few statements as there can be, because a store may sync after each. Raises ``TransientError``.
        """
        more = Counter(budgets)
        new = [each for each in more if each not in known]
        inserts = [InsertOne({"_id": each.name, "count": more[each], **_until(each)}) for each in new]
        written = await write(
            self._counts, [*inserts, *_together({each: more[each] for each in more if each in known})]
        )
        meanwhile = [new[position] for position in written.taken]  # another process counted it first
        await write(self._counts, _together({each: more[each] for each in meanwhile}))

    async def take_back(self, budgets: Iterable[Budget]) -> None:
        """Uncount one of each."""
        with transient():
            await self._counts.update_many({"_id": {"$in": [each.name for each in budgets]}}, {"$inc": {"count": -1}})


def _together(more: Mapping[Budget, int]) -> list[UpdateMany]:
    """One update for all that grow alike."""
    alike: dict[int, list[str]] = {}
    for budget, count in more.items():
        alike.setdefault(count, []).append(budget.name)
    return [UpdateMany({"_id": {"$in": names}}, {"$inc": {"count": count}}) for count, names in alike.items()]


def _until(budget: Budget) -> dict[str, Any]:
    return {"expires_at": budget.window.ends + _KEPT}


_KEPT: Final = timedelta(minutes=1)
"""Longer than the clocks of two processes differ."""


class IntakeStore:
    """All collections. ``create_indexes`` runs at the start of every process."""

    def __init__(self, store: Store) -> None:
        self.requests = Documents(
            store,
            DATABASE,
            "requests",
            Request,
            indexes=[Index("state.receipt_code", unique=True), Index("devices", partial={"devices": _ANY})],
        )
        self.calls = Documents(
            store,
            DATABASE,
            "calls",
            Call,
            indexes=[
                Index("callback_waiting", partial={"callback_waiting": True}),
                Index("joined", partial={"joined": _ANY}),
            ],
        )
        self.claims = Documents(
            store, DATABASE, "claims", OwedNumber, indexes=[Index("expires_at", expire_after_seconds=0)]
        )
        self.statuses = Documents(store, DATABASE, "statuses", CaseStatus)
        self.counts = RateCounters(store)

    async def create_indexes(self) -> None:
        """Create what is missing."""
        for each in (self.requests, self.calls, self.claims, self.statuses, self.counts):
            await each.create_indexes()

    async def joined_to(self, owed: Iterable[str]) -> list[Call]:
        """The calls that joined one of these."""
        return await self.calls.find({"joined": {"$in": list(owed), **_ANY}})

    async def with_device(self, device_id: str) -> Request | None:
        """The request that a device belongs to."""
        found = await self.requests.find({"devices": {"$eq": device_id, **_ANY}}, limit=1)
        return found[0] if found else None

    async def callbacks_waiting(self) -> int:
        """How many calls are owed and not yet returned."""
        with transient():
            return await self.calls.collection.count_documents({"callback_waiting": True})
