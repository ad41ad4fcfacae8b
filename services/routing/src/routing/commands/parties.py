"""Comparing cases by the marks of who stands in them: at the moment an officer looks, and nothing of it is kept."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from legalaid.sealed import Keyring, MarkedParty
from legalaid.store import ANY_TIME, Documents
from routing.rules.directory import Directory
from routing.rules.parties import Compared, Hits, compare, lookup, places
from routing.store import Case

MOST: Final = 500
"""No more others are looked at, for one page of cases: a number that so many gave tells nobody apart."""


class Comparing:
    """Finds conflicts of interest and requests made twice. Whichever was decided first, both cases say it."""

    def __init__(self, cases: Documents[Case], keyring: Keyring, directory: Directory) -> None:
        self._cases = cases
        self._keyring = keyring
        self._directory = directory

    async def hits(self, looked_at: Iterable[str], seen_owners: Collection[str]) -> dict[str, Hits]:
        """What open cases of these ids have in common with others, for who may see the cases of ``seen_owners``.

        A case that has ended, or nobody of which has marks, is absent. Three queries for all of them, one where there
        are no marks. Raises ``TransientError`` when the store is away.
        """
        marked = await self._keyring.parties(looked_at)
        mine = marked.keys()
        wanted = {mark for parties in marked.values() for mark in lookup(parties)}
        if not wanted:
            return {}
        everybody = await self._keyring.sharing(wanted, MOST) | marked
        compared: dict[str, Compared] = {}
        seen: set[str] = set()
        async for page in self._cases.stream({"_id": {"$in": list(everybody)}, "state.due_at": ANY_TIME}):
            compared |= {case.id: self._compared(case, everybody[case.id]) for case in page}
            seen |= {case.id for case in page if case.held_by in seen_owners}
        sharing = _by_mark(compared.values())
        return {
            one: compare(compared[one], [compared[other] for other in _rivals(compared[one], sharing)], seen)
            for one in mine & compared.keys()
        }

    def _compared(self, case: Case, parties: Sequence[MarkedParty]) -> Compared:
        owner = case.state.owner if case.state else None
        return Compared(
            case_id=case.id,
            parties=parties,
            places=places(case.residence, case.matter_place),
            centre=self._directory.centre_of(owner.code) if owner else "",
            owner_name=owner.name if owner else "",
        )


def _by_mark(compared: Iterable[Compared]) -> Mapping[str, set[str]]:
    by_mark: dict[str, set[str]] = defaultdict(set)
    for one in compared:
        for mark in lookup(one.parties):
            by_mark[mark].add(one.case_id)
    return by_mark


def _rivals(one: Compared, by_mark: Mapping[str, set[str]]) -> set[str]:
    return set().union(*(by_mark[mark] for mark in lookup(one.parties)))
