import asyncio
import contextvars

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legalaid.store import GroupCommit


class Disk:
    """A commit that answers each item with its double, refuses some, and fails as a whole for others."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun, self.gate = asyncio.Event(), asyncio.Event()
        self.gate.set()

    async def __call__(self, items: list[int]) -> list[int | Exception]:
        self.batches.append(items)
        self.begun.set()
        await self.gate.wait()
        if any(item >= 1000 for item in items):
            raise ConnectionError("the disk is full")
        return [ValueError(item) if item < 0 else item * 2 for item in items]


async def test_what_arrives_together_is_committed_together() -> None:
    disk = Disk()
    group = GroupCommit(disk)
    assert await asyncio.gather(*(group.submit(item) for item in range(10))) == [item * 2 for item in range(10)]
    assert disk.batches == [list(range(10))]


async def test_what_arrives_during_a_commit_goes_with_the_next_one() -> None:
    disk = Disk()
    disk.gate.clear()
    group = GroupCommit(disk, most=3)
    first = asyncio.create_task(group.submit(1))
    await disk.begun.wait()
    others = [asyncio.create_task(group.submit(item)) for item in (2, 3, 4, 5)]
    await asyncio.sleep(0)
    disk.gate.set()
    assert await asyncio.gather(first, *others) == [2, 4, 6, 8, 10]
    assert disk.batches == [[1], [2, 3, 4], [5]]


async def test_one_refused_item_fails_its_own_caller_only() -> None:
    disk = Disk()
    group = GroupCommit(disk)
    good, bad = asyncio.create_task(group.submit(1)), asyncio.create_task(group.submit(-1))
    assert await good == 2
    with pytest.raises(ValueError, match="-1"):
        await bad
    assert len(disk.batches) == 1


async def test_a_failed_commit_reaches_every_caller_and_the_next_commit_works() -> None:
    disk = Disk()
    group = GroupCommit(disk)
    answers = await asyncio.gather(group.submit(1), group.submit(1000), return_exceptions=True)
    assert [type(answer) for answer in answers] == [ConnectionError, ConnectionError]
    assert await group.submit(3) == 6


async def test_a_commit_that_forgets_an_item_is_an_error_for_all() -> None:
    async def forgetful(items: list[int]) -> list[int]:
        return items[1:]

    group = GroupCommit(forgetful)
    answers = await asyncio.gather(group.submit(1), group.submit(2), return_exceptions=True)
    assert [type(answer) for answer in answers] == [RuntimeError, RuntimeError]


async def test_a_caller_that_left_before_its_commit_is_left_out() -> None:
    disk = Disk()
    group = GroupCommit(disk)
    stays, leaves = asyncio.create_task(group.submit(1)), asyncio.create_task(group.submit(2))
    await asyncio.sleep(0)
    leaves.cancel()
    assert await stays == 2
    assert disk.batches == [[1]]


async def test_a_caller_that_leaves_during_its_commit_leaves_the_others_theirs() -> None:
    disk = Disk()
    disk.gate.clear()
    group = GroupCommit(disk)
    leaves, stays = asyncio.create_task(group.submit(1)), asyncio.create_task(group.submit(2))
    await disk.begun.wait()
    leaves.cancel()
    await asyncio.sleep(0)
    disk.gate.set()
    assert await asyncio.wait_for(stays, 1) == 4
    assert leaves.cancelled()


async def test_when_the_work_itself_is_cancelled_nobody_waits_for_ever() -> None:
    disk = Disk()
    disk.gate.clear()
    group = GroupCommit(disk, most=1)
    callers = [asyncio.create_task(group.submit(item)) for item in (1, 2)]
    await disk.begun.wait()
    assert group._working
    group._working.cancel()
    answers = await asyncio.wait_for(asyncio.gather(*callers, return_exceptions=True), 1)
    assert [type(answer) for answer in answers] == [asyncio.CancelledError, asyncio.CancelledError]


async def test_the_work_has_none_of_its_first_callers_context() -> None:
    caller = contextvars.ContextVar("caller", default="nobody")

    async def who(items: list[int]) -> list[str]:
        return [caller.get()] * len(items)

    caller.set("somebody")
    assert await GroupCommit(who).submit(1) == "nobody"


@given(
    st.lists(st.tuples(st.integers(-2, 1001), st.sampled_from(["stay", "leave"]), st.integers(0, 3)), max_size=30),
    st.integers(1, 5),
)
async def test_every_caller_gets_its_own_answer_whoever_leaves_or_fails(
    callers: list[tuple[int, str, int]], most: int
) -> None:
    disk = Disk()
    group = GroupCommit(disk, most=most, gather_seconds=0)
    tasks = []
    for item, fate, turns in callers:
        task = asyncio.create_task(group.submit(item))
        tasks.append(task)
        for _ in range(turns):
            await asyncio.sleep(0)
        if fate == "leave":
            task.cancel()
    answers = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
    failed = {item for batch in disk.batches if any(each >= 1000 for each in batch) for item in batch}
    for (item, fate, _), answer in zip(callers, answers, strict=True):
        if isinstance(answer, asyncio.CancelledError):
            assert fate == "leave"
        elif isinstance(answer, ConnectionError):
            assert item in failed
        elif isinstance(answer, ValueError):
            assert item < 0
            assert str(answer) == str(item)
        else:
            assert answer == item * 2
    assert all(len(batch) <= most for batch in disk.batches)


@pytest.mark.parametrize("most", [1, 200])
async def test_no_batch_is_larger_than_allowed(most: int) -> None:
    disk = Disk()
    group = GroupCommit(disk, most=most)
    await asyncio.gather(*(group.submit(item) for item in range(250)))
    assert [len(batch) for batch in disk.batches] == ([1] * 250 if most == 1 else [200, 50])
