"""The life of a call, as the telephone exchange reports it piece by piece, and when we owe a call back.

Reports come in any order and more than once. Of each state the first report counts, so every order of the same reports
leads to the same facts.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from legalaid.events.words import CallbackReason, CallOutcome


class CallState(StrEnum):
    """What an exchange reports of a call."""

    STARTED = "STARTED"
    ANSWERED = "ANSWERED"
    ENDED = "ENDED"


@dataclass(frozen=True)
class Report:
    """One post of the exchange."""

    state: CallState
    at: datetime
    in_hours: bool
    """Whether the hotline was open at ``at``."""
    outcome: CallOutcome | None = None
    """How it ended; only with ENDED."""


@dataclass(frozen=True)
class Life:
    """What is known of a call."""

    started: Report | None = None
    answered: Report | None = None
    ended: Report | None = None

    def learn(self, report: Report) -> "Life":
        """What is known after ``report``; a state that is known already stays as it is."""
        match report.state:
            case CallState.STARTED:
                return replace(self, started=self.started or report)
            case CallState.ANSWERED:
                return replace(self, answered=self.answered or report)
            case CallState.ENDED:
                return replace(self, ended=self.ended or report)


@dataclass(frozen=True)
class Debt:
    """Why and since when we owe a call back."""

    reason: CallbackReason
    since: datetime


def debt(life: Life) -> Debt | None:
    """The call that we owe, if any.

    Who calls while the hotline is closed is owed a call from that moment, since the exchange tells them so while they
    listen; who calls in hours, when the call ends without anybody having spoken with them.
    """
    if life.started is not None and not life.started.in_hours:
        return Debt(CallbackReason.CLOSED, life.started.at)
    if life.ended is None or life.ended.outcome not in _UNSPOKEN:
        return None
    return Debt(_UNSPOKEN[life.ended.outcome] if life.ended.in_hours else CallbackReason.CLOSED, life.ended.at)


_UNSPOKEN = {CallOutcome.MISSED: CallbackReason.MISSED, CallOutcome.ABANDONED: CallbackReason.ABANDONED}
