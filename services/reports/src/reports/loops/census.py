"""What the last rebuild check found, and for how long the facts are unproved: gauges, read from the store."""

from functools import partial

from legalaid import clock
from legalaid.service import Part
from legalaid.store import census
from reports import metrics
from reports.store import ReportsStore


def part(store: ReportsStore) -> Part:
    """The part that reads."""
    return census(partial(count, store))


async def count(store: ReportsStore) -> None:
    """Set the gauges anew."""
    check = await store.last_check(clock.real_now())
    metrics.REBUILD_DIFFERENCES.set(check.differences)
    metrics.REBUILD_UNPROVED_SECONDS.set(max(0.0, (clock.real_now() - check.unproved_since).total_seconds()))
