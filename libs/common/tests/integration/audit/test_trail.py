"""The record in the store: several processes, one chain."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from subprocess import run

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legalaid import ids
from legalaid.audit.chain import Access, ChainCheck
from legalaid.audit.check import look_through
from legalaid.audit.trail import Trail
from legalaid.errors import TransientError
from legalaid.settings import MongoSettings
from legalaid.store import Store


@pytest.fixture
async def store(mongo: MongoSettings) -> AsyncIterator[Store]:
    opened = Store(mongo, app_name="audit-tests")
    yield opened
    await opened.close()


def access(subject: str, case: str | None = None) -> Access:
    return Access(at="2026-11-24T01:02:03.004+00:00", action="case.read", subject=subject, client="desk", case=case)


async def faults(trail: Trail) -> tuple[list[str], int]:
    check = ChainCheck()
    found = [fault.line async for page in look_through(trail, check) for fault in page]
    return found, check.count


async def test_a_record_begins_once_whoever_begins_it(store: Store) -> None:
    await asyncio.gather(*(Trail(store, "routing").begin() for _ in range(4)))
    await Trail(store, "routing").begin()
    assert await faults(Trail(store, "routing")) == ([], 1)


@given(st.lists(st.lists(st.sampled_from("abc"), max_size=6), min_size=2, max_size=4))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_processes_that_append_at_once_make_one_chain(store: Store, said: list[list[str]]) -> None:
    service = f"s{ids.random_id()[:8]}"
    trails = [Trail(store, service) for _ in said]
    await trails[0].begin()
    await asyncio.gather(
        *(trail.record(access(each)) for trail, subjects in zip(trails, said, strict=True) for each in subjects)
    )
    wrong, count = await faults(Trail(store, service))
    assert wrong == []
    assert count == 1 + sum(map(len, said))
    for letter in "abc":
        found = await trails[0].find(case=None, subject=letter, after=0, limit=100)
        assert len(found) == sum(subjects.count(letter) for subjects in said)


async def test_those_of_one_moment_share_a_write(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    trail, sizes = Trail(store, "routing"), list[int]()
    await trail.begin()
    module = sys.modules[Trail.__module__]
    real: Callable[..., object] = module.append

    def counted(collection: object, documents: list[object]) -> object:
        sizes.append(len(documents))
        return real(collection, documents)

    monkeypatch.setattr(module, "append", counted)
    await asyncio.gather(*(trail.record(access("a")) for _ in range(50)))
    assert sizes == [50]


async def test_without_the_store_nothing_is_on_record(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    trail = Trail(store, "routing")
    await trail.begin()

    async def away(_collection: object, _documents: object) -> int:
        raise TransientError("store: away")

    with monkeypatch.context() as broken:
        broken.setattr(sys.modules[Trail.__module__], "append", away)
        with pytest.raises(TransientError):
            await trail.record(access("a"))
    await trail.record(access("b"))
    assert await faults(trail) == ([], 2)


async def test_it_is_read_by_case_and_by_person_a_page_at_a_time(store: Store) -> None:
    trail, case = Trail(store, "routing"), ids.random_id()
    await trail.begin()
    for subject, about in (("a", case), ("b", case), ("a", None), ("a", case)):
        await trail.record(access(subject, about))

    async def found(*, case: str | None = None, subject: str | None = None, after: int = 0) -> list[int]:
        return [each.sequence for each in await trail.find(case=case, subject=subject, after=after, limit=2)]

    assert await found(case=case) == [2, 3]
    assert await found(case=case, after=3) == [5]
    assert await found(case=case, subject="a") == [2, 5]
    assert await found(subject="nobody") == []


@pytest.mark.parametrize("place", ["a remark", 1.5])
async def test_what_has_no_place_in_the_chain_stops_nobody(store: Store, place: object) -> None:
    trail = Trail(store, "routing")
    await trail.begin()
    await store.collection("routing", "access").insert_one({"_id": place, "subject": "a"})
    await Trail(store, "routing").record(access("a"))
    assert [each.sequence for each in await trail.find(case=None, subject="a", after=0, limit=9)] == [2]
    assert (await faults(trail))[0]


def verify(mongo: MongoSettings, *arguments: str) -> tuple[int, str]:
    environment = {"LEGALAID_MONGO__URL": mongo.url.get_secret_value(), "LEGALAID_MONGO__PREFIX": mongo.prefix}
    command = [sys.executable, "-m", "legalaid.audit", "verify", *arguments]
    done = run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


async def test_the_command_tells_a_whole_record_from_one_that_was_touched(store: Store, mongo: MongoSettings) -> None:
    trail = Trail(store, "routing")
    code, said = await asyncio.to_thread(verify, mongo, "routing")
    assert (code, "no entry at all" in said) == (1, True)
    await trail.begin()
    for subject in "abc":
        await trail.record(access(subject))
    code, said = await asyncio.to_thread(verify, mongo, "routing")
    assert (code, "routing: 4 entries, 0 faults" in said) == (0, True), said
    head = said.rsplit(" ", 1)[1].strip()
    collection = store.collection("routing", "access")
    await collection.delete_one({"_id": 4})
    assert (await asyncio.to_thread(verify, mongo, "routing"))[0] == 0
    code, said = await asyncio.to_thread(verify, mongo, "routing", "--noted", head)
    assert (code, "routing: 4: missing, it was noted elsewhere" in said) == (1, True), said
    await collection.update_one({"_id": 2}, {"$set": {"subject": "another"}})
    code, said = await asyncio.to_thread(verify, mongo, "routing")
    assert (code, "routing: 2: altered" in said) == (1, True), said
