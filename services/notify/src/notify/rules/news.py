"""Which case event is news to the person, and by which template it is told."""

from dataclasses import dataclass
from typing import Any

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

_BY_TYPE: dict[type[CaseState], str | None] = {
    CaseAccepted: "case-accepted",
    CaseReturned: None,  # the person hears of it when the Desk has found another owner
}
HANDLED: frozenset[type[CaseState]] = frozenset({CaseOpened, CaseReassessed, CaseClosed, *_BY_TYPE})
"""Every type of case event: a new one is either news, by its status or its type, or is named as none."""


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
    match state:
        case CaseOpened():
            return _BY_STATUS.get(state.status)
        case CaseReassessed():
            template = _BY_STATUS.get(state.status)
            owner = state.owner.code if state.owner else None
            return template if template and told != LastTold(template, owner) else None
        case CaseClosed():
            return _BY_END.get(state.status)
        case _:
            return _BY_TYPE[type(state)]
