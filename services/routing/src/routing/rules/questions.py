"""Which questions settle what is open: the fewest.

A fact is asked for when some answers to all other questions leave the outcome hanging on it alone. Whoever asks all of
these has the outcome; without any one of them it could still be open.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from itertools import product
from typing import Final

from legalaid.events.words import Answer
from routing.rules.compiled import BIRTH, Compiled, State
from routing.rules.known import Known, births
from routing.rules.law import Moment

Choices = Mapping[str, frozenset[int]]
"""For each open fact, what it may turn out to hold, as sets of bits."""


def deciding(rows: Compiled, known: Known, state: State) -> frozenset[str]:
    """The facts that some reading still hangs on. Empty when every reading is settled."""
    unknown = frozenset(fact for fact in rows.facts if fact != BIRTH and fact not in known.values)
    born = frozenset[int]() if known.born_on else _births(rows, *known.born, tuple(known.days.items()))
    return _deciding(rows, state, unknown, born)


_KEPT: Final = 4096
"""People resemble each other: what was worked out for one holds for all of whom as much is known."""


@lru_cache(maxsize=_KEPT)
def _births(rows: Compiled, first: date, last: date, days: tuple[tuple[Moment, date], ...]) -> frozenset[int]:
    on = dict(days)
    return frozenset(rows.birth_bits(born, on) for born in births(first, last, on.values(), rows.ages))


@lru_cache(maxsize=_KEPT)
def _deciding(rows: Compiled, state: State, unknown: frozenset[str], born: frozenset[int]) -> frozenset[str]:
    choices = {fact: rows.value_bits[fact] for fact in unknown} | ({BIRTH: born} if born else {})
    hanging = [groups for groups in rows.by_reading if state.some(groups) is Answer.UNKNOWN]
    return frozenset(fact for groups in hanging for fact in choices if _decides(fact, groups, choices, rows, state))


def _decides(fact: str, groups: Iterable[int], choices: Choices, rows: Compiled, state: State) -> bool:
    """Whether some group holds or not by this fact alone, all other groups being lost without it."""
    possible = [group for group in groups if state.answer(group) is not Answer.NO]
    mine = rows.bits(fact)
    return any(
        any(group & ~(others | bits) == 0 for bits in choices[fact])
        and any(_nothing_holds(possible, others | bits) for bits in choices[fact])
        for group in possible
        if group & mine
        for others in _others(group, fact, choices, rows, state)
    )


def _nothing_holds(groups: Iterable[int], bits: int) -> bool:
    return all(group & ~bits for group in groups)


def _others(group: int, fact: str, choices: Choices, rows: Compiled, state: State) -> Iterator[int]:
    """What holds when all facts but one fit the group, and those that it does not ask for help nobody."""
    options = []
    for other, values in choices.items():
        if other != fact:
            wanted = group & rows.bits(other)
            fitting = [bits for bits in values if wanted & ~bits == 0]
            options.append([0] if not wanted and 0 in values else fitting)
    for chosen in product(*options):
        bits = state.holds & ~rows.bits(fact)
        for each in chosen:
            bits |= each
        yield bits
