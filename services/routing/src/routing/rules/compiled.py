"""The rows of law of one day as bits, so that a person is judged in some microseconds.

Every condition of every row becomes one bit (an ``Atom``), the same condition one and the same bit. A group is the set
of its bits, its category's hardship included. What holds for a person is a set of bits too, and so is what is open:
a group holds when all its bits hold, and is lost when one of them neither holds nor is open.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from itertools import product
from typing import Final, NamedTuple

from legalaid.events.words import Answer, Household, LawField, Role
from routing.rules.known import KINH, MINORITY, Known, age
from routing.rules.law import YES_OR_NO, Category, Conditions, Hardship, Law, Moment, Reading, Scope, in_force

BIRTH: Final = "birth"


class Atom(NamedTuple):
    """One condition on one fact: that its value is one of ``wanted``, or that an age lies within ``ages``."""

    fact: str
    wanted: frozenset[str] = frozenset()
    ages: tuple[int, int] | None = None
    """From, included, and to, excluded; in full years."""
    age_at: Moment = Moment.RECEIPT


class Holding(NamedTuple):
    """What holds for somebody, and what is open, as bits."""

    holds: int
    open: int

    def answer(self, group: int) -> Answer:
        """Whether all of the group's bits hold."""
        if group & self.holds == group:
            return Answer.YES
        return Answer.UNKNOWN if group & (self.holds | self.open) == group else Answer.NO

    def some(self, groups: Iterable[int]) -> Answer:
        """YES when any group holds, NO when all are lost; NO for none at all."""
        found = Answer.NO
        for group in groups:
            answer = self.answer(group)
            if answer is Answer.YES:
                return answer
            if answer is Answer.UNKNOWN:
                found = answer
        return found


@dataclass(frozen=True, eq=False)
class Compiled:
    """The rows in force on one day."""

    scope: Scope
    hardship: Hardship
    categories: tuple[Category, ...]
    readings: tuple[Reading, ...]
    """None where nothing is read in two ways."""
    atoms: tuple[Atom, ...]
    matter: int
    """The bits of the scope."""
    field_bit: int
    groups: tuple[tuple[int, ...], ...]
    """Of each category, hardship included."""
    by_reading: tuple[tuple[int, ...], ...]
    """All groups, the bits of the scope included, that make somebody eligible, for each reading; or once, for none."""
    facts: frozenset[str]
    effort: Mapping[str, int]
    """How hard a fact is to tell."""
    ages: frozenset[int]
    _by_fact: dict[str, tuple[tuple[int, frozenset[str]], ...]]
    _by_age: tuple[tuple[int, Moment, int, int], ...]

    def state(self, known: Known) -> Holding:
        """What holds for a person, and what is open."""
        holds = unknown = 0
        for fact, held in self.told_bits.items():
            value = known.values.get(fact)
            if value is None:
                unknown |= self.bits(fact)
            else:
                holds |= held.get(value, 0)
        first, last = known.born
        for bit, moment, lowest, end in self._by_age:
            on = known.days[moment]
            oldest, youngest = age(first, on), age(last, on)
            if lowest <= youngest and oldest < end:
                holds |= bit
            elif lowest <= oldest and youngest < end:
                unknown |= bit
        return Holding(holds, unknown)

    def bits(self, fact: str) -> int:
        """All bits of one fact."""
        return self._all_bits.get(fact, 0)

    @cached_property
    def _all_bits(self) -> dict[str, int]:
        of_facts = {fact: sum(bit for bit, _ in atoms) for fact, atoms in self._by_fact.items()}
        return of_facts | {BIRTH: sum(bit for bit, *_ in self._by_age)}

    @cached_property
    def value_bits(self) -> dict[str, frozenset[int]]:
        """What each fact that is no age can hold: one set of bits for all values that no condition tells apart."""
        return {fact: frozenset({0, *held.values()}) for fact, held in self.told_bits.items()}

    @cached_property
    def told_bits(self) -> dict[str, dict[str, int]]:
        """What each value of a fact that is no age holds; first the one that holds least."""
        return {fact: _of_values(fact, atoms) for fact, atoms in self._by_fact.items()}

    def conditions(self, bits: int) -> tuple[Atom, ...]:
        """The conditions that these bits are."""
        return tuple(atom for number, atom in enumerate(self.atoms) if bits >> number & 1)

    def birth_bits(self, born: date, days: Mapping[Moment, date]) -> int:
        """What holds of somebody who was born that day, when each moment falls on its day."""
        return sum(bit for bit, moment, low, end in self._by_age if low <= age(born, days[moment]) < end)


_NONE_OF_THEM: Final[dict[str, str]] = {
    "household": Household.NEITHER,
    "role": Role.NONE,
    "ethnicity": KINH,
    "field": LawField.BUSINESS_COMMERCE,
}
"""What a fact may be that is none of what rows ask for. What is not here is yes or no."""


def _of_values(fact: str, atoms: Iterable[tuple[int, frozenset[str]]]) -> dict[str, int]:
    other = _NONE_OF_THEM.get(fact, Answer.NO)
    values = [other, *sorted({value for _, wanted in atoms for value in wanted} - {other})]
    return {value: sum(bit for bit, wanted in atoms if value in wanted) for value in values}


@lru_cache(maxsize=64)
def compiled(law: "Version", on: date) -> Compiled:
    """The rows of one version of the law that are in force on that day. Raises ``LookupError`` without a scope."""
    return _Compiler(law.law, on).done()


class Version:
    """A law as a key of the cache: it equals itself alone."""

    def __init__(self, law: Law) -> None:
        self.law = law

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and other.law is self.law

    def __hash__(self) -> int:
        return id(self.law)


class _Compiler:
    def __init__(self, law: Law, on: date) -> None:
        self._bits: dict[Atom, int] = {}
        self._law, self._on = law, on

    def done(self) -> Compiled:
        scope, hardship = in_force(self._law.scope, self._on), in_force(self._law.hardship, self._on)
        categories = tuple(row for row in self._law.categories if row.is_in_force(self._on))
        readings = tuple(row for row in self._law.readings if row.is_in_force(self._on))
        in_scope = self._bit(Atom("field", frozenset(LawField) - scope.excluded_fields - {LawField.UNKNOWN}))
        field_bit = in_scope
        if scope.concrete_matter:
            in_scope |= self._bit(Atom("concrete_matter", frozenset({Answer.YES})))
        needy = [self._group(row, Moment.RECEIPT) for row in hardship.conditions]
        groups = tuple(tuple(self._groups(row, needy)) for row in categories)
        by_reading = tuple(
            tuple(
                {
                    group | in_scope
                    for row, of in zip(categories, groups, strict=True)
                    if row.reading in named
                    for group in of
                }
            )
            for named in self._named(readings)
        )
        atoms = tuple(self._bits)
        return Compiled(
            scope=scope,
            hardship=hardship,
            categories=categories,
            readings=readings,
            atoms=atoms,
            matter=in_scope,
            field_bit=field_bit,
            groups=groups,
            by_reading=by_reading,
            facts=frozenset(atom.fact for atom in atoms),
            effort=self._law.effort,
            ages=frozenset(years for atom in atoms if atom.ages for years in atom.ages),
            _by_fact=self._by_fact(atoms),
            _by_age=tuple((self._bits[atom], atom.age_at, *atom.ages) for atom in atoms if atom.ages),
        )

    @staticmethod
    def _named(readings: Iterable[Reading]) -> list[set[str | None]]:
        """The marks of the categories that count, for each reading; once, for none."""
        return [{None, reading.code} for reading in readings] or [{None}]

    def _groups(self, row: Category, needy: list[int]) -> Iterator[int]:
        own = [self._group(group, row.age_at) for group in row.conditions]
        yield from (one | other for one, other in product(own, needy if row.financial_hardship else [0]))

    def _group(self, group: Conditions, age_at: Moment) -> int:
        bits = 0
        for atom in atoms(group, age_at):
            bits |= self._bit(atom)
        return bits

    def _bit(self, atom: Atom) -> int:
        return self._bits.setdefault(atom, 1 << len(self._bits))

    def _by_fact(self, atoms: Iterable[Atom]) -> dict[str, tuple[tuple[int, frozenset[str]], ...]]:
        by_fact: dict[str, tuple[tuple[int, frozenset[str]], ...]] = {}
        for atom in atoms:
            if atom.ages is None:
                by_fact[atom.fact] = (*by_fact.get(atom.fact, ()), (self._bits[atom], atom.wanted))
        return by_fact


_NO_AGE: Final = (-1000, 1000)


def atoms(group: Conditions, age_at: Moment = Moment.RECEIPT) -> Iterator[Atom]:
    """The conditions of a group, all of which it asks for."""
    if group.household is not None:
        yield Atom("household", frozenset(group.household))
    if group.role is not None:
        yield Atom("role", frozenset(group.role))
    if group.claim is not None:
        yield Atom(group.claim.value, frozenset({Answer.YES}))
    if group.age_from is not None or group.age_under is not None:
        lowest = _NO_AGE[0] if group.age_from is None else group.age_from
        end = _NO_AGE[1] if group.age_under is None else group.age_under
        yield Atom(BIRTH, ages=(lowest, end), age_at=age_at)
    if group.ethnic_minority:
        yield Atom("ethnicity", frozenset({MINORITY}))
    yield from (Atom(fact, frozenset({Answer.YES})) for fact in YES_OR_NO if getattr(group, fact))
