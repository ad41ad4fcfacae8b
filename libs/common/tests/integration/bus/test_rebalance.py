"""Members come and go under load: nothing is lost, nothing is reordered, and hardly anything is repeated."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import pytest
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from legalaid.bus import Batch
from legalaid.bus.membership import Membership
from legalaid.telemetry import metrics

from .conftest import Bus, Seen, messages, until


async def _load(bus: Bus, sent: list[Any], enough: asyncio.Event) -> None:
    """Sixty keys, an event each and again, until told that it is enough; ``sent`` then holds them all."""
    while not enough.is_set():
        more = messages(keys=60, each=1, first=1 + len(sent) // 60)
        await bus.producer.publish(more)
        sent += more
        await asyncio.sleep(0.01)


async def test_members_that_come_and_go_lose_and_reorder_nothing(bus: Bus) -> None:
    seen = Seen()
    shares: list[set[int]] = [set(), set(), set()]

    def member(number: int) -> Callable[[Batch], Awaitable[None]]:
        async def handler(batch: Batch) -> None:
            shares[number].add(batch.partition)
            await seen(batch)
            await asyncio.sleep(0.01)  # a handover that cuts a batch here has it done twice

        return handler

    sent: list[Any] = []
    enough = asyncio.Event()
    async with AsyncExitStack() as first:
        await first.enter_async_context(bus.running(bus.consumer(member(0))))
        load = asyncio.create_task(_load(bus, sent, enough))
        async with AsyncExitStack() as others:
            await others.enter_async_context(bus.running(bus.consumer(member(1))))
            await others.enter_async_context(bus.running(bus.consumer(member(2))))
            shares[0].clear()
            await until(lambda: all(shares))
        enough.set()
        await load
        await until(lambda: len(seen.counts) == len(sent))
    assert seen.skipped == []
    assert set(seen.counts) == {message.id for message in sent}
    # every handover was drained and committed, so the next owner began where the last one ended
    assert set(seen.counts.values()) == {1}
    assert await bus.committed() == len(sent)


async def test_a_member_that_dies_leaves_only_repeats(bus: Bus) -> None:
    seen = Seen()
    sent = messages(keys=30, each=40)
    dying, heir = bus.consumer(seen, commit_seconds=60.0), bus.consumer(seen)
    await bus.producer.publish(sent[:600])
    async with bus.running(dying) as task:
        await until(lambda: len(seen.counts) == 600)
        task.cancel()  # as SIGKILL: no drain, no commit
    await bus.producer.publish(sent[600:])
    async with bus.running(heir):
        await until(lambda: len(seen.counts) == len(sent))
    assert seen.skipped == []
    assert await bus.committed() == len(sent)
    assert sum(seen.counts.values()) == len(sent) + 600


async def test_a_batch_that_does_not_end_is_cut_and_goes_to_the_next_owner(bus: Bus) -> None:
    seen = Seen()
    hanging = asyncio.Event()

    async def hangs(_batch: Batch) -> None:
        hanging.set()
        await asyncio.Event().wait()

    sent = messages(keys=1, each=5)
    await bus.producer.publish(sent)
    async with bus.running(bus.consumer(hangs, drain_seconds=0.3)):
        await hanging.wait()
    assert await bus.committed() == 0
    async with bus.running(bus.consumer(seen)):
        await until(lambda: len(seen.counts) == len(sent))


async def test_a_commit_that_comes_too_late_is_no_failure(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    """Around a rebalance a commit may be refused. The work goes on, and the next commit says it again."""
    seen = Seen()
    refusals = [CommitFailedError("rebalanced"), IllegalStateError("not assigned")]
    too_late = metrics.CONSUMER_COMMITS.labels("routing", "rebalanced")
    before = too_late._value.get()
    consumer = bus.consumer(seen, commit_seconds=0.05)
    original = Membership._serve

    async def serve(self: Membership) -> None:
        commit = self._client.commit

        async def refuse(offsets: Any) -> None:
            if refusals:
                raise refusals.pop()
            await commit(offsets)

        monkeypatch.setattr(self._client, "commit", refuse)
        await original(self)

    monkeypatch.setattr(Membership, "_serve", serve)
    sent = messages(keys=10, each=10)
    async with bus.running(consumer) as task:
        await bus.producer.publish(sent)
        await until(lambda: len(seen.counts) == len(sent) and not refusals)
        assert not task.done()
    assert set(seen.counts.values()) == {1}
    assert await bus.committed() == len(sent)
    assert too_late._value.get() == before + 2


async def test_a_client_that_fails_commits_what_is_done_and_joins_again(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an error of the client its positions are not trusted: what was not done is fetched again."""
    seen = Seen()
    sent = messages(keys=20, each=10)
    original = Membership._serve
    broken = [UnicodeDecodeError("utf-8", b"\xff", 0, 1, "a header's name"), KafkaError("anything")]

    async def serve(self: Membership) -> None:
        getmany = self._client.getmany

        async def fetch(**given: Any) -> Any:
            fetched = await getmany(**given)
            if broken and fetched and seen.counts:
                raise broken.pop()  # and what was fetched is gone
            return fetched

        monkeypatch.setattr(self._client, "getmany", fetch)
        await original(self)

    monkeypatch.setattr(Membership, "_serve", serve)
    async with bus.running(bus.consumer(seen, commit_seconds=60.0)) as task:
        for start in range(0, len(sent), 50):
            await bus.producer.publish(sent[start : start + 50])
            await until(partial(lambda end: len(seen.counts) == end, start + 50))
        assert not task.done()
    assert not broken
    assert seen.skipped == []
    assert set(seen.counts.values()) == {1}
    assert await bus.committed() == len(sent)
