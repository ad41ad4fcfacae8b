"""The two SMS providers of the morning, and the three quarters of an hour in which one of them fails."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import httpx

from dev.demo.timeline import Timeline
from dev.gateway.simulator import API_KEY, SECRET_KEY

FAILS: Final = "esms"
"""It has the larger share, and can be asked what it took."""
BEGINS, ENDS = timedelta(minutes=105), timedelta(minutes=150)
"""From 09:15 to 10:00."""
_REFUSED: Final = 0.7
"""The part of its messages that it refuses, as too many. It takes the rest, and answers nothing."""


@dataclass(frozen=True)
class Failing:
    """A time in which a provider serves nobody well."""

    gateway: str
    """The address of the simulated providers."""

    async def play(self, timeline: Timeline) -> None:
        """Begin it and end it at its minute of the morning."""
        async with httpx.AsyncClient(base_url=self.gateway, timeout=10) as client:
            await timeline.until(BEGINS)
            switches = {"only": [FAILS], "fail_rate": _REFUSED, "fail_status": 429, "drop_answers_rate": 1}
            (await client.put("/v1/behaviour", json=switches)).raise_for_status()
            await timeline.until(ENDS)
            (await client.put("/v1/behaviour", json={})).raise_for_status()


def providers(gateway: str) -> Mapping[str, str]:
    """The settings by which notify has both."""
    both = {
        f"LEGALAID_GATEWAYS__{kind.upper()}__{name}": value
        for kind in (FAILS, "vietguys")
        for name, value in (("KIND", kind), ("URL", gateway), ("API_KEY", API_KEY), ("SECRET_KEY", SECRET_KEY))
    }
    return both | {f"LEGALAID_GATEWAYS__{FAILS.upper()}__REPEATS_KNOWN_FOR_HOURS": "24"}  # the simulation keeps to that
