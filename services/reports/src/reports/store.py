"""The collections of reports: the facts, the names of centres, and what the rebuild checks found."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from legalaid.store import Aggregate, Decided, Documents, Index, Store, transient
from reports.rules.facts import Fact

DATABASE: Final = "reports"
_REBUILD: Final = "rebuild"


class FactDocument(Aggregate):
    """The fact of one aggregate; its id is ``<topic>:<aggregate id>``."""

    fact: Fact


class CentreName(Aggregate):
    """What a centre is called now; its id is its code."""

    name: str


class RebuildCheck(Aggregate):
    """What the rebuild checks found; there is one. Its times are real, as those of the job that runs the checks."""

    unproved_since: datetime
    """When a check last found everything to be what the log says; until one did, when this was first asked."""
    differences: int = 0
    """Documents that the last check found to be otherwise."""


class ReportsStore:
    """All collections; ``suffix`` names a second set of them beside the live one."""

    def __init__(self, store: Store, suffix: str = "") -> None:
        self.facts = Documents(
            store, DATABASE, f"facts{suffix}", FactDocument, indexes=[Index("fact.begun_at", name="begun_at")]
        )
        self.centres = Documents(store, DATABASE, f"centres{suffix}", CentreName)
        self._checks = Documents(store, DATABASE, "checks", RebuildCheck)

    async def create_indexes(self) -> None:
        """Create what is missing."""
        await self.facts.create_indexes()
        await self.centres.create_indexes()

    async def drop(self) -> None:
        """Remove all collections, for a set that was built to be compared."""
        with transient():
            await self.facts.collection.drop()
            await self.centres.collection.drop()

    async def centre_names(self) -> Mapping[str, str]:
        """The names of all centres and branches, by code: a few hundred."""
        return {centre.id: centre.name for centre in await self.centres.find({})}

    async def last_check(self, now: datetime) -> RebuildCheck:
        """What the last rebuild check found."""

        async def first(found: RebuildCheck | None) -> Decided[RebuildCheck, RebuildCheck]:
            if found is not None:
                return Decided(found)
            new = RebuildCheck(id=_REBUILD, unproved_since=now)
            return Decided(new, write=new)

        return (await self._checks.change(_REBUILD, first)).answer

    async def keep_check(self, differences: int, now: datetime) -> None:
        """Remember what a rebuild check found, for the gauges of the service."""

        async def found(before: RebuildCheck | None) -> Decided[RebuildCheck, None]:
            check = before or RebuildCheck(id=_REBUILD, unproved_since=now)
            check.differences = differences
            if not differences:
                check.unproved_since = now
            return Decided(None, write=check)

        await self._checks.change(_REBUILD, found)
