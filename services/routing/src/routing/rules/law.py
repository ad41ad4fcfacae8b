"""The tables of law as values: who is eligible, what for, and how long each action may take."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from itertools import chain
from typing import Annotated, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from legalaid.events.words import Claim, Household, LawField, Role

Text = Annotated[str, StringConstraints(min_length=3, strip_whitespace=True)]


class Row(BaseModel):
    """A row of a table: frozen, and refused when it says what nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Conditions(Row):
    """One group: a person meets it when everything that it names holds. None: not asked."""

    household: frozenset[Household] | None = None
    role: frozenset[Role] | None = None
    claim: Claim | None = None
    age_from: int | None = None
    """In full years, included."""
    age_under: int | None = None
    """In full years, excluded."""
    ethnic_minority: bool = False
    extreme_area: bool = False
    monthly_allowance: bool = False
    detained: bool = False

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if self == Conditions.model_construct():
            raise ValueError("a group without conditions would hold for everybody")
        return self

    @property
    def facts(self) -> Iterator[str]:
        """The names of the facts that have to be known: those by which questions are found."""
        if self.claim is not None:
            yield self.claim
        if self.age_from is not None or self.age_under is not None:
            yield "birth"
        if self.ethnic_minority:
            yield "ethnicity"
        for fact in ("household", "role", "extreme_area", "monthly_allowance", "detained"):
            if getattr(self, fact) not in (None, False):
                yield fact


Groups = Annotated[tuple[Conditions, ...], Field(min_length=1)]


class Dated(Row):
    """A row that holds from its first day to its last."""

    valid_from: date
    valid_to: date | None = None

    def is_in_force(self, on: date) -> bool:
        """Whether the row holds on that day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


D = TypeVar("D", bound=Dated)


def in_force(rows: Iterable[D], on: date) -> D:
    """The one row that holds on that day. Raises ``LookupError`` when there is none."""
    for row in rows:
        if row.is_in_force(on):
            return row
    message = f"no row is in force on {on}"
    raise LookupError(message)


class Category(Dated):
    """One group of persons who get legal aid, from one law."""

    code: Text
    name_vi: Text
    article: Text
    financial_hardship: bool
    conditions: Groups
    source: Text
    verified: bool
    """Whether somebody read the text in force, or a copy of it."""


class Hardship(Dated):
    """What the law calls financial hardship."""

    name_vi: Text
    conditions: Groups
    article: Text
    source: Text
    verified: bool


class Scope(Dated):
    """What legal aid is not given for."""

    excluded_fields: frozenset[LawField]
    article: Text
    source: Text
    verified: bool


class Unit(StrEnum):
    """How a deadline counts."""

    WORKING_DAYS = "working_days"
    CLOCK_HOURS = "clock_hours"


class Deadline(Dated):
    """How long an action may take."""

    code: Text
    amount: Annotated[int, Field(ge=1)]
    unit: Unit
    basis: Text
    verified: bool


class Law(Row):
    """All tables, as one version of the rules."""

    ruleset: Text
    """Names this version in events; it changes with every change of the tables."""
    scope: tuple[Scope, ...]
    hardship: tuple[Hardship, ...]
    """One row of each is in force on any day."""
    categories: tuple[Category, ...]
    deadlines: tuple[Deadline, ...]
    questions: Mapping[str, str]
    """What to ask in Vietnamese, by the name of the fact."""

    @property
    def facts(self) -> frozenset[str]:
        """The names of all facts that any row asks for; the scope asks for the field."""
        groups = chain(*(row.conditions for row in self.hardship), *(row.conditions for row in self.categories))
        return frozenset(fact for group in groups for fact in group.facts) | {"field"}
