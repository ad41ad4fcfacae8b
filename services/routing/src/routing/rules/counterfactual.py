"""What would have changed the answer: of somebody who is not eligible the nearest category, of somebody who is, the one
fact that it hangs on.
"""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any, Final, NamedTuple

from legalaid.events.words import Answer
from routing.rules.compiled import BIRTH, Atom, Compiled, Holding
from routing.rules.known import OLDEST, births
from routing.rules.law import Category, Moment
from routing.rules.questions import KEPT, LeftOpen, deciding

Days = tuple[tuple[Moment, date], ...]
_OF_THE_MATTER: Final = frozenset({"field", "concrete_matter"})
"""Every answer hangs on these, which says nothing of the person."""


class ChangedFact(NamedTuple):
    """One fact as it would have to be."""

    fact: str
    value: str
    """As facts are recorded; of the birth a day that would do."""
    conditions: tuple[Atom, ...]
    """What would hold then; of somebody who is eligible what would hold no longer."""


class Counterfactual(NamedTuple):
    """The smallest change that would have led to another outcome."""

    changes: tuple[ChangedFact, ...]
    read: tuple[Answer, ...]
    """What each reading would say."""
    category: Category | None
    """The nearest one of somebody who is not eligible; None of somebody who is."""


def counterfactual(
    rows: Compiled, state: Holding, left: LeftOpen, days: Days, *, eligible: bool
) -> Counterfactual | None:
    """For somebody whose outcome is settled. None when no fact alone changes it."""
    return (_pivot if eligible else _nearest)(rows, state, left, days)


def _nearest(rows: Compiled, state: Holding, left: LeftOpen, days: Days) -> Counterfactual | None:
    """The category of which the fewest conditions fail; of several the one of which the most hold already."""
    groups = [(category, group) for category, of in zip(rows.categories, rows.groups, strict=True) for group in of]
    for category, group in sorted(groups, key=lambda each: _distance(rows, state, *each)):
        needed = group | rows.matter
        changes = _fitting(rows, needed, needed & ~state.holds, days)
        if changes:
            return Counterfactual(
                tuple(change for change, _ in changes),
                _read(rows, state, left, [(change.fact, bits) for change, bits in changes]),
                category,
            )
    return None


def _distance(rows: Compiled, state: Holding, category: Category, group: int) -> tuple[Any, ...]:
    needed = group | rows.matter
    missing = needed & ~state.holds
    facts = sorted(atom.fact for atom in rows.conditions(missing))
    return (
        (missing & ~state.open).bit_count(),
        missing.bit_count(),
        -(group & state.holds).bit_count(),
        category.reading is not None,
        bool(missing & rows.bits(BIRTH)),  # nobody changes their age
        sum(rows.effort.get(fact, 2) for fact in facts),
        category.code,  # so that the order of rows never matters
        category.reading or "",
        facts,
    )


def _fitting(rows: Compiled, needed: int, missing: int, days: Days) -> list[tuple[ChangedFact, int]]:
    """For each fact of ``missing`` the first value with which all that is ``needed`` of it holds; [] without one."""
    found = []
    for fact in sorted({atom.fact for atom in rows.conditions(missing)}):
        mine = rows.bits(fact)
        value = next(((value, bits) for value, bits in _values(rows, fact, days) if needed & mine & ~bits == 0), None)
        if value is None:
            return []
        found.append((ChangedFact(fact, value[0], rows.conditions(missing & mine)), value[1]))
    return found


def _pivot(rows: Compiled, state: Holding, left: LeftOpen, days: Days) -> Counterfactual | None:
    """The first fact without which somebody would not be eligible, or not certainly so; their age last."""
    carrying = 0
    for groups in rows.by_reading:
        for group in groups:
            carrying |= 0 if state.answer(group) is Answer.NO else group & state.holds
    facts = {atom.fact for atom in rows.conditions(carrying)}
    for fact in sorted(facts, key=lambda fact: (fact == BIRTH, rows.effort.get(fact, 2), fact)):
        for value, bits in _values(rows, fact, days) if fact not in _OF_THE_MATTER else ():
            read = _read(rows, state, left, [(fact, bits)])
            if set(read) != {Answer.YES}:
                lost = rows.conditions(carrying & rows.bits(fact) & ~bits)
                return Counterfactual((ChangedFact(fact, value, lost),), read, None)
    return None


def _read(rows: Compiled, state: Holding, left: LeftOpen, changes: list[tuple[str, int]]) -> tuple[Answer, ...]:
    """What each reading says after these facts were other ones."""
    holds, still_open, facts, born = state.holds, state.open, left.facts, left.born
    for fact, bits in changes:
        mine = rows.bits(fact)
        holds, still_open = holds & ~mine | bits, still_open & ~mine
        facts, born = facts - {fact}, frozenset[int]() if fact == BIRTH else born
    return deciding(rows, Holding(holds, still_open), LeftOpen(facts, born)).read


def _values(rows: Compiled, fact: str, days: Days) -> Iterator[tuple[str, int]]:
    """What a fact may be, and what holds then."""
    yield from _days_of_birth(rows, days) if fact == BIRTH else rows.told_bits[fact].items()


@lru_cache(maxsize=KEPT)
def _days_of_birth(rows: Compiled, days: Days) -> tuple[tuple[str, int], ...]:
    """A day for each sort of age."""
    on = dict(days)
    last = on[Moment.RECEIPT]
    found = {rows.birth_bits(born, on): born for born in births(last - OLDEST, last, on.values(), rows.ages)}
    return tuple((born.isoformat(), bits) for bits, born in found.items())
