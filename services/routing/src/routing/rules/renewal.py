"""When the law changes: which open cases go before their owner again, and whom the new text would help.

A request is judged by the law of the day that it came, and nobody loses by a later text. Whoever gains is judged anew;
where the new text would say less, or otherwise, the owner is told and the decision stays. Of those whose case ended
without help, whom the new text would help is owed a call: nobody has to read the gazette to learn of a right.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import chain
from typing import Final, NamedTuple

from legalaid.events.cases import CaseState
from legalaid.events.people import Contact
from legalaid.events.words import NextAction, OwnerKind, Purpose, Status
from routing.rules import progress
from routing.rules.comparison import Stored
from routing.rules.decision import DecisionRecord
from routing.rules.directory import DESK
from routing.rules.eligibility import Outcome
from routing.rules.law import Dated, Law
from routing.rules.rulebook import Rulebook

UNHELPED: Final = (Status.REFUSED, Status.DISCONTINUED)
"""How a case ended without help, and not by the person's own wish."""
_RANK: Final = {Outcome.NOT_ELIGIBLE: 0, Outcome.NEEDS_INFO: 1, Outcome.ELIGIBLE: 2}


class Effect(StrEnum):
    """What a change of the law does to a case."""

    NONE = "none"
    GAINED = "gained"
    """Judged anew by the new text."""
    TOLD = "told"
    """The decision stays; its owner is told what the new text says."""
    CALL_OWED = "call-owed"


class Renewed(NamedTuple):
    """A case after the law changed."""

    effect: Effect
    state: CaseState
    record: DecisionRecord


def change_day(law: Law, today: date) -> date | None:
    """The latest day up to ``today`` on which a row began to hold or no longer held. None before the first."""
    return max((day for day in _days(law) if day <= today), default=None)


def _days(law: Law) -> Iterator[date]:
    rows: chain[Dated] = chain(law.scope, law.hardship, law.categories, law.readings, *law.areas.values())
    for row in rows:
        yield row.valid_from
        if row.valid_to is not None:
            yield row.valid_to + timedelta(days=1)


def renewed(stored: Stored, contact: Contact, day: date, at: datetime, rules: Rulebook) -> Renewed:
    """The case after the law changed on ``day``; ``at`` is when that is found out."""
    state, before = stored.state, stored.record
    unchanged = Renewed(Effect.NONE, state, before)
    is_called = state.next_action is NextAction.CALL_BACK
    if progress.is_with_provider(state) or is_called or before.judged_on >= day:
        return unchanged
    if not state.status.is_open:
        return _owed(stored, day, at, rules) if _may_be_called(state, before, contact) else unchanged
    allocation = progress.kept(state, stored.allocate(rules, rules.noon(day)))
    decision = rules.decide(stored.facts, stored.residence, allocation, rules.noon(day), at)
    after = decision.record
    if _says(after) == _says(before):
        return unchanged
    if _RANK[after.outcome] >= _RANK[before.outcome]:
        record = _told(after, f"Xét lại theo pháp luật từ ngày {_vi(day)}.")
        step, urgent = record.next_step(_kind(state)), decision.is_urgent
        return Renewed(Effect.GAINED, progress.renewed(state, step, at, rules, urgent=urgent), record)
    said = f"Theo pháp luật từ ngày {_vi(day)}: {_OUTCOMES[after.outcome]}; kết luận cũ theo ngày tiếp nhận vẫn giữ."
    if said in before.explanation_vi:
        return unchanged  # told by an earlier version of the tables
    record = _told(before, said)
    action = NextAction.FIND_CENTRE if state.owner == DESK else NextAction.REVIEW
    return Renewed(Effect.TOLD, progress.renewed(state, (state.status, action), at, rules), record)


_OUTCOMES: Final = {
    Outcome.ELIGIBLE: "đủ điều kiện",
    Outcome.NOT_ELIGIBLE: "có thể không còn thuộc diện",
    Outcome.NEEDS_INFO: "phải xem xét thêm",
}


def _owed(stored: Stored, day: date, at: datetime, rules: Rulebook) -> Renewed:
    state, before = stored.state, stored.record
    allocation = stored.allocate(rules, rules.noon(day))
    after = rules.decide(stored.facts, stored.residence, allocation, rules.noon(day), at).record
    if after.outcome is not Outcome.ELIGIBLE:
        return Renewed(Effect.NONE, state, before)
    record = _told(after, f"Pháp luật từ ngày {_vi(day)} có thể giúp người này: gọi báo, hỏi họ còn cần giúp không.")
    return Renewed(Effect.CALL_OWED, progress.call_owed(state, at, rules), record)


def _may_be_called(state: CaseState, record: DecisionRecord, contact: Contact) -> bool:
    """Ended without help, calls are wanted, and what the person agreed to, where it is recorded, allows it."""
    consent = contact.consent
    agreed = consent is None or Purpose.CASE_HANDLING in consent.purposes
    unhelped = state.status in UNHELPED and record.outcome is not Outcome.ELIGIBLE
    return unhelped and contact.wishes.call and agreed


def _says(record: DecisionRecord) -> tuple[Outcome, frozenset[str], tuple[str, ...]]:
    categories = frozenset(category.code for category in record.categories)
    return record.outcome, categories, tuple(question.fact for question in record.questions)


def _told(record: DecisionRecord, sentence: str) -> DecisionRecord:
    return record.model_copy(update={"explanation_vi": (sentence, *record.explanation_vi)})


def _kind(state: CaseState) -> OwnerKind:
    return (state.owner or DESK).kind


def _vi(day: date) -> str:
    return f"{day.day}/{day.month}/{day.year}"
