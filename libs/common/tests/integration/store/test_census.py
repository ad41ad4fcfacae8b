import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from legalaid.errors import PermanentError, TransientError
from legalaid.store import ANY_TIME, LATER, OVERDUE, Aggregate, Documents, Index, Store, census, distance, tally

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
STEPS = {"day": timedelta(days=1), "three_days": timedelta(days=3)}


class Task(Aggregate):
    who: str
    due_at: datetime | None


@pytest.fixture
async def tasks(store: Store) -> Documents[Task]:
    documents = Documents(
        store, "test", "tasks", Task, indexes=[Index(("due_at", "who"), partial={"due_at": ANY_TIME}, name="census")]
    )
    await documents.create_indexes()
    return documents


async def test_what_is_open_is_counted_by_its_distance(tasks: Documents[Task]) -> None:
    hours: dict[str, list[int | None]] = {"a": [-1, 0, 1, 24, 25], "b": [72, 73, 1000, None, None]}
    await tasks.insert(
        [
            Task(id=f"{who}{number}", who=who, due_at=None if after is None else NOW + timedelta(hours=after))
            for who, all_ in hours.items()
            for number, after in enumerate(all_)
        ]
    )
    by = {"who": "$who", "due": distance("due_at", NOW, STEPS)}
    rows = await tally(tasks.collection, {"due_at": ANY_TIME}, by, first={"$min": "$due_at"})
    assert {(row["who"], row["due"]): found["count"] for row, found in rows} == {
        ("a", OVERDUE): 2,
        ("a", "day"): 2,
        ("a", "three_days"): 1,
        ("b", "three_days"): 1,
        ("b", LATER): 2,
    }
    assert min(found["first"] for _, found in rows) == NOW - timedelta(hours=1)


async def test_a_census_outlives_a_store_that_is_away_or_refuses() -> None:
    turns = 0
    failures: list[Exception] = [TransientError("away"), PermanentError("store-refused")]

    async def count() -> None:
        nonlocal turns
        turns += 1
        if failures:
            raise failures.pop()

    stop = asyncio.Event()
    part = census(count, every_seconds=0.001)
    running: asyncio.Future[Any] = asyncio.ensure_future(part.run(stop))
    async with asyncio.timeout(5):
        while turns < 4:  # noqa: ASYNC110 - a turn is no event
            await asyncio.sleep(0.001)
        stop.set()
        await running
    assert part.name == "census"
