"""What can be seen from outside while the morning runs: how far each stage is, and who lags behind."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from dev.demo.tally import Tally
from dev.look.kafka import Lag
from dev.stack.where import Whereabouts
from legalaid.events.words import CaseKind, NoticeChannel
from legalaid.store import Store


@dataclass
class Seen:
    """One look."""

    cases: Counter[str] = field(default_factory=Counter)
    """Cases of requests, by status."""
    callbacks: int = 0
    """Cases of calls that we owe."""
    notices: Counter[str] = field(default_factory=Counter)
    """By state."""
    sms: int = 0
    latencies: list[float] = field(default_factory=list)
    """Seconds from an accepted POST to the SMS, sorted; only of people who may be reached at any hour."""
    lag: dict[str, int] = field(default_factory=dict)

    @property
    def settled(self) -> bool:
        """Whether nothing is on its way."""
        return not any(self.lag.values()) and not self.notices["PENDING"] and not self.notices["SENDING"]


class Watch:
    """Looks at stores, broker and gateway. It reads the services' databases, which no service may do."""

    def __init__(self, place: Whereabouts, store: Store, tally: Tally) -> None:
        self._place = place
        self._store = store
        self._tally = tally
        self._lag = Lag(place.kafka)

    async def __aenter__(self) -> Self:
        """Connect."""
        await self._lag.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Hang up."""
        await self._lag.__aexit__()

    async def look(self) -> Seen:
        """Everything, now."""
        seen = Seen(lag=await self._lag.by_group())
        cases = self._store.collection("routing", "cases").find(
            {"state": {"$ne": None}}, {"state.kind": 1, "state.status": 1}
        )
        async for case in cases:
            if case["state"]["kind"] == CaseKind.CALLBACK:
                seen.callbacks += 1
            else:
                seen.cases[case["state"]["status"]] += 1
        sms_of: dict[str, str] = {}
        wanted = {"case_id": 1, "state": 1, "channel": 1}
        async for notice in self._store.collection("notify", "notices").find({}, wanted):
            seen.notices[notice["state"]] += 1
            if notice["channel"] == NoticeChannel.SMS:
                sms_of[notice["_id"]] = notice["case_id"]
        taken: dict[str, datetime] = {}
        for reception in await self._place.receptions():
            seen.sms += reception.delivered
            if case_id := sms_of.get(reception.request_id):
                taken.setdefault(case_id, reception.received_at)
        seen.latencies = latencies(self._tally, taken)
        return seen


def latencies(tally: Tally, first_told: dict[str, datetime]) -> list[float]:
    """Seconds from the front end's 201 to the gateway's own time of the first message, sorted."""
    return sorted(
        (at - accepted.at).total_seconds()
        for request, at in first_told.items()
        if (accepted := tally.accepted.get(request)) and not accepted.certain_hours
    )


def percentile(ordered: list[float], share: float) -> float:
    """The value that this share of the sorted values does not exceed; 0 when there are none."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
