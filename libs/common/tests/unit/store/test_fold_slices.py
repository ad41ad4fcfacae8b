"""While a long batch is decided, others have turns on the event loop, and what is decided is the same."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from legalaid import clock, ids
from legalaid.events import Event, requests
from legalaid.store import Aggregate, Documents, Step, fold

AT = datetime(2026, 11, 23, 1, tzinfo=UTC)


class Shelf(Documents[Aggregate]):
    """Documents in memory."""

    def __init__(self) -> None:
        self.written: list[str] = []

    async def load(self, _ids: Iterable[str]) -> dict[str, Aggregate]:
        return {}

    async def save(self, changed: Sequence[Aggregate], *, by_consumer: bool = False) -> set[str]:
        assert by_consumer
        self.written += [each.id for each in changed]
        return set()


async def test_a_long_batch_lets_others_have_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    now, turns, seen = 0.0, count(1), list[int]()
    monkeypatch.setattr(clock, "elapsed", lambda: now)
    latest = 0

    async def other() -> None:
        nonlocal latest
        while True:
            latest = next(turns)
            await asyncio.sleep(0)

    def decide(_before: Aggregate | None, event: Event[Any]) -> Aggregate:
        nonlocal now
        now += 0.002
        seen.append(latest)
        return Aggregate(id=event.subject)

    keys = [ids.random_id() for _ in range(20)]
    data = [requests.RequestWithdrawn(request_id=key, withdrawn_at=AT) for key in keys]
    steps = [
        Step(each.request_id, Event(each.request_id, each.request_id, 1, AT, each.request_id, each), decide)
        for each in data
    ]
    beside = asyncio.create_task(other())
    shelf = Shelf()
    await fold(shelf, steps)
    beside.cancel()
    assert shelf.written == keys
    assert all(later > earlier for earlier, later in zip(seen, seen[2:], strict=False))
