"""Which call of a number is the one that we owe, and which join it: who calls thirteen times in a night is called once.

A claim names, for each number, the call that is owed. Claim and call are two documents, and we hear late that a call
was returned; in doubt a call is owed twice, and never not at all.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, auto


@dataclass(frozen=True)
class CallbackStanding:
    """How it stands with the callback of another call of the same number."""

    promised: bool
    """False: it was claimed, and then not written. Its writer is still at it, or died."""
    waiting: bool
    """Whether it is still to be made."""
    settled_at: datetime | None
    """When its case ended."""


class Turn(StrEnum):
    """What becomes of a call to which a callback is due."""

    KEEP = auto()
    """It was promised one, and that stands."""
    JOIN = auto()
    """The one that is owed already is for this call too."""
    OWE = auto()
    """It is the one that is owed from now on."""
    WAIT = auto()
    """Another is about to be owed: look again in a moment."""


def turn(
    promised_since: datetime | None,
    joined: CallbackStanding | None,
    claimed: CallbackStanding | None,
    *,
    is_patient: bool,
) -> Turn:
    """What becomes of a call to which a callback is due.

    ``promised_since`` is from when it was promised one, if it was; ``joined`` the call that it joined then; ``claimed``
    the other call that is owed to its number, if any. Who is no longer patient takes the writer of a claim for dead.
    """
    if promised_since is not None and not _is_left(promised_since, joined):
        return Turn.KEEP
    if claimed is None:
        return Turn.OWE
    if not claimed.promised:
        return Turn.WAIT if is_patient else Turn.OWE
    return Turn.JOIN if claimed.waiting else Turn.OWE


def _is_left(since: datetime, joined: CallbackStanding | None) -> bool:
    """Whether what it joined was returned before: whoever called back then did not know of this call."""
    return joined is not None and joined.settled_at is not None and joined.settled_at <= since
