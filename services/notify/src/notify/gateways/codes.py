"""The codes of one provider as a table: what each of them says of a message."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

from notify.gateways.base import Lost, NotNow, Ours, Outcome, Refused, RouteCannot, Taken

SAME_TEXT_WAIT: Final = timedelta(minutes=5)
"""How long providers and carriers refuse the same text to the same number."""
_CODE = re.compile(r"-?[0-9]{1,5}", re.ASCII)
_REFERENCE = re.compile(r"[0-9A-Za-z_.:-]{1,64}", re.ASCII)


@dataclass(frozen=True)
class Codes:
    """Who says them, and which mean what. Each adapter names the source of its table, and how sure it is."""

    gateway: str
    taken: frozenset[str]
    refused: frozenset[str] = frozenset()
    route_cannot: frozenset[str] = frozenset()
    ours: frozenset[str] = frozenset()
    not_now: Mapping[str, timedelta] = field(default_factory=dict)
    """With how long to wait, where that is known."""
    lost: frozenset[str] = frozenset()
    """Those that leave open whether a message with this id was taken."""

    def outcome(self, code: object, reference: object = None) -> Outcome:
        """What an answer with this code means. One that is not in the table took nothing, and another provider may."""
        text = "" if code is None else str(code)
        said = self.said(text)
        if not text:
            return Lost("no-code")
        if text in self.taken:
            return Taken(reference_of(reference))
        if text in self.not_now:
            return NotNow(said, self.not_now[text])
        for codes, outcome in ((self.refused, Refused), (self.ours, Ours), (self.lost, Lost)):
            if text in codes:
                return outcome(said)
        return RouteCannot(said)

    def said(self, code: str) -> str:
        """The code as operators see it: what is no code is not repeated, for it may quote the number or the text."""
        return f"{self.gateway}-{code.removeprefix('-')}" if _CODE.fullmatch(code) else f"{self.gateway}-other"


def reference_of(said: object) -> str | None:
    """The provider's own id of a message, if what it says can be one."""
    return str(said) if _REFERENCE.fullmatch(str(said)) and said is not None else None


def price_of(said: object) -> Decimal | None:
    """A price in đồng, if what the provider says is one."""
    try:
        price = Decimal(str(said))
    except InvalidOperation:
        return None
    return price if price.is_finite() else None
