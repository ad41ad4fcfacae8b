"""The officers of the pilot's centres, who look at their cases through the morning and decide some of them."""

import asyncio
from contextlib import AsyncExitStack
from typing import Self
from urllib.parse import quote

from dev.demo.front_ends import FrontEnd
from dev.demo.tally import Tally
from dev.stack.keys import officer
from dev.stack.where import Whereabouts
from legalaid.events.words import ReturnReason, Status

CENTRES = ("TGPL-11", "TGPL-15")
"""Their people see the cases of their branches too."""
_EVERY_SECONDS = 3.0
_ACCEPTED, _RETURNED = 40, 44
"""Of a hundred cases the first forty are accepted in the morning, the next four returned; the case's id decides."""

_MOVED_ON = {409}
"""The person withdrew or changed something in the same moment."""


class Officers:
    """One officer for each of the two centres."""

    def __init__(self, place: Whereabouts, tally: Tally) -> None:
        self._tally = tally
        url = place.url("routing")
        self._desks = [FrontEnd(place.authority, officer(code), url, tally) for code in CENTRES]
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
        cursor: str | None = ""
        while cursor is not None:
            answer = await desk.send("GET", f"/v1/cases?status={Status.ASSIGNED}&limit=200{cursor}")
            if answer is None:
                return
            page = answer.json()
            for case in page["items"]:
                if case["case_id"] not in self._decided:
                    self._decided.add(case["case_id"])
                    await self._decide(desk, case["case_id"])
            cursor = page["next_cursor"] and f"&cursor={quote(page['next_cursor'])}"

    async def _decide(self, desk: FrontEnd, case_id: str) -> None:
        roll, path = int(case_id[:8], 16) % 100, f"/v1/cases/{case_id}"
        if roll < _ACCEPTED:
            done = await desk.send("POST", f"{path}/accept", key=f"accept-{case_id}", may_be=_MOVED_ON)
            self._tally.officer_accepted += done is not None
        elif roll < _RETURNED:
            reason = {"reason": ReturnReason.OUT_OF_AREA.value}
            done = await desk.send("POST", f"{path}/return", reason, key=f"return-{case_id}", may_be=_MOVED_ON)
            self._tally.officer_returned += done is not None
