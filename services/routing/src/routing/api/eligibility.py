"""``/v1/eligibility-checks``: what the law says of facts without a person. Nothing of them is stored or logged."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from legalaid import clock
from legalaid.events.base import CommuneCode, Place, ProvinceCode
from legalaid.events.cases import Owner
from legalaid.events.people import Facts
from legalaid.events.words import Answer
from legalaid.http import FieldError, LeanRoute, Problem, require
from legalaid.http.times import Day, DayOrTime
from legalaid.vietnam import places
from routing.rules.decision import (
    CategoryRecord,
    CounterfactualRecord,
    DecisionRecord,
    GroundRecord,
    Question,
    ReadingRecord,
)
from routing.rules.eligibility import Outcome
from routing.rules.law import Law
from routing.rules.papers import Proof, proof
from routing.rules.rulebook import Rulebook

Year = Annotated[int, Field(ge=1900, le=2100)]
PlaceText = Annotated[str, Field(max_length=500)]


class FactsToCheck(Facts):
    """What Article 7 of the Law on Legal Aid asks. UNKNOWN, or left out, is a good answer."""

    model_config = ConfigDict(strict=False, extra="forbid", title="FactsToCheck")

    birth_date: Day | None = None
    birth_year: Year | None = None
    """For those who know only the year. Ignored when birth_date is there."""
    trial_on: Day | None = None
    limitation_ends_on: Day | None = None
    """The last day on which the person may still sue, appeal or complain."""
    step_on: Day | None = None
    """The day of the step in the proceedings that help is asked for: age is judged then, where the law says so."""
    occurred_at: DayOrTime | None = None
    """When the matter happened."""
    concrete_matter: Answer = Answer.UNKNOWN
    """There is a matter of the person's own, not a question about the law (Article 30(1))."""


class PlaceToCheck(BaseModel):
    """Codes, or the place in words, old names too."""

    model_config = ConfigDict(extra="forbid")

    province_code: ProvinceCode | None = None
    commune_code: CommuneCode | None = None
    text: PlaceText = ""


class EligibilityCheck(BaseModel):
    """Facts, without who they are about."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "facts": {"birth_year": 1961, "ethnicity": "08", "field": "LAND_HOUSING_ENVIRONMENT"},
                    "residence": {"province_code": "11", "commune_code": "03160"},
                }
            ]
        },
    )

    facts: FactsToCheck = FactsToCheck()
    residence: PlaceToCheck | None = None
    matter_place: PlaceToCheck | None = None
    on: Day | None = None
    """The day on which help would be asked for; left out: today. A law that begins later answers for its days."""


class EligibilityAnswer(BaseModel):
    """What the rules say. The machine refuses nobody: only a centre does, in writing."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    outcome: Outcome
    ruleset: str
    categories: tuple[CategoryRecord, ...]
    """The groups of the law that the person belongs to."""
    possible: tuple[CategoryRecord, ...]
    """Those that hang on the questions."""
    next_question: Question | None
    """What to ask now. Ask again with its answer: often no other question is left."""
    questions: tuple[Question, ...]
    """All that could still be needed, what is told most easily first; these settle the outcome."""
    readings: tuple[ReadingRecord, ...]
    """Where a law can be read in two ways and they differ: an officer decides, the person need not be asked."""
    proof: Proof
    """Which papers prove the categories that hold, else those that might; nobody is turned away for want of one."""
    counterfactual: CounterfactualRecord | None
    """What would have changed an answer that is settled; None where no fact does it alone."""
    immediate: tuple[GroundRecord, ...]
    """Why the request would have to be accepted at once, papers later (Article 30(4))."""
    immediate_questions: tuple[Question, ...]
    """Days that would tell whether it has to be; they settle nothing about who is eligible."""
    owner: Owner
    """The centre that would answer for it; the national Desk where none is known."""
    explanation_vi: tuple[str, ...]

    @classmethod
    def of(cls, record: DecisionRecord, owner: Owner, law: Law) -> "EligibilityAnswer":
        """Of a decision by these tables."""
        return cls(
            outcome=record.outcome,
            ruleset=record.ruleset,
            categories=record.categories,
            possible=record.possible,
            next_question=record.questions[0] if record.questions else None,
            questions=record.questions,
            readings=record.readings,
            proof=proof(law, record.categories or record.possible, record.judged_on),
            counterfactual=record.counterfactual,
            immediate=record.immediate,
            immediate_questions=record.immediate_questions,
            owner=owner,
            explanation_vi=record.explanation_vi,
        )


def router(rules: Rulebook) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/v1/eligibility-checks", route_class=LeanRoute, tags=["eligibility"])

    @routes.post("", dependencies=[Depends(require("eligibility:check"))], summary="Who could get legal aid, and where")
    async def check(body: EligibilityCheck) -> EligibilityAnswer:
        """For whoever asks "could I get help?", and for the operator while the caller talks. Stores nothing."""
        at = rules.noon(_in_force(body.on, rules.law)) if body.on else clock.now()
        residence = _place(body.residence)
        urgent = rules.immediate(body.facts, at).is_urgent
        allocation = rules.allocate(residence, _place(body.matter_place), at, facts=body.facts, urgent=urgent)
        record = rules.decide(body.facts, residence, allocation, at).record
        return EligibilityAnswer.of(record, allocation.owner, rules.law)

    return routes


def _in_force(on: date, law: Law) -> date:
    """The day itself. Raises a 422 problem for one before the law began."""
    began = min(row.valid_from for row in law.scope)
    if on < began:
        wrong = FieldError("/on", f"The law began on {began}: no day before it.", "before-the-law")
        raise Problem(422, "invalid", "The request breaks a rule", errors=[wrong])
    return on


def _place(told: PlaceToCheck | None) -> Place | None:
    return places.resolve(told.text or None, told.province_code, told.commune_code) if told else None
