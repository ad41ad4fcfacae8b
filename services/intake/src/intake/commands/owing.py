"""Whom we owe a call, decided for all reports of one commit: the owed calls, their claims, and who joins them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from intake.rules.owed import CallbackStanding, Turn, turn
from intake.store import Call, OwedNumber
from legalaid import clock

_CLAIMED: Final = timedelta(days=30)
"""Longer than a call waits. Then the store forgets the number's mark."""


@dataclass
class Round:
    """What the reports of one commit are decided against, and what was decided."""

    calls: dict[str, Call]
    """By id, those that are reported on."""
    others: Mapping[str, Call]
    """By id, those that are claimed or were joined."""
    claims: dict[str, OwedNumber]
    """By the number's mark."""
    erased: Collection[str]
    """Claimed calls whose contact nobody can open any more: they are for nobody else."""
    waiting: int
    """Calls that are owed, and not returned."""
    is_patient: bool
    """Whether the writers of claims are given time to write their calls."""
    changed: dict[str, Call] = field(default_factory=dict)
    claiming: dict[str, OwedNumber] = field(default_factory=dict)
    again: set[str] = field(default_factory=set)
    """Calls that are to be decided once more."""

    def turn(self, call: Call) -> Turn:
        """What becomes of a call to which a callback is due."""
        since = None if call.callback is None else call.callback.owed_at
        joined, claimed = _standing(self._named(call.joined)), _standing(self.owed_instead(call))
        return turn(since, joined, claimed, is_patient=self.is_patient)

    def owed_instead(self, call: Call) -> Call | None:
        """The other call that the claim of its number names; one that was never written is a call without promise."""
        claim = self.claims.get(call.number or "")
        if claim is None or claim.call == call.id or claim.call in self.erased:
            return None
        return self._named(claim.call) or Call(id=claim.call)

    def claim(self, call: Call) -> None:
        """From now on it is this call that is owed to its number."""
        if call.number is None:
            return
        expires_at = clock.real_now() + _CLAIMED
        claim = self.claims.setdefault(call.number, OwedNumber(id=call.number, call=call.id, expires_at=expires_at))
        claim.call, claim.expires_at = call.id, expires_at
        self.claiming[claim.id] = claim

    def _named(self, call_id: str | None) -> Call | None:
        return self.calls.get(call_id or "") or self.others.get(call_id or "")


def _standing(call: Call | None) -> CallbackStanding | None:
    return None if call is None else call.standing()
