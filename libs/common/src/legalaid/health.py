"""What a part says about itself, for /livez, /readyz and the alarms."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One answer: ``detail`` tells an operator what is wrong, never anything personal."""

    name: str
    ok: bool
    detail: str = ""


LiveCheck = Callable[[], Check]
"""Is there progress? Must not ask a dependency."""
ReadyCheck = Callable[[], Awaitable[Check]]
"""Can it work now? May ask a dependency."""
