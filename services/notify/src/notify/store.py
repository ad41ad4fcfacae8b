"""The collection of notices: who claims what, and what is looked for."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from legalaid import ids
from legalaid.store import ANY_TIME, Documents, Index, Store, transient
from notify.notice import Notice, State

DATABASE = "notify"

UNFINISHED: dict[str, Any] = {
    "$or": [
        {"state": State.PENDING.value, "not_before": ANY_TIME},
        {"state": State.SENDING.value, "claimed_until": ANY_TIME},
        {"state": State.CALLBACK_OWED.value, "due_at": ANY_TIME},
        {"state": State.UNKNOWN.value, "changed_at": ANY_TIME},
    ]
}
"""The notices that somebody or something still has to act on: what a census counts, each state by its own index."""

_INDEXES = (
    Index("case_id"),
    Index("not_before", partial={"state": State.PENDING.value}),
    Index("claimed_until", partial={"state": State.SENDING.value}),
    Index("due_at", partial={"state": State.CALLBACK_OWED.value}),
    Index("changed_at", partial={"state": State.UNKNOWN.value}),
)


class Notices(Documents[Notice]):
    """All notices. A claim is one update that is durable before anybody calls a gateway."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, DATABASE, "notices", Notice, indexes=_INDEXES)

    async def of_cases(self, case_ids: Iterable[str]) -> dict[str, list[Notice]]:
        """The notices of these cases, by case, the oldest news first."""
        by_case: dict[str, list[Notice]] = {case_id: [] for case_id in case_ids}
        for notice in await self.find({"case_id": {"$in": list(by_case)}}):
            by_case[notice.case_id].append(notice)
        for notices in by_case.values():
            notices.sort(key=lambda notice: notice.case_sequence)
        return by_case

    async def claim_due(self, now: datetime, until: datetime, most: int) -> list[Notice]:
        """Take up at most ``most`` notices whose time has come: they are SENDING now, and ours until ``until``."""
        due = {"state": State.PENDING.value, "not_before": {"$lte": now}}
        return await self._claim(due, "not_before", until, most, {"attempts": 1})

    async def claim_abandoned(self, now: datetime, until: datetime, most: int) -> list[Notice]:
        """Take over at most ``most`` notices that nobody finished in time (``now`` is real time): settle them."""
        abandoned = {"state": State.SENDING.value, "claimed_until": {"$lte": now}}
        return await self._claim(abandoned, "claimed_until", until, most, {})

    async def _claim(
        self, query: Mapping[str, Any], order: str, until: datetime, most: int, counted: Mapping[str, int]
    ) -> list[Notice]:
        with transient():
            found = await self.collection.find(query, {"_id": 1}, limit=most, sort=[(order, 1)]).to_list(None)
            if not found:
                return []
            chosen, claim = {"$in": [each["_id"] for each in found]}, ids.random_id()
            mark = {"state": State.SENDING.value, "claim": claim, "claimed_until": until}
            await self.collection.update_many(
                {"_id": chosen, **query}, {"$set": mark, "$inc": {"version": 1, **counted}}
            )
        return await self.find({"_id": chosen, "claim": claim, "state": State.SENDING.value})
