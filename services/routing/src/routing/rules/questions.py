"""Which questions settle what is open: the fewest.

A fact is asked for when some answers to all other questions leave the outcome hanging on it alone. Whoever asks all of
these has the outcome; without any one of them it could still be open. Where there is none to ask, all answers lead to
one outcome: in 2026 an accused who was born in 2010 is a child or a juvenile, and which does not matter.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from itertools import product
from typing import Final, NamedTuple

from legalaid.events.words import Answer
from routing.rules.compiled import BIRTH, Compiled, Holding
from routing.rules.known import Known, births
from routing.rules.law import Moment

Choices = Mapping[str, frozenset[int]]
"""For each open fact, what it may turn out to hold, as sets of bits."""


class Hanging(NamedTuple):
    """What is known of the readings of a day, and what is not."""

    read: tuple[Answer, ...]
    """What each reading says. UNKNOWN only where it hangs on one of ``facts``."""
    facts: frozenset[str]


class LeftOpen(NamedTuple):
    """What somebody did not tell."""

    facts: frozenset[str]
    """But for the birth."""
    born: frozenset[int]
    """What may hold of their age, as sets of bits; empty when the day of birth is known."""


def left_open(rows: Compiled, known: Known) -> LeftOpen:
    """What is not known of what the rows ask for."""
    facts = frozenset(fact for fact in rows.facts if fact != BIRTH and fact not in known.values)
    born = frozenset[int]() if known.born_on else _births(rows, *known.born, tuple(known.days.items()))
    return LeftOpen(facts, born)


KEPT: Final = 1024
"""People resemble each other: what was worked out for one holds for all of whom as much is known."""


@lru_cache(maxsize=KEPT)
def _births(rows: Compiled, first: date, last: date, days: tuple[tuple[Moment, date], ...]) -> frozenset[int]:
    on = dict(days)
    return frozenset(rows.birth_bits(born, on) for born in births(first, last, on.values(), rows.ages))


@lru_cache(maxsize=KEPT)
def deciding(rows: Compiled, state: Holding, left: LeftOpen) -> Hanging:
    """What each reading says, and the facts that some reading still hangs on."""
    choices = {fact: rows.value_bits[fact] for fact in left.facts} | ({BIRTH: left.born} if left.born else {})
    read, asked = [], frozenset[str]()
    for groups in rows.by_reading:
        answer = state.some(groups)
        if answer is Answer.UNKNOWN:
            facts = frozenset(fact for fact in choices if _decides(fact, groups, choices, rows, state))
            answer = Answer.UNKNOWN if facts else _by_any_answers(groups, choices, state)
            asked |= facts
        read.append(answer)
    return Hanging(tuple(read), asked)


def _by_any_answers(groups: Iterable[int], choices: Choices, state: Holding) -> Answer:
    """What follows from some answers, where it follows from all."""
    bits = state.holds
    for values in choices.values():
        bits |= min(values)
    return Answer.NO if _nothing_holds(groups, bits) else Answer.YES


def _decides(fact: str, groups: Iterable[int], choices: Choices, rows: Compiled, state: Holding) -> bool:
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


def _others(group: int, fact: str, choices: Choices, rows: Compiled, state: Holding) -> Iterator[int]:
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
