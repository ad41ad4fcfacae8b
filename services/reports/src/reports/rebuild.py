"""``python -m reports rebuild`` answers whether the facts are what the log says.

Every topic is read from its first record, by the handlers that wrote the live facts, into collections beside them; then
both are compared, and every difference is told by id and field. The service tells in its gauges what was found.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from legalaid import clock
from legalaid.bus import Log
from legalaid.settings import ServiceSettings
from legalaid.store import Aggregate, Documents, Store
from reports.handlers import Recorder
from reports.store import DATABASE, ReportsStore

_ASK_AGAIN_SECONDS: Final = 0.5


@dataclass
class Comparison:
    """What two sets of collections have in common, and what not."""

    same: int = 0
    behind: list[str] = field(default_factory=list)
    """Documents that are at another sequence on one side: perhaps it only has not come so far."""
    different: list[str] = field(default_factory=list)
    """Documents at the same sequence that differ: one of the two is wrong."""
    unreadable: int = 0
    """Records of the log that are no events; the service put them to its dead letters."""

    @property
    def problems(self) -> list[str]:
        """Everything that is not the same, the worst first."""
        return [*self.different, *self.behind]


async def rebuild(settings: ServiceSettings, *, keep: bool = False, patience_seconds: float = 30) -> Comparison:
    """Build anew and compare. Events arrive meanwhile, so whoever is behind is given ``patience_seconds`` to come up.

    Raises ``TransientError`` when the store or the brokers are away.
    """
    store = Store(settings.mongo, app_name="reports-rebuild")
    try:
        live, fresh = ReportsStore(store), ReportsStore(store, await _free_suffix(store))
        await fresh.create_indexes()
        try:
            found = await _compare_with_log(settings, live, fresh, patience_seconds)
        finally:
            if not keep:
                await fresh.drop()
        await live.keep_check(len(found.problems), clock.real_now())
        return found
    finally:
        await store.close()


async def _compare_with_log(
    settings: ServiceSettings, live: ReportsStore, fresh: ReportsStore, patience_seconds: float
) -> Comparison:
    handlers = Recorder(fresh).handlers()
    deadline = clock.elapsed() + patience_seconds
    async with Log(settings.kafka, list(handlers)) as log:
        while True:
            async for batch in log.batches():
                await handlers[batch.topic](batch)
            found = Comparison(unreadable=log.unreadable)
            await compare(live.facts, fresh.facts, found)
            await compare(live.centres, fresh.centres, found)
            if not found.behind or clock.elapsed() > deadline:
                return found
            await asyncio.sleep(_ASK_AGAIN_SECONDS)


async def compare(live: Documents[Any], fresh: Documents[Any], found: Comparison) -> None:
    """Go through both collections side by side, by id."""
    lives, freshes = _each(live), _each(fresh)
    one, other = await anext(lives, None), await anext(freshes, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one.id < other.id):
            found.behind.append(f"{live.name} {one.id if one else ''}: the log does not tell of it")
            one = await anext(lives, None)
        elif one is None or other.id < one.id:
            found.behind.append(f"{live.name} {other.id}: is missing")
            other = await anext(freshes, None)
        else:
            _compare(live.name, one, other, found)
            one, other = await anext(lives, None), await anext(freshes, None)


def _compare(name: str, live: Aggregate, fresh: Aggregate, found: Comparison) -> None:
    if live.applied != fresh.applied:
        found.behind.append(f"{name} {live.id}: at {live.applied}, the log is at {fresh.applied}")
        return
    differing = sorted(_differing(live.to_document(), fresh.to_document()))
    if differing:
        found.different.append(f"{name} {live.id}: {', '.join(differing)}")
    else:
        found.same += 1


def _differing(live: dict[str, Any], fresh: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for key in live.keys() | fresh.keys():
        one, other = live.get(key), fresh.get(key)
        if isinstance(one, dict) and isinstance(other, dict):
            yield from _differing(one, other, f"{prefix}{key}.")
        elif one != other:
            yield f"{prefix}{key} is {one}, should be {other}"


async def _each(documents: Documents[Any]) -> AsyncIterator[Aggregate]:
    async for page in documents.stream({}, sort="_id"):
        for document in page:
            yield document


async def _free_suffix(store: Store) -> str:
    taken = set(await store.collection_names(DATABASE))
    number = 1
    while f"facts_rebuild_{number}" in taken:
        number += 1
    return f"_rebuild_{number}"
