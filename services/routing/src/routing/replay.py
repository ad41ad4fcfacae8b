"""Decides stored cases again, under other tables or on another day, and says what would change.

    python -m routing replay                                   # under today's tables: nothing may differ
    python -m routing replay --law DIR --directory FILE        # before they are put in place
    python -m routing replay --as-of 2027-01-01                # as if all had come on that day

Reads the store and the keyring, and writes nothing but the file that is named. What it prints and writes says nothing
about a person: categories are counted, never told of a case.
"""

import csv
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import structlog

from legalaid import clock
from legalaid.events.words import CaseKind
from legalaid.sealed import Keyring, SealError
from legalaid.store import Store
from legalaid.vietnam import calendar
from routing import tables
from routing.rules.comparison import CaseComparison, Stored
from routing.rules.rulebook import Rulebook
from routing.settings import RoutingSettings
from routing.store import OPEN, RoutingStore, opened

log = structlog.get_logger()

FEW: Final = 5
"""A category that fewer gain or lose is counted together with others: so few could be recognised."""


@dataclass(frozen=True)
class Asked:
    """What to compare with what."""

    law: Path | None = None
    directory: Path | None = None
    as_of: date | None = None
    since: date | None = None


@dataclass(frozen=True)
class ReplayFindings:
    """The differences, and what could not be compared."""

    comparison: CaseComparison
    erased: int
    """Cases whose keys are gone."""
    unopened: int
    """Cases with a box that does not open; each is named in the log."""


class StoredPage(NamedTuple):
    """Some of the stored cases, and how many of them cannot be compared, as ``ReplayFindings`` tells them apart."""

    opened: list[Stored]
    erased: int
    unopened: int


async def replay(settings: RoutingSettings, asked: Asked) -> ReplayFindings:
    """Compare all cases of requests that were received ``since`` that day.

    Raises ``ValueError`` for tables that are not whole and ``TransientError`` when the store is away.
    """
    current = rulebook(settings, settings.law_folder, settings.directory_file)
    other = rulebook(settings, asked.law or settings.law_folder, asked.directory or settings.directory_file)
    as_of = other.noon(asked.as_of) if asked.as_of else None
    store = Store(settings.mongo, app_name="routing-replay")
    comparison, erased, unopened = CaseComparison(), 0, 0
    try:
        async for page in stored_cases(RoutingStore(store), Keyring(store, settings.keyring), asked.since):
            erased += page.erased
            unopened += page.unopened
            for each in page.opened:
                comparison.take(each, current, other, as_of)
    finally:
        await store.close()
    return ReplayFindings(comparison, erased, unopened)


def rulebook(settings: RoutingSettings, law: Path | None, directory: Path | None) -> Rulebook:
    """The rules by these tables and the calendar of the installation."""
    working = calendar.load(settings.holidays_file)
    return Rulebook(tables.load_law(law, working.day(clock.now())), tables.load_directory(directory), working)


async def stored_cases(
    store: RoutingStore, keyring: Keyring, since: date | None = None, *, only_open: bool = False
) -> AsyncIterator[StoredPage]:
    """Cases of requests, opened, some at a time. One that cannot be opened keeps no other from being looked at."""
    query: dict[str, Any] = {"state.kind": CaseKind.REQUEST.value} | (dict(OPEN) if only_open else {})
    if since is not None:
        query["state.received_at"] = {"$gte": datetime.combine(since, datetime.min.time(), clock.VIETNAM)}
    async for cases in store.cases.stream(query):
        keys = await keyring.fetch(case.id for case in cases)
        whole: list[Stored] = []
        unopened = 0
        for case in cases:
            try:
                found = opened(case, keys[case.id]) if case.id in keys else None
            except SealError:
                log.warning("case_cannot_be_opened", case=case.id)
                unopened += 1
            else:
                whole += [found] if found else []
        yield StoredPage(whole, len(cases) - len(whole) - unopened, unopened)


def lines(found: ReplayFindings) -> Iterator[str]:
    """What there is to say, as text."""
    comparison = found.comparison
    parts = Counter(part for each in comparison.differences for part in each.parts)
    otherwise = len(comparison.differences)
    unopened = f", {found.unopened} cannot be opened" if found.unopened else ""
    yield f"{comparison.compared} cases compared, {otherwise} would be otherwise, {found.erased} erased{unopened}"
    yield from _table("part", "cases", parts.items())
    yield from _table(
        "outcome", "cases", ((f"{one} -> {other}", n) for (one, other), n in comparison.outcomes().items())
    )
    for word, counted in zip(("lost", "gained"), comparison.categories(), strict=True):
        yield from _table(f"category {word}", "cases", _not_few(counted))
    before, after = comparison.load
    moved = {code: (before[code], after[code]) for code in before | after if before[code] != after[code]}
    yield from _table("owner", "open cases", ((code, f"{one} -> {other}") for code, (one, other) in moved.items()))


def _not_few(counted: Counter[str]) -> Iterator[tuple[str, object]]:
    few = sum(number for number in counted.values() if number < FEW)
    yield from ((code, number) for code, number in counted.items() if number >= FEW)
    if few:
        yield f"each in fewer than {FEW} cases", few


def _table(name: str, unit: str, rows: Iterable[tuple[object, object]]) -> Iterator[str]:
    found = sorted((str(one), str(other)) for one, other in rows)
    if found:
        yield ""
        yield f"{name:<44} {unit}"
        yield from (f"{one:<44} {other}" for one, other in found)


def write_csv(found: ReplayFindings, file: Path) -> None:
    """A row for each case that would be otherwise: its id, owner, outcome and due time, before and after."""
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(
            ("case_id", "parts", "owner", "owner_after", "outcome", "outcome_after", "due_at", "due_at_after")
        )
        for each in found.comparison.differences:
            due = ("" if at is None else at.isoformat() for at in each.due_at)
            rows.writerow((each.case_id, " ".join(each.parts), *each.owner, *each.outcome, *due))
