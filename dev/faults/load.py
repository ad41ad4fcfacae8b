"""People and officers who keep on, at an even pace, while things break; and what each of them was promised.

Whoever gets no answer posts again with the same key, perhaps to the other process of the service, as a front end does
behind a balancer; some give up. What all of them tell has planted words in it, which nobody may find anywhere.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from dev.demo.bodies import Bodies
from dev.demo.people import somebody
from dev.faults.rig import Rig
from dev.look.leaks import Plants
from dev.stack.keys import EXCHANGE, OPERATOR, Client, officer
from legalaid import clock, ids
from legalaid.events.words import Channel, Household

PER_SECOND = 6.0
"""People who begin to ask, or call."""
_MOST_AT_ONCE = 24
_CALLS, _AMENDED, _WITHDRAWN = 0.25, 0.15, 0.05
_TIMEOUT_SECONDS = 7.0
_TRIES = 4.0
"""How often somebody without an answer posts again, on average, before giving up."""
_PAUSE_SECONDS = 0.3
_OFFICER_SECONDS = 2.0
_CENTRE = "TGPL-11"
_NUMBERS = ("0912 738 465", "0387 641 529", "0965 284 173")
_NOT_NOW = {429, 502, 503}
_MOVED_ON = {404, 409}
"""What a command may be answered when the case moved on meanwhile, or is not there yet."""


@dataclass
class Promises:
    """What was answered with yes, and so must be found afterwards."""

    accepted: dict[str, datetime] = field(default_factory=dict)
    """Requests answered with 201, with the real time of the answer."""
    owed: set[str] = field(default_factory=set)
    """Calls of which the exchange was told that somebody will call back."""
    amended: Counter[str] = field(default_factory=Counter)
    """How many amendments of each request were answered with 200."""
    withdrawn: set[str] = field(default_factory=set)
    taken_up: set[str] = field(default_factory=set)
    """Cases whose acceptance by an officer was answered with 200."""
    answers: Counter[int] = field(default_factory=Counter)
    """By status; 0 is no answer."""
    unexpected: Counter[str] = field(default_factory=Counter)
    """Answers that no front end should get, by operation and status."""


class Load:
    """Presses when told to; ``promises`` grows over the whole run."""

    def __init__(self, rig: Rig, seed: int) -> None:
        self.promises = Promises()
        self.plants = Plants(random.Random(seed))
        self._words = {place: self.plants.word(place) for place in ("name", "story", "address", "applicant")}
        self._numbers = [self.plants.number(f"number {at}", number) for at, number in enumerate(_NUMBERS)]
        self._chance = random.Random(seed)
        self._bodies = Bodies(self._chance)
        self._rig = rig
        self._clients: dict[tuple[str, str], httpx.AsyncClient] = {}
        self._people = 0
        self._waiting = 0
        self.posting = asyncio.Event()
        """Whether somebody waits for an answer now."""

    async def press(self, stop: asyncio.Event) -> None:
        """Until told to stop; each answer in hand is still waited for."""
        async with AsyncExitStack() as opened:
            for who, service in ((OPERATOR, "intake"), (EXCHANGE, "intake"), (officer(_CENTRE), "routing")):
                for member in (service, f"{service}-2"):
                    headers = {"authorization": f"Bearer {self._rig.running.authority.token(who)}"}
                    url = self._rig.url(member)
                    client = httpx.AsyncClient(base_url=url, headers=headers, timeout=_TIMEOUT_SECONDS)
                    self._clients[who.subject, member] = await opened.enter_async_context(client)
            async with asyncio.TaskGroup() as everybody:
                everybody.create_task(self._officer(stop))
                while not stop.is_set():
                    if self._people < _MOST_AT_ONCE:
                        everybody.create_task(self._somebody(random.Random(self._chance.random())))
                    await asyncio.sleep(1 / PER_SECOND)

    async def _somebody(self, chance: random.Random) -> None:
        self._people += 1
        try:
            await (self._call(chance) if chance.random() < _CALLS else self._ask(chance))
        finally:
            self._people -= 1

    async def _ask(self, chance: random.Random) -> None:
        body = self._body(chance)
        answer = await self._send(chance, OPERATOR, "POST", "/v1/requests", body, ids.random_id())
        if answer is None:
            return
        request = answer.json()["request_id"]
        self.promises.accepted.setdefault(request, clock.real_now())
        later = chance.random()
        path = f"/v1/requests/{request}"
        if later < _AMENDED:
            await asyncio.sleep(chance.uniform(0, 3))
            told = {"facts": {**body["facts"], "household": Household.POOR.value}}
            if await self._send(chance, OPERATOR, "POST", f"{path}/amendments", told, ids.random_id()):
                self.promises.amended[request] += 1
        elif later < _AMENDED + _WITHDRAWN:
            await asyncio.sleep(chance.uniform(0, 3))
            if await self._send(chance, OPERATOR, "POST", f"{path}/withdrawal"):
                self.promises.withdrawn.add(request)

    def _body(self, chance: random.Random) -> dict[str, Any]:
        body = self._bodies.body(Channel.HOTLINE, somebody(self._chance, "11", landline=False), self._rig.now())
        body["person"] |= {"name": self._words["name"], "phone": chance.choice(self._numbers)}
        body["address"] += f", {self._words['address']}"
        body["matter"]["story"] += f" {self._words['story']}"
        if body["applicant"]:
            body["applicant"] |= {"name": self._words["applicant"], "phone": chance.choice(self._numbers)}
        return body

    async def _call(self, chance: random.Random) -> None:
        """Somebody rings, and nobody answers."""
        name, phone = ids.random_id(), chance.choice(self._numbers)
        for state, outcome in (("STARTED", None), ("ENDED", "MISSED")):
            at = self._rig.now().isoformat(timespec="milliseconds")
            report = {"exchange_call_id": name, "phone": phone, "state": state, "at": at, "outcome": outcome}
            answer = await self._send(chance, EXCHANGE, "POST", "/v1/calls", report)
            if answer is not None and answer.json()["callback"]:
                self.promises.owed.add(answer.json()["call_id"])

    async def _officer(self, stop: asyncio.Event) -> None:
        """Takes up some of the centre's cases; each once, whatever comes of it."""
        chance, seen, who = random.Random(self._chance.random()), set[str](), officer(_CENTRE)
        while not stop.is_set():
            answer = await self._send(chance, who, "GET", "/v1/cases?status=ASSIGNED&limit=200")
            cases = [case["case_id"] for case in answer.json()["items"]] if answer else []
            for case in [each for each in cases if each not in seen][:3]:
                seen.add(case)
                if await self._send(chance, who, "POST", f"/v1/cases/{case}/accept", key=f"accept-{case}"):
                    self.promises.taken_up.add(case)
            await asyncio.sleep(_OFFICER_SECONDS)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._waiting += 1
        self.posting.set()
        try:
            yield
        finally:
            self._waiting -= 1
            if not self._waiting:
                self.posting.clear()

    async def _send(
        self,
        chance: random.Random,
        who: Client,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        key: str = "",
    ) -> httpx.Response | None:
        """The answer, if it is yes; None when it is no, or when this one has no more patience."""
        members = [client for (subject, _), client in self._clients.items() if subject == who.subject]
        headers = {"idempotency-key": f'"{key}"'} if key else {}
        for _ in range(1 + int(chance.expovariate(1 / _TRIES))):
            try:
                with self._counted():
                    answer = await chance.choice(members).request(method, path, json=body, headers=headers)
            except httpx.TransportError:
                self.promises.answers[0] += 1
            else:
                self.promises.answers[answer.status_code] += 1
                if answer.is_success:
                    return answer
                if answer.status_code in _MOVED_ON and path != "/v1/requests":
                    return None
                if answer.status_code not in _NOT_NOW:
                    what = path.rsplit("/", maxsplit=1)[-1].partition("?")[0]
                    self.promises.unexpected[f"{method} {what}: {answer.status_code}"] += 1
                    return None
            await asyncio.sleep(_PAUSE_SECONDS)
        return None
