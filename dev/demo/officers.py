"""The officers of the pilot's centres, who look at their cases through the morning and decide some of them."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any, Self

from dev.demo.front_ends import FrontEnd
from dev.demo.tally import Tally
from dev.keys import officer
from dev.services import Installation
from legalaid.events.words import NextAction, ReturnReason

CENTRES = ("TGPL-11", "TGPL-15")
BRANCHES = (*(f"TGPL-11-CN{number}" for number in range(1, 6)), *(f"TGPL-15-CN{number}" for number in range(1, 5)))
_EVERY_SECONDS = 3.0
_ACCEPTED, _RETURNED = 40, 44
"""Of a hundred cases the first forty are accepted in the morning, the next four returned; the case's id decides."""


class Officers:
    """One officer for each centre and branch."""

    def __init__(self, running: Installation, tally: Tally) -> None:
        self._tally = tally
        url = running["routing"].url
        self._desks = [FrontEnd(running.authority, officer(code), url, tally) for code in (*CENTRES, *BRANCHES)]
        self._decided: set[str] = set()
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Open the connections."""
        for desk in self._desks:
            await self._open.enter_async_context(desk)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close them."""
        await self._open.aclose()

    async def work(self) -> None:
        """Look at the work lists again and again, until cancelled."""
        while True:
            for desk in self._desks:
                await self._look(desk)
            await asyncio.sleep(_EVERY_SECONDS)

    async def _look(self, desk: FrontEnd) -> None:
        answer = await desk.send("GET", "/v1/cases")
        for case in answer.json()["cases"] if answer else ():
            if case["next_action"] == NextAction.REVIEW and case["case_id"] not in self._decided:
                self._decided.add(case["case_id"])
                await self._decide(desk, case)

    async def _decide(self, desk: FrontEnd, case: dict[str, Any]) -> None:
        case_id = case["case_id"]
        roll = int(case_id[:8], 16) % 100
        path = f"/v1/cases/{case_id}"
        if roll < _ACCEPTED:
            done = await desk.send("POST", f"{path}/accept", key=f"accept-{case_id}")
            self._tally.officer_accepted += done is not None
        elif roll < _RETURNED:
            reason = {"reason": ReturnReason.OUT_OF_AREA.value}
            done = await desk.send("POST", f"{path}/return", reason, key=f"return-{case_id}")
            self._tally.officer_returned += done is not None
