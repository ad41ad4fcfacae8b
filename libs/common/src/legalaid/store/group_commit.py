"""Group commit: what arrives while one commit runs is committed together by the next."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class GroupCommit(Generic[T, R]):
    """Gathers the items of concurrent callers into few commits; each caller gets its own answer.

    ``commit`` answers one result per item, in order. An exception in place of a result goes to that item's caller
    alone; an exception raised goes to all callers of that commit.
    """

    def __init__(
        self,
        commit: Callable[[list[T]], Awaitable[Sequence[R | Exception]]],
        *,
        most: int = 200,
        gather_seconds: float = 0.001,
    ) -> None:
        self._commit = commit
        self._most = most
        self._gather_seconds = gather_seconds
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._working: asyncio.Task[None] | None = None

    async def submit(self, item: T) -> R:
        """Commit ``item`` with others. A caller that is cancelled leaves the rest alone; its item may be committed."""
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if self._working is None:
            # An empty context: the work belongs to no caller, nor to its trace and log fields.
            self._working = asyncio.create_task(self._work(), name="group-commit", context=Context())
        return await answer

    async def _work(self) -> None:
        batch: list[tuple[T, asyncio.Future[R]]] = []
        try:
            await asyncio.sleep(self._gather_seconds)
            while self._waiting:
                batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._answer([(item, answer) for item, answer in batch if not answer.done()])
        finally:
            for _, answer in (*batch, *self._waiting):
                answer.cancel()  # all are answered by now, unless this task itself was cancelled
            self._working = None

    async def _answer(self, batch: list[tuple[T, asyncio.Future[R]]]) -> None:
        if not batch:
            return
        results: Sequence[R | Exception]
        try:
            results = await self._commit([item for item, _ in batch])
            if len(results) != len(batch):
                raise RuntimeError("a commit must answer every item")  # noqa: TRY301 - the callers must hear of it
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the callers' answer
            results = [error] * len(batch)
        for (_, answer), result in zip(batch, results, strict=True):
            if answer.done():  # its caller was cancelled meanwhile
                continue
            if isinstance(result, Exception):
                answer.set_exception(result)
            else:
                answer.set_result(result)
