"""Counts that all processes share: nothing is lost of what two of them count in the same moment."""

import asyncio
from datetime import UTC, datetime, timedelta

from intake.rules.windows import Budget, Window
from intake.store import RateCounters
from legalaid.settings import MongoSettings
from legalaid.store import Store


async def test_what_two_processes_count_at_once_is_counted_twice(mongo: MongoSettings) -> None:
    store = Store(mongo, app_name="test")
    ours, theirs = RateCounters(store), RateCounters(store)
    window = Window(1, datetime.now(UTC) + timedelta(hours=1))
    number, village, client = (Budget(name, 5, window) for name in ("number", "village", "client"))
    await ours.add_all([client], {})
    known = await ours.read([number, village, client])
    await asyncio.gather(
        ours.add_all([client, number, client, village], known), theirs.add_all([client, number, client], known)
    )
    assert await ours.read([number, village, client]) == {number: 2, village: 1, client: 5}
    await store.close()
