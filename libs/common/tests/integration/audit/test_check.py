"""The daily check of the record by its own service: what it finds, and what it says in gauges and the log."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from structlog.testing import capture_logs

from legalaid import clock
from legalaid.audit import RecordCheck, Trail
from legalaid.audit.chain import Access
from legalaid.errors import PermanentError, TransientError
from legalaid.settings import MongoSettings
from legalaid.store import Store
from legalaid.telemetry import metrics
from legalaid.telemetry.redaction import mask

QUICK = 0.02
SECONDS = 20


@pytest.fixture
async def store(mongo: MongoSettings) -> AsyncIterator[Store]:
    opened = Store(mongo, app_name="audit-tests")
    yield opened
    await opened.close()


@pytest.fixture
async def trail(store: Store) -> Trail:
    opened = Trail(store, "routing")
    await opened.begin()
    for subject in "abcd":
        await opened.record(access(subject))
    return opened


def access(subject: str) -> Access:
    return Access(at="2026-11-24T01:02:03.004+00:00", action="case.read", subject=subject, client="desk")


def faults() -> float:
    return float(metrics.ACCESS_FAULTS._value.get())


def unchecked() -> float:
    [metric] = metrics.ACCESS_UNCHECKED_SECONDS.collect()
    return float(metric.samples[0].value)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not true():  # noqa: ASYNC110 - a gauge has no event
            await asyncio.sleep(QUICK)


@asynccontextmanager
async def checking(trail: Trail, every_seconds: float = QUICK) -> AsyncIterator[list[Any]]:
    """The part runs in the block; what it logs is yielded."""
    metrics.ACCESS_FAULTS.set(-1)
    stop = asyncio.Event()
    with capture_logs() as logs:
        running = asyncio.create_task(RecordCheck(trail, every_seconds=every_seconds).run(stop))
        yield logs
        stop.set()
        async with asyncio.timeout(SECONDS):
            await running


async def test_an_altered_entry_is_found_by_the_service_itself(store: Store, trail: Trail) -> None:
    async with checking(trail) as logs:
        await until(lambda: faults() == 0)
        assert unchecked() < SECONDS
        await store.collection("routing", "access").update_one({"_id": 3}, {"$set": {"subject": "another"}})
        await until(lambda: faults() == 1)
    assert {line["sequence"] for line in logs if line["event"] == "record_fault"} == {3}


async def test_the_log_says_up_to_where_the_record_was_whole(trail: Trail) -> None:
    async with checking(trail) as logs:
        await until(lambda: faults() == 0)
    [whole, *_] = [line for line in logs if line["event"] == "record_checked"]
    last = (await trail.find(case=None, subject="d", after=0, limit=1))[0].entry
    assert last is not None
    assert (whole["sequence"], whole["entries"], whole["faults"], whole["hash"]) == (5, 5, 0, last.hash)
    assert {key: mask(value, key) for key, value in whole.items()} == whole, "what an auditor compares is masked"


async def test_a_record_that_was_cut_at_its_end_is_found_by_who_saw_it_whole(store: Store, trail: Trail) -> None:
    async with checking(trail):
        await until(lambda: faults() == 0)
        await store.collection("routing", "access").delete_one({"_id": 5})
        await until(lambda: faults() == 1)
        await trail.record(access("e"))  # who wrote the last entry goes on from it: now there is a gap as well
        await until(lambda: faults() == 2)


async def test_a_store_that_is_away_costs_the_check_alone_and_the_time_without_one_grows(
    trail: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, away = list[float](), iter([TransientError("store: away"), PermanentError("refused")])
    real = trail.documents

    def documents() -> AsyncIterator[list[dict[str, Any]]]:
        asked.append(unchecked())
        error = next(away, None)
        if error is not None:
            raise error
        return real()

    monkeypatch.setattr(trail, "documents", documents)
    monkeypatch.setattr("legalaid.audit.check._AGAIN_SECONDS", 0.2)
    async with checking(trail) as logs:
        await until(lambda: len(asked) > 1)
        assert faults() == -1, "a check that did not come to its end says nothing"
        await until(lambda: faults() == 0)
    assert asked[2] - asked[1] > 0.15 < asked[1] - asked[0]
    assert [line["event"] for line in logs][:2] == ["record_check_put_off", "record_check_refused"]


async def test_a_long_check_ends_when_the_process_must_stop(trail: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = 0

    async def endless() -> AsyncIterator[list[dict[str, Any]]]:
        nonlocal pages
        while True:
            pages += 1
            yield []

    monkeypatch.setattr(trail, "documents", endless)
    begin = clock.elapsed()
    async with checking(trail):
        await until(lambda: pages > 1)
    assert clock.elapsed() - begin < SECONDS
