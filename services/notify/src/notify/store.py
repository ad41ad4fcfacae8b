"""The collection of notices: who claims what, and what is looked for."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from legalaid import ids
from legalaid.events.words import NoticeChannel
from legalaid.store import ANY_TIME, Document, Documents, DuplicateKeyError, Index, Store, transient
from notify.notice import Notice, State
from notify.rules import pacing
from notify.rules.joining import Due, Hold, OneMessage

DATABASE = "notify"
MESSAGES = "message"
"""The purpose of our marks of numbers."""

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
    Index("number"),
    Index("slot", unique=True, partial={"slot": {"$gt": ""}}),
    Index("not_before", partial={"state": State.PENDING.value}),
    Index("claimed_until", partial={"state": State.SENDING.value}),
    Index("due_at", partial={"state": State.CALLBACK_OWED.value}),
    Index("changed_at", partial={"state": State.UNKNOWN.value}),
    Index("next_at", partial={"next_at": ANY_TIME}),
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

    async def due(self, now: datetime, most: int) -> list[Due]:
        """At most ``most`` notices whose time has come, those that have waited longest first."""
        with transient():
            cursor = self.collection.find(_due(now), _ASKED, limit=most, sort=[("not_before", 1)])
            return [_read(each) for each in await cursor.to_list(None)]

    async def of_numbers(
        self, numbers: Iterable[str], now: datetime
    ) -> tuple[list[Due], dict[str, dict[str, datetime]]]:
        """Everything that is due for these numbers, and by number the slots of the day with when they were taken."""
        day = pacing.day(now)
        taken = {"slot": {"$gt": day, "$lt": day + "~"}}
        with transient():
            query = {"number": {"$in": list(numbers)}, "$or": [_due(now), taken]}
            found = await self.collection.find(query, _ASKED | _TAKEN).to_list(None)
        slots: dict[str, dict[str, datetime]] = {}
        for each in found:
            if each.get("slot"):
                slots.setdefault(each["number"], {})[each["slot"]] = each["slot_at"]
        waiting = [each for each in found if each["state"] == State.PENDING.value and each["not_before"] <= now]
        return [_read(each) for each in waiting], slots

    async def without_proof(self, now: datetime, most: int) -> list[Notice]:
        """At most ``most`` notices whose next rung is due, those that have waited longest first."""
        return await self.find({"next_at": {"$lte": now}}, sort="next_at", limit=most)

    async def claim(self, claims: Sequence[OneMessage], now: datetime, until: datetime) -> list[Notice]:
        """Take these up if they are still due: they are SENDING now, and ours until ``until`` (real time).

        Of a claim whose slot somebody else took meanwhile, all or a part is missing from the answer, or its lead is.
        """
        claim = ids.random_id()
        first = {"$ifNull": ["$first_attempt_at", "$slot_at", now]}  # an older release left a repeat its slot alone
        mark = {"state": State.SENDING.value, "claim": claim, "claimed_until": until, "first_attempt_at": first}
        for taken, more in _statements(claims, now):
            await self._update(taken, now, [{"$set": mark | _COUNTED | more}])
        chosen = {"$in": [each for step in claims for each in step.ids]}
        return await self.find({"_id": chosen, "claim": claim, "state": State.SENDING.value})

    async def hold(self, holds: Iterable[Hold], now: datetime) -> None:
        """Let these wait if they are still due; where the day's messages are spent, patience begins anew."""
        for each in holds:
            waits = {"not_before": each.until} | ({"allowed_at": each.until} if each.full else {})
            await self._update(each.ids, now, {"$set": waits, "$inc": {"version": 1}})

    async def claim_abandoned(self, now: datetime, until: datetime, most: int) -> list[Notice]:
        """Take over at most ``most`` notices that nobody finished in time (``now`` is real time): settle them."""
        abandoned = {"state": State.SENDING.value, "claimed_until": {"$lte": now}}
        claim = ids.random_id()
        with transient():
            found = await self.collection.find(abandoned, {"_id": 1}, limit=most, sort=[("claimed_until", 1)]).to_list(
                None
            )
            if not found:
                return []
            chosen = {"$in": [each["_id"] for each in found]}
            await self.collection.update_many(
                {"_id": chosen, **abandoned}, {"$set": {"claim": claim, "claimed_until": until}, "$inc": {"version": 1}}
            )
        return await self.find({"_id": chosen, "claim": claim, "state": State.SENDING.value})

    async def _update(self, chosen: Iterable[str], now: datetime, change: Any) -> None:
        with suppress(DuplicateKeyError), transient():  # a slot is somebody else's: what was not changed stays due
            await self.collection.update_many({"_id": {"$in": list(chosen)}, **_due(now)}, change)


_ASKED = dict.fromkeys(
    (
        "case_id",
        "case_sequence",
        "requested_at",
        "number",
        "message",
        "wakes",
        "template",
        "urgent",
        "attempts",
        "channel",
    ),
    1,
)
_TAKEN = dict.fromkeys(("slot", "slot_at", "state", "not_before"), 1)
_COUNTED = {"version": {"$add": ["$version", 1]}, "attempts": {"$add": ["$attempts", 1]}}


def _due(now: datetime) -> Document:
    return {"state": State.PENDING.value, "not_before": {"$lte": now}}


def _read(found: Document) -> Due:
    return Due(
        found["_id"],
        found["case_id"],
        found["case_sequence"],
        found["requested_at"],
        found.get("number"),
        found.get("message"),
        found.get("wakes", False),
        found["template"],
        found["urgent"],
        found["attempts"],
        NoticeChannel(found["channel"]),
    )


def _statements(claims: Sequence[OneMessage], now: datetime) -> Iterator[tuple[list[str], Document]]:
    """The ids of each statement, and what is set in them.

    Nearly all are the first message of a day to some number: one statement for each provider makes their slots out of
    their numbers, so that the server syncs once. What several notices share, their message, is set for each group by
    itself.
    """
    alike: dict[tuple[str, str | None], list[str]] = {}
    for each in claims:
        lead, *joined = each.ids
        if each.slot is None:
            alike.setdefault(("", each.provider), []).extend(each.ids)
        elif joined:
            goes = _goes_to(each.provider, now)
            yield [lead], {"slot": each.slot, "slot_at": now, "message": lead} | goes
            yield joined, {"message": lead} | goes
        else:
            alike.setdefault((each.slot.rpartition("/")[2], each.provider), []).append(lead)
    for (which, provider), leads in alike.items():
        slot = {"$concat": [f"{pacing.day(now)}/", "$number", f"/{which}"]}
        yield leads, ({"slot": slot, "slot_at": now} if which else {}) | _goes_to(provider, now)


def _goes_to(provider: str | None, now: datetime) -> Document:
    """What was certainly not taken begins anew, there or with another one."""
    return {} if provider is None else {"provider": provider, "first_attempt_at": now}
