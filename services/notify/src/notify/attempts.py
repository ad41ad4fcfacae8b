"""What the store keeps of providers: how each attempt ended, for a day, and what a person ordered of them.

No row says anything of a person. Losing the rows breaks no promise: everybody then counts as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from pydantic import AwareDatetime, Field

from legalaid import clock
from legalaid.store import Aggregate, Document, Documents, Index, Store, append, create_indexes, transient
from notify.rules.health import AttemptRow, Result

_KEPT = timedelta(hours=26)
"""A day of Vietnam, for what was spent in it, and a little."""
_OVERLAP: Final = timedelta(seconds=15)
"""So much is read again: another process's clock may be behind, or its write may take a while."""


@dataclass(frozen=True)
class Ended:
    """A row, and what the attempt cost."""

    row: AttemptRow
    cost_vnd: Decimal = Decimal(0)


class ProviderOrder(Aggregate):
    """What a person ordered of one provider, by its name."""

    shut: bool = False
    reason: str
    at: AwareDatetime
    """By the domain's clock; where it was opened, older attempts say nothing of it."""
    by: str
    """The subject of the token."""
    commands: list[str] = Field(default_factory=list)
    """The last commands, the newest last: one that comes again is known."""


class Attempts:
    """The log of attempts, and the orders."""

    def __init__(self, store: Store, database: str) -> None:
        self._log = store.collection(database, "attempts")
        self.orders: Documents[ProviderOrder] = Documents(store, database, "providers", ProviderOrder)
        self._read_to: datetime | None = None

    async def create_indexes(self) -> None:
        """Create what is missing; at the start of every process."""
        await create_indexes(self._log, [Index("expires", expire_after_seconds=0), Index("written_at")])
        await self.orders.create_indexes()

    async def write(self, ended: Sequence[Ended]) -> None:
        """Keep them for others, and for after a restart. Raises ``TransientError``: some may not be kept."""
        at = clock.real_now()
        if ended:
            await append(self._log, [_document(each, at) for each in ended])

    async def read_new(self) -> list[Ended]:
        """What was written since the last call, and some of it again; the first time, all that there is."""
        at = clock.real_now()
        query: dict[str, Any] = {"written_at": {"$gte": self._read_to - _OVERLAP}} if self._read_to else {}
        with transient():
            found = await self._log.find(query, {"expires": 0}).to_list(None)
        self._read_to = at
        return [_ended(each) for each in found]

    async def read_orders(self) -> list[ProviderOrder]:
        """The orders that hold."""
        return await self.orders.find({})


def _document(ended: Ended, at: datetime) -> Document:
    row = ended.row
    return {
        "provider": row.provider,
        "notice": row.notice,
        "ended_at": row.ended_at.isoformat(),  # a BSON date would lose the microseconds by which rows are in order
        "result": row.result.value,
        "code": row.code,
        "shuts": row.shuts,
        "cost_vnd": str(ended.cost_vnd),
        "written_at": at,
        "expires": at + _KEPT,
    }


def _ended(found: Document) -> Ended:
    row = AttemptRow(
        ended_at=datetime.fromisoformat(found["ended_at"]),
        notice=found["notice"],
        provider=found["provider"],
        result=Result(found["result"]),
        code=found["code"],
        shuts=found["shuts"],
    )
    return Ended(row, Decimal(found["cost_vnd"]))
