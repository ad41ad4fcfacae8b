"""Which case event is news to the person, and by which template it is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from legalaid.events import Event
from legalaid.events.cases import CaseAccepted, CaseClosed, CaseOpened, CaseReassessed, CaseReturned, CaseState
from legalaid.events.words import CaseKind, Status

_BY_STATUS = {
    Status.ASSIGNED: "case-assigned",
    Status.NEED_MORE_INFO: "case-need-more-info",
    Status.CHECKING: "case-checking",
}
_BY_END = {
    Status.COMPLETED: "case-result",
    Status.REFUSED: "case-result",
    Status.TRANSFERRED: "case-result",
    Status.DISCONTINUED: "case-result",
    Status.WITHDRAWN: "case-withdrawn",
}
"""A refusal is explained by a person on paper, never in an SMS: the text is the same for every end."""

TEMPLATES: Final[Mapping[type[CaseState], Mapping[Status, str]]] = {
    CaseOpened: _BY_STATUS,
    CaseReassessed: _BY_STATUS,
    CaseAccepted: dict.fromkeys((Status.ACCEPTED, Status.IN_PROGRESS), "case-accepted"),
    CaseReturned: {},  # the person hears of it when the Desk has found another owner
    CaseClosed: _BY_END,
}
"""How each type of case event is told, by the case's status after it; what is not named is no news."""


@dataclass(frozen=True)
class LastTold:
    """The newest thing a person was told, or is about to be told, of a case."""

    template: str
    owner: str | None


def news(event: Event[Any], told: LastTold | None) -> str | None:
    """The template for ``event``, or None when it is no news.

    A callback case tells nothing: it is itself a call that we owe. A reassessment is news if it changes what was told.
    """
    state: CaseState = event.data
    if state.kind is CaseKind.CALLBACK:
        return None
    template = TEMPLATES[type(state)].get(state.status)
    owner = state.owner.code if state.owner else None
    if template and isinstance(state, CaseReassessed) and told == LastTold(template, owner):
        return None
    return template
