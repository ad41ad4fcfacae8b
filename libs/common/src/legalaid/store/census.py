"""A census: how many documents stand how, asked of the store every few seconds, for gauges.

Counting as things happen would drift after a crash or a replay; a census is right again at its next turn. It is one
question over a partial index that holds only what is still open, so it does not grow with the years.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog

from legalaid.errors import PermanentError, TransientError
from legalaid.service import Part, pause
from legalaid.store.client import Collection, Document, transient

log = structlog.get_logger()

ANY_TIME: Final = {"$gt": datetime(1970, 1, 1, tzinfo=UTC)}
"""Matches a field that holds a time; as a query and in the partial index that answers it, word for word."""
OVERDUE: Final = "overdue"
LATER: Final = "later"


def census(count: Callable[[], Awaitable[None]], *, every_seconds: float = 15.0) -> Part:
    """The part that runs ``count`` now and then. Gauges keep their last values while the store is away.

    A question that the store refuses is a fault of ours; it costs the gauges, never the work of the process.
    """

    async def run(stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await count()
            except TransientError as error:
                log.warning("census_put_off", error=str(error))
            except PermanentError as error:
                log.error("census_refused", reason=error.reason)  # noqa: TRY400 - the reason says it all
            await pause(stop, every_seconds)

    return Part("census", run)


async def tally(
    collection: Collection, query: Document, by: Mapping[str, Any], **more: Document
) -> list[tuple[dict[str, Any], Document]]:
    """For each group of what matches: its values of ``by`` (expressions of the store's language), and its ``count``.

    ``more`` are further accumulators, by name. Raises ``TransientError`` when the store is away.
    """
    group = {"_id": dict(by), "count": {"$sum": 1}, **more}
    with transient():
        found = await collection.aggregate([{"$match": query}, {"$group": group}]).to_list(None)
    return [(row.pop("_id"), row) for row in found]


def distance(field: str, now: datetime, steps: Mapping[str, timedelta]) -> Document:
    """An expression for ``tally``: how far the time in ``field`` is. ``OVERDUE`` once it has passed, else the first of
    ``steps`` (nearest first) that it lies within, else ``LATER``.
    """
    bounds = {OVERDUE: timedelta(0), **steps}
    branches = [{"case": {"$lte": [f"${field}", now + step]}, "then": name} for name, step in bounds.items()]
    return {"$switch": {"branches": branches, "default": LATER}}
