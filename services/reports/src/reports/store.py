"""The collections of reports: the facts, and the names of centres."""

from collections.abc import Mapping
from typing import Final

from legalaid.store import Aggregate, Documents, Index, Store, transient
from reports.rules.facts import Fact

DATABASE: Final = "reports"


class FactDocument(Aggregate):
    """The fact of one aggregate; its id is ``<topic>:<aggregate id>``."""

    fact: Fact


class CentreName(Aggregate):
    """What a centre is called now; its id is its code."""

    name: str


class ReportsStore:
    """All collections; ``suffix`` names a second set of them beside the live one."""

    def __init__(self, store: Store, suffix: str = "") -> None:
        self.facts = Documents(
            store, DATABASE, f"facts{suffix}", FactDocument, indexes=[Index("fact.begun_at", name="begun_at")]
        )
        self.centres = Documents(store, DATABASE, f"centres{suffix}", CentreName)

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
