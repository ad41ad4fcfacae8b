"""One decision on a request: eligibility, owner, what to do next; with a record that explains it to an officer."""

from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import ClassVar, Final, NamedTuple, Self

from pydantic import ConfigDict

from legalaid.events.base import Place
from legalaid.events.people import Facts
from legalaid.events.sealed import PlainCompartment
from legalaid.events.words import Answer, NextAction, OwnerKind, RoutingReason, Status
from routing.rules import languages
from routing.rules.allocation import Allocation, Candidate
from routing.rules.compiled import Version
from routing.rules.counterfactual import Counterfactual
from routing.rules.directory import Directory
from routing.rules.eligibility import Eligibility, Judgement, Outcome, evaluate, outcome_of
from routing.rules.explanation import AID_GOES_ON, candidate_vi, explain, explain_area, explain_owner, explain_scope
from routing.rules.immediate import NOT_IMMEDIATE, Immediate
from routing.rules.immediate import explain as explain_immediate
from routing.rules.law import Category, Law, Reading


class _Part(PlainCompartment):
    model_config = ConfigDict(frozen=True, extra="ignore")


class CategoryRecord(_Part):
    """A category of the law that holds, or might."""

    code: str
    name_vi: str
    article: str
    verified: bool
    """Whether its text was read in force."""
    reading: str | None = None
    """The only reading of the law by which it is a category; None: by every one."""


class ReadingRecord(_Part):
    """What one reading says of a law whose text was not read."""

    code: str
    name_vi: str
    outcome: Outcome


class CounterfactualRecord(_Part):
    """The smallest change that would have led to another outcome."""

    changes: dict[str, str]
    """The facts, with what they would have to be; of the birth a day that would do."""
    outcome: Outcome
    """What would have followed."""
    category: str | None = None
    """The nearest one of somebody who is not eligible."""


class GroundRecord(_Part):
    """Why the request has to be accepted at once, papers later."""

    code: str
    name_vi: str
    article: str
    verified: bool
    """Whether a text says so."""


class CandidateRecord(_Part):
    """A centre that was looked at."""

    code: str
    name: str
    basis: RoutingReason
    taken: bool
    why: str
    why_vi: str
    verified: bool
    """Whether the province confirmed its area."""


class Question(_Part):
    """An unknown fact that would change the outcome, and how to ask for it."""

    fact: str
    question_vi: str


class DecisionRecord(_Part):
    """Why a case stands as it does. Facts and categories are personal, so it is sealed in the case's document."""

    compartment: ClassVar[str] = Facts.compartment
    ruleset: str
    directory: str
    judged_on: date
    outcome: Outcome
    facts_used: dict[str, str]
    categories: tuple[CategoryRecord, ...]
    possible: tuple[CategoryRecord, ...]
    """Categories that hang on the questions."""
    questions: tuple[Question, ...]
    """The fewest that settle the outcome, what is told most easily first."""
    readings: tuple[ReadingRecord, ...] = ()
    """What each reading of the law says, where they differ: an officer decides, nobody asks the person."""
    counterfactual: CounterfactualRecord | None = None
    """What would have changed an outcome that is settled. None where no fact does it alone."""
    immediate: tuple[GroundRecord, ...] = ()
    """Why it has to be accepted at once (Article 30(4)); empty when it need not."""
    immediate_questions: tuple[Question, ...] = ()
    """Days that would tell whether it has to be. They settle nothing about who is eligible."""
    told_on: date | None = None
    """The day from which it was counted how near a day is; None where nothing of haste was known."""
    owner: str
    reason: RoutingReason
    candidates: tuple[CandidateRecord, ...]
    explanation_vi: tuple[str, ...]
    language: languages.LanguageRecord | None = None
    """How the person is spoken with, where it is not in Vietnamese."""
    aid_goes_on: bool = False
    """The case was accepted before: whoever is no longer of any category keeps the aid to its end (Article 37(3))."""
    inputs: str = ""
    """What was decided on, as one hash: facts, place, day and both tables. Equal inputs, equal hashes, anywhere."""

    def next_step(self, owner: OwnerKind) -> tuple[Status, NextAction]:
        """What follows while an owner of that kind has not accepted the case."""
        return next_step(self.outcome, owner, asks_person=bool(self.questions))

    def of_accepted(self) -> Self:
        """The same of a case that a centre accepted: whatever was found, nobody loses the aid by it."""
        return self.model_copy(update={"aid_goes_on": True, "explanation_vi": (*self.explanation_vi, AID_GOES_ON)})


@dataclass(frozen=True)
class Decision:
    """What follows for the case."""

    outcome: Outcome
    allocation: Allocation
    record: DecisionRecord
    immediate: Immediate = field(default=NOT_IMMEDIATE, compare=False)
    """What the record says of it, as rows of the law."""

    @property
    def is_urgent(self) -> bool:
        """Whether it has to be accepted at once."""
        return self.immediate.is_urgent


def decide(
    facts: Facts,
    residence: Place | None,
    allocation: Allocation,
    *,
    law: Law,
    directory: Directory,
    on: date,
    immediate: Immediate = NOT_IMMEDIATE,
) -> Decision:
    """Judge a request that was received ``on`` that day in Vietnam and goes where ``allocation`` says."""
    eligibility = evaluate(facts, law, on, residence.commune if residence else None)
    found, placed = _of_person(eligibility.finding, Version(law)), _of_place(allocation)
    area_vi = (explain_area(eligibility.area),) if eligibility.area else ()
    haste, sentences = NO_HASTE, (*found.scope_vi, *area_vi, *found.explanation_vi, *placed.explanation_vi)
    spoken = _spoken(facts, allocation, law, directory, on)
    if spoken:
        sentences = (*sentences, spoken.told())
    if immediate is not NOT_IMMEDIATE:
        area = eligibility.area.extreme if eligibility.area else facts.extreme_area
        haste = _of_haste(immediate, Version(law), area)
        sentences = (*haste.explanation_vi, *sentences)
    record = DecisionRecord(
        ruleset=law.ruleset,
        directory=directory.version,
        judged_on=on,
        outcome=eligibility.outcome,
        facts_used=dict(eligibility.facts_used),
        categories=found.categories,
        possible=found.possible,
        questions=found.questions,
        readings=found.readings,
        counterfactual=found.counterfactual,
        immediate=haste.grounds,
        immediate_questions=haste.questions,
        told_on=immediate.on if immediate is not NOT_IMMEDIATE else None,
        owner=allocation.owner.code,
        reason=allocation.reason,
        candidates=placed.candidates,
        explanation_vi=sentences,
        language=spoken,
        inputs=_inputs(residence, allocation.place, eligibility, spoken, on, law, directory, immediate),
    )
    return Decision(eligibility.outcome, allocation, record, immediate)


def next_step(outcome: Outcome, owner: OwnerKind, *, asks_person: bool = True) -> tuple[Status, NextAction]:
    """Where a case stands that nobody has accepted yet, and what its owner does next.

    Without ``asks_person`` nothing that the person could tell would settle the outcome.
    """
    if owner is OwnerKind.DESK:
        return Status.CHECKING, NextAction.FIND_CENTRE
    if outcome is Outcome.NEEDS_INFO and not asks_person:
        return Status.CHECKING, NextAction.REVIEW  # the readings of the law differ: the officer decides
    return {
        Outcome.ELIGIBLE: (Status.ASSIGNED, NextAction.REVIEW),
        Outcome.NEEDS_INFO: (Status.NEED_MORE_INFO, NextAction.ASK_PERSON),
        Outcome.NOT_ELIGIBLE: (Status.CHECKING, NextAction.CONFIRM_NOT_ELIGIBLE),
    }[outcome]


class _OfPerson(NamedTuple):
    """What the record says of somebody of whom so much is known."""

    categories: tuple[CategoryRecord, ...]
    possible: tuple[CategoryRecord, ...]
    questions: tuple[Question, ...]
    readings: tuple[ReadingRecord, ...]
    counterfactual: CounterfactualRecord | None
    scope_vi: tuple[str, ...]
    explanation_vi: tuple[str, ...]


class _OfPlace(NamedTuple):
    """What the record says of who owns a case from these places."""

    candidates: tuple[CandidateRecord, ...]
    explanation_vi: tuple[str, ...]


class _OfHaste(NamedTuple):
    """What the record says of what has to be accepted at once."""

    grounds: tuple[GroundRecord, ...] = ()
    questions: tuple[Question, ...] = ()
    explanation_vi: tuple[str, ...] = ()


NO_HASTE: Final = _OfHaste()
_KEPT: Final = 1024
"""People resemble each other, and so do places: what was written for one is written for all of that kind."""


@lru_cache(maxsize=_KEPT)
def _of_person(finding: Judgement, law: Version) -> _OfPerson:
    return _OfPerson(
        categories=tuple(map(_category, finding.matched)),
        possible=tuple(map(_category, finding.possible)),
        questions=tuple(Question(fact=fact, question_vi=law.law.questions[fact]) for fact in finding.missing),
        readings=tuple(_reading(read.reading, read.outcome) for read in finding.readings),
        counterfactual=_counterfactual(finding.counterfactual),
        scope_vi=tuple(explain_scope(finding)),
        explanation_vi=tuple(explain(finding, law.law)),
    )


@lru_cache(maxsize=_KEPT)
def _of_place(allocation: Allocation) -> _OfPlace:
    return _OfPlace(tuple(map(_candidate, allocation.candidates)), tuple(explain_owner(allocation)))


def _inputs(
    residence: Place | None,
    place: Place | None,
    eligibility: Eligibility,
    spoken: languages.LanguageRecord | None,
    on: date,
    law: Law,
    directory: Directory,
    immediate: Immediate,
) -> str:
    """SHA-256 of what was decided on: the facts looked at, the places, the days, and both tables by their names."""
    facts = (f"{fact}={value}" for fact, value in eligibility.facts_used)  # by name
    places = (_named(each) if each else "" for each in (residence, place))
    language = [f"language={spoken.language}"] if spoken else []
    given = (*facts, *places, *language, on.isoformat(), law.ruleset, directory.version, *immediate.inputs)
    return sha256("\n".join(given).encode()).hexdigest()


def _named(place: Place) -> str:
    return " ".join((place.province, str(place.commune), *place.one_of))


def _spoken(
    facts: Facts, allocation: Allocation, law: Law, directory: Directory, on: date
) -> languages.LanguageRecord | None:
    owner, province = allocation.owner, allocation.place.province if allocation.place else None
    return languages.record(facts.language, owner, province, Version(law), directory, on)


@lru_cache(maxsize=_KEPT)
def _of_haste(immediate: Immediate, law: Version, area: Answer) -> _OfHaste:
    grounds = tuple(
        GroundRecord(code=ground.code, name_vi=ground.name_vi, article=ground.article, verified=ground.verified)
        for ground in immediate.holds
    )
    asked = tuple(Question(fact=str(ground.day), question_vi=str(ground.ask_vi)) for ground in immediate.ask)
    return _OfHaste(grounds, asked, tuple(explain_immediate(immediate, law.law, area)))


def _category(category: Category) -> CategoryRecord:
    return CategoryRecord(
        code=category.code,
        name_vi=category.name_vi,
        article=category.article,
        verified=category.verified,
        reading=category.reading,
    )


def _reading(reading: Reading, outcome: Outcome) -> ReadingRecord:
    return ReadingRecord(code=reading.code, name_vi=reading.name_vi, outcome=outcome)


def _counterfactual(found: Counterfactual | None) -> CounterfactualRecord | None:
    if found is None:
        return None
    return CounterfactualRecord(
        changes={change.fact: change.value for change in found.changes},
        outcome=outcome_of(found.read),
        category=found.category.code if found.category else None,
    )


def _candidate(candidate: Candidate) -> CandidateRecord:
    return CandidateRecord(
        code=candidate.centre.code,
        name=candidate.centre.name,
        basis=candidate.basis,
        taken=candidate.why == "TAKEN",
        why=candidate.why,
        why_vi=candidate_vi(candidate),
        verified=candidate.centre.verified,
    )
