import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from dev.stack.store import Database
from legalaid import ids
from legalaid.errors import TransientError
from legalaid.settings import MongoSettings
from legalaid.store import Aggregate, Documents, Store

TIMEOUT_SECONDS = 0.5


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    server = Database(tmp_path)
    server.start()
    yield server
    server.kill()


async def eventually(documents: Documents[Aggregate], wanted: str) -> dict[str, Aggregate]:
    async with asyncio.timeout(10):
        while True:
            try:
                return await documents.load([wanted])
            except TransientError:
                await asyncio.sleep(0.05)


async def test_a_store_that_is_away_is_not_now_and_then_works_again(database: Database) -> None:
    settings = MongoSettings(url=SecretStr(database.url), timeout_seconds=TIMEOUT_SECONDS)
    store = Store(settings, app_name="test")
    documents = Documents(store, "test", "things", Aggregate)
    await documents.create_indexes()
    kept = Aggregate(id=ids.random_id())
    await documents.insert([kept])
    assert (await store.ready()).ok

    database.kill()
    calls = [
        documents.load([kept.id]),
        documents.insert([Aggregate(id=ids.random_id())]),
        documents.save([kept.model_copy()]),
        documents.settle([kept.model_copy()]),
        documents.unsent(0, 1),
        documents.confirm([kept]),
        documents.create_indexes(),
    ]
    answers = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 2)
    assert [type(answer) for answer in answers] == [TransientError] * len(calls)
    store._pinged = (0.0, store._pinged[1])
    check = await store.ready()
    assert not check.ok
    assert check.detail.startswith("store: ")

    database.start()
    found = await eventually(documents, kept.id)
    assert found[kept.id].version == 1
    assert await documents.save(list(found.values())) == set()
    store._pinged = (0.0, check)
    assert (await store.ready()).ok
    await store.close()


async def test_a_store_that_hangs_is_not_now_either(database: Database) -> None:
    settings = MongoSettings(url=SecretStr(database.url), timeout_seconds=TIMEOUT_SECONDS)
    store = Store(settings, app_name="test")
    documents = Documents(store, "test", "things", Aggregate)
    await documents.create_indexes()
    database.signal(signal.SIGSTOP)
    try:
        with pytest.raises(TransientError):
            await asyncio.wait_for(documents.load([ids.random_id()]), TIMEOUT_SECONDS + 2)
    finally:
        database.signal(signal.SIGCONT)
    assert await eventually(documents, ids.random_id()) == {}
    await store.close()


async def test_two_asks_in_a_row_ping_once(mongo: MongoSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(mongo, app_name="test")
    first = await store.ready()
    assert await store.ready() is first
    monkeypatch.setattr("legalaid.store.client._READY_SECONDS", 0)
    assert await store.ready() is not first
    await store.close()


async def test_the_prefix_parts_installations(mongo: MongoSettings) -> None:
    store = Store(mongo, app_name="test")
    collection = store.collection("intake", "requests")
    assert collection.database.name == f"{mongo.prefix}intake"
    assert collection.write_concern.document == {"w": "majority", "j": True}
    await store.close()
