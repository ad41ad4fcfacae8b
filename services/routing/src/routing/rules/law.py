"""The tables of law as values: who is eligible, what for, by which papers, and how long each action may take."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from itertools import chain, combinations
from typing import Annotated, Final, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from legalaid.events.base import Code, CommuneCode
from legalaid.events.people import Facts, LanguageCode
from legalaid.events.words import Answer, Claim, Household, LawField, Role

Text = Annotated[str, StringConstraints(min_length=3, strip_whitespace=True)]


class Row(BaseModel):
    """A row of a table: frozen, and refused when it says what nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid")


YES_OR_NO: Final = (
    "extreme_area",
    "monthly_allowance",
    "detained",
    "vietnamese_citizen",
    "in_vietnam",
    "matter_of_trafficking",
)
"""Conditions that ask whether a fact is so; they bear its name."""


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
    vietnamese_citizen: bool = False
    in_vietnam: bool = False
    matter_of_trafficking: bool = False

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
        for name in ("household", "role"):
            if getattr(self, name) is not None:
                yield name
        if self.ethnic_minority:
            yield "ethnicity"
        yield from (fact for fact in YES_OR_NO if getattr(self, fact))


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


class Sourced(Dated):
    """A row that says where it stands."""

    source: Text
    verified: bool
    """Whether somebody read the text in force, or a copy of it."""


class Moment(StrEnum):
    """When a category looks at the person's age."""

    RECEIPT = "receipt"
    STEP = "step"
    """The step in the proceedings that the aid is for; while its day is not known, the day of receipt."""


class Category(Sourced):
    """One group of persons who get legal aid, from one law."""

    code: Text
    name_vi: Text
    article: Text
    financial_hardship: bool
    conditions: Groups
    age_at: Moment = Moment.RECEIPT
    reading: str | None = None
    """Only by this reading of a law whose text was not read; None: by every reading."""


class Reading(Sourced):
    """One way to read a law of which only a summary is known. Where readings differ an officer decides."""

    code: Text
    name_vi: Text


class Hardship(Sourced):
    """What the law calls financial hardship."""

    name_vi: Text
    conditions: Groups
    article: Text


class Scope(Sourced):
    """What legal aid is not given for."""

    excluded_fields: frozenset[LawField]
    concrete_matter: bool = False
    """Whether a matter of the person's own is needed (Article 30(1))."""
    article: Text


class CommuneArea(Sourced):
    """What a whole commune is for Article 7(4). A commune without a row: nobody told us, so the person is asked."""

    commune: CommuneCode
    level: Literal["I", "II", "III", "OUTSIDE"]
    """The area (khu vực) of the commune, OUTSIDE when it is in none."""
    has_extreme_village: bool

    @property
    def extreme(self) -> Answer:
        """Area III: yes. No such village: no. Else the village decides (Circular 01/2012, Article 2(1))."""
        if self.level == "III":
            return Answer.YES
        return Answer.UNKNOWN if self.has_extreme_village else Answer.NO


class Unit(StrEnum):
    """How a deadline counts (Civil Code 91/2015/QH13, Articles 147 and 148). A day that it starts on never counts."""

    CLOCK_HOURS = "clock_hours"
    """From the moment on, nights and days of rest included."""
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    """Days of rest count; a last day that is one gives way to the next working day."""
    SAME_WORKING_DAY = "same_working_day"
    """Within the working day of the start, or the next one when the office is closed."""
    AT_ONCE = "at_once"
    """The text says at once (ngay) and names no time."""

    @property
    def is_counted(self) -> bool:
        """Whether it needs an amount."""
        return self not in (Unit.SAME_WORKING_DAY, Unit.AT_ONCE)


class DeadlineKind(StrEnum):
    """Who set a deadline, and so where its last day ends."""

    LEGAL = "legal"
    """The law: 24:00 of the last day."""
    SERVICE = "service"
    """Our own standard: as the office closes on the last day."""


class Start(StrEnum):
    """What a deadline begins with."""

    ACTION_BEGUN = "ACTION_BEGUN"
    """An action of a case became the next one to take."""
    REQUEST_RECEIVED = "REQUEST_RECEIVED"
    GROUND_KNOWN = "GROUND_KNOWN"
    """It became known that a request has to be accepted at once (Article 30(4))."""
    ACCEPTED = "ACCEPTED"
    ACCEPTED_AT_ONCE = "ACCEPTED_AT_ONCE"
    """Accepted by Article 30(4), before the papers."""
    ACCEPTED_OR_PAPERS_COMPLETE = "ACCEPTED_OR_PAPERS_COMPLETE"
    AGENCY_NOTICE = "AGENCY_NOTICE"
    """A procedural agency told the centre of a request (Article 31(3))."""
    REGISTRATION_REFUSED = "REGISTRATION_REFUSED"
    """A procedural agency refused or cancelled the registration of a provider."""
    QUESTION_ASKED = "QUESTION_ASKED"
    CHANGE_OF_PROVIDER_ASKED = "CHANGE_OF_PROVIDER_ASKED"
    WITHDRAWN = "WITHDRAWN"
    VERIFICATION_ASKED = "VERIFICATION_ASKED"
    """Another centre asked to verify facts."""
    PETITION_RECEIVED = "PETITION_RECEIVED"
    CASE_ENDED = "CASE_ENDED"
    COMPLAINT = "COMPLAINT"
    SECOND_COMPLAINT = "SECOND_COMPLAINT"
    DATA_REQUEST = "DATA_REQUEST"
    """A person asked something about their data."""
    BREACH_KNOWN = "BREACH_KNOWN"


class Deadline(Sourced):
    """How long something may take."""

    code: Text
    kind: DeadlineKind
    start: Start
    unit: Unit
    amount: Annotated[int | None, Field(ge=1)] = None
    basis: Text
    """The article, for people."""
    ref: Code | None = None
    """The article as a code that may stand in the clear; every row of law has one."""
    serves: str | None = None
    """The row of law that a standard of service is for, where there is one."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.unit.is_counted is (self.amount is None):
            message = (
                f"{self.code}: an amount belongs to clock_hours, working_days and calendar_days, and to them alone"
            )
            raise ValueError(message)
        if (self.kind is DeadlineKind.LEGAL) is (self.ref is None) or (self.ref and self.serves):
            message = f"{self.code}: a row of law has a ref and serves nothing; a standard of service has no ref"
            raise ValueError(message)
        return self


class PapersRow(Sourced):
    """What proves that somebody belongs to a category (Circular 08/2017/TT-BTP, Article 33)."""

    category: Text
    """Its code."""
    reading: str | None = None
    """As that of the category."""
    ways: Annotated[tuple[Annotated[tuple[Text, ...], Field(min_length=1)], ...], Field(min_length=1)]
    """Any one of them proves it; all kinds of a way are needed."""
    article: Text


class PaperNotice(Sourced):
    """What is said to everybody about papers."""

    text_vi: Text
    article: Text


class Proofs(Row):
    """The table of papers."""

    kinds: Mapping[str, Annotated[tuple[Text, ...], Field(min_length=1)]] = Field(default_factory=dict)
    """Any one paper of a kind will do."""
    papers: tuple[PapersRow, ...] = ()
    notices: tuple[PaperNotice, ...] = ()

    @model_validator(mode="after")
    def _names_what_there_is(self) -> Self:
        if unknown := {kind for row in self.papers for way in row.ways for kind in way} - self.kinds.keys():
            raise ValueError(f"papers.toml has no kind {', '.join(sorted(unknown))}")
        for one, other in combinations(self.papers, 2):
            same = (one.category, one.reading) == (other.category, other.reading)
            if same and (one.is_in_force(other.valid_from) or other.is_in_force(one.valid_from)):
                raise ValueError(f"papers.toml says twice what proves {one.category} on one day")
        return self


class Rung(StrEnum):
    """The rungs, in the order of the ladder."""

    OWNER = "OWNER"
    NEIGHBOUR = "NEIGHBOUR"
    INTERPRETER = "INTERPRETER"
    CALL_BACK = "CALL_BACK"


class RungRow(Sourced):
    """By when a rung must have been tried."""

    code: Rung
    minutes: Annotated[int, Field(ge=1)]
    """Of open time after the case came."""
    urgent_minutes: Annotated[int, Field(ge=1)]
    """By the clock, in an urgent case."""
    name_vi: Text


class Macrolanguage(Sourced):
    """A code that stands for several languages (ISO 639-3)."""

    code: LanguageCode
    members: Annotated[frozenset[LanguageCode], Field(min_length=1)]


class Ladder(Row):
    """The table of languages."""

    rungs: tuple[RungRow, ...] = ()
    macrolanguages: tuple[Macrolanguage, ...] = ()

    def on(self, day: date) -> Sequence[RungRow]:
        """The rungs of that day, in the order of the ladder."""
        order = list(Rung)
        return sorted((row for row in self.rungs if row.is_in_force(day)), key=lambda row: order.index(row.code))

    def members(self, day: date) -> Mapping[str, frozenset[str]]:
        """Of each macrolanguage of that day."""
        return {row.code: row.members for row in self.macrolanguages if row.is_in_force(day)}


Values = Mapping[str, frozenset[str]]
"""By the name of a fact, what it may be."""


class Ground(Sourced):
    """Why a request is accepted at once, papers later (Article 30(4)): a day that is near, or a fact that was told."""

    code: Text
    name_vi: Text
    article: Text
    day: Literal["trial_on", "limitation_ends_on"] | None = None
    under_working_days: Annotated[int | None, Field(ge=1)] = None
    told: Values = Field(default_factory=dict)
    """One of these facts has one of its values …"""
    while_unknown: tuple[str, ...] = ()
    """… and of these nothing is known."""
    appoint: str = "APPOINT_PROVIDER_IMMEDIATE"
    """The standard by which the provider is appointed afterwards."""
    ask_vi: Text | None = None
    ask_when: Values = Field(default_factory=dict)
    """Whom to ask for the day."""

    @property
    def is_certain(self) -> bool:
        """Whether it holds by a day or a fact, and not only for want of one."""
        return not self.while_unknown

    @property
    def facts(self) -> frozenset[str]:
        """The names of the facts by which it holds or not."""
        return frozenset({*self.told, *self.while_unknown} | ({self.day} if self.day else set()))

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if len({self.day is None, self.under_working_days is None, self.ask_vi is None, bool(self.told)}) != 1:
            message = f"{self.code}: a ground is a day with under_working_days and ask_vi, or facts that were told"
            raise ValueError(message)
        for fact, words in chain(
            self.told.items(), self.ask_when.items(), dict.fromkeys(self.while_unknown, ()).items()
        ):
            _check_words(fact, words)
        return self


def _check_words(fact: str, words: Iterable[str]) -> None:
    """Raises ``ValueError`` for a fact that nobody can tell, or a word that it cannot be."""
    if fact not in Facts.model_fields:
        message = f"there is no fact {fact}"
        raise ValueError(message)
    for word in words:
        Facts.model_validate_json(json.dumps({fact: word}))


class Law(Row):
    """All tables, as one version of the rules."""

    ruleset: Text
    """Names this version in events; it changes with every change of the tables."""
    scope: tuple[Scope, ...]
    hardship: tuple[Hardship, ...]
    """One row of each is in force on any day."""
    categories: tuple[Category, ...]
    readings: tuple[Reading, ...] = ()
    areas: Mapping[str, tuple[CommuneArea, ...]] = Field(default_factory=dict)
    """By the code of the commune."""
    deadlines: tuple[Deadline, ...]
    proof: Proofs = Proofs()
    ladder: Ladder = Ladder()
    grounds: tuple[Ground, ...] = ()
    questions: Mapping[str, str]
    """What to ask in Vietnamese, by the name of the fact."""
    effort: Mapping[str, int] = Field(default_factory=dict)
    """How hard a fact is to tell over a telephone: 1 at once, 2 when not said here, 3 hurts or needs a paper."""

    @property
    def facts(self) -> frozenset[str]:
        """The names of all facts that any row asks for."""
        groups = chain(*(row.conditions for row in self.hardship), *(row.conditions for row in self.categories))
        matter = {"concrete_matter"} if any(row.concrete_matter for row in self.scope) else set[str]()
        return frozenset(fact for group in groups for fact in group.facts) | {"field"} | matter
