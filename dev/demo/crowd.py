"""People who keep asking while things break, and the question afterwards whether anything was lost or done twice.

``Crowd`` posts without pause, as fast as answers come. It remembers every 201, which is a promise; what got no answer
is posted again with the same key by some, as a good front end does, and given up by others.
"""

import asyncio
import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from dev.demo.bodies import Bodies
from dev.demo.people import somebody
from dev.look.audit import Findings, audit
from dev.look.kafka import Lag
from dev.stack.keys import OPERATOR
from dev.stack.where import Whereabouts
from legalaid import clock, ids
from legalaid.events.words import Channel
from legalaid.store import Store

MORNING = datetime(2026, 11, 23, 2, tzinfo=UTC)
"""09:00 in Vietnam, a working day: people may get messages."""
CLOCK = f"{MORNING.isoformat()}@x1"

ENOUGH = 30
"""Requests that must be accepted for a fault test to say anything; the slow store takes few while it is disturbed."""
_TIMEOUT = 20.0
_TRIES = 3.0
"""How often somebody without an answer posts again, on average, before giving up."""
_SETTLED_LOOKS = 3


@dataclass
class Crowd:
    """``askers`` people at a time, from one seed."""

    place: Whereabouts
    seed: int
    askers: int = 6
    accepted: dict[str, datetime] = field(default_factory=dict)
    """Request ids that were answered with 201, with the real time of the answer."""
    answers: Counter[int] = field(default_factory=Counter)
    """By status; 0 is no answer."""

    async def press(self, stop: asyncio.Event) -> None:
        """Post until told to stop; each answer in hand is still waited for."""
        chance = random.Random(self.seed)
        token = self.place.authority.token(OPERATOR)
        url = self.place.url("intake")
        headers = {"authorization": f"Bearer {token}"}
        async with (
            httpx.AsyncClient(base_url=url, headers=headers, timeout=_TIMEOUT) as client,
            asyncio.TaskGroup() as all_,
        ):
            for _ in range(self.askers):
                all_.create_task(self._ask(client, random.Random(chance.random()), stop))

    async def _ask(self, client: httpx.AsyncClient, chance: random.Random, stop: asyncio.Event) -> None:
        bodies = Bodies(chance)
        while not stop.is_set():
            body = bodies.body(Channel.HOTLINE, somebody(chance, "11", landline=False), MORNING)
            key = f'"{ids.random_id()}"'
            patience = 1 + int(chance.expovariate(1 / _TRIES))
            for _ in range(patience):
                if await self._post(client, body, key):
                    break
                await asyncio.sleep(0.05)

    async def _post(self, client: httpx.AsyncClient, body: dict[str, Any], key: str) -> bool:
        try:
            answer = await client.post("/v1/requests", json=body, headers={"idempotency-key": key})
        except httpx.TransportError:
            self.answers[0] += 1
            return False
        self.answers[answer.status_code] += 1
        if answer.status_code == httpx.codes.CREATED:
            self.accepted.setdefault(answer.json()["request_id"], clock.real_now())
            return True
        return False


@dataclass
class Auditor:
    """Looks at an installation from outside."""

    place: Whereabouts

    async def findings(self, crowd: Crowd, *, within_seconds: float = 90) -> Findings:
        """What is lost or doubled, once nothing moves any more.

        Raises ``TimeoutError`` when things still move after that time.
        """
        store = Store(self.place.mongo.model_copy(update={"timeout_seconds": 60}), app_name="auditor")
        deadline = clock.elapsed() + within_seconds
        try:
            async with Lag(self.place.kafka) as lag:
                quiet = 0
                while quiet < _SETTLED_LOOKS:
                    moving = await still_moving(store, lag, MORNING + timedelta(hours=1))
                    quiet = 0 if moving else quiet + 1
                    if clock.elapsed() > deadline:
                        message = f"after {within_seconds:.0f} s still on its way: {moving}"
                        raise TimeoutError(message)
                    await asyncio.sleep(0.3)
            return await audit(store, self.place.kafka, await self.place.receptions(), crowd.accepted)
        finally:
            await store.close()


async def still_moving(store: Store, lag: Lag, due_by: datetime) -> str:
    """What is not done yet, with messages that may go by ``due_by``; empty when all is."""
    behind = {group: records for group, records in (await lag.by_group()).items() if records}
    if behind:
        return f"records for {behind}"
    for database, name in (("intake", "requests"), ("routing", "cases"), ("notify", "notices")):
        unsent = await store.collection(database, name).find_one({"outbox_since": {"$exists": True, "$ne": None}})
        if unsent:
            return f"the outbox of {database} {name} {unsent['_id']}"
    waiting = {"state": {"$in": ["PENDING", "SENDING"]}, "not_before": {"$lte": due_by}}
    notice = await store.collection("notify", "notices").find_one(waiting)
    return f"notice {notice['_id']}, {notice['state']}" if notice else ""


async def disturb(crowd: Crowd, disturbance: Any, *, lead_seconds: float = 0.5) -> None:
    """Let the crowd press before, during and after ``disturbance``, a coroutine."""
    stop = asyncio.Event()
    pressing = asyncio.create_task(crowd.press(stop))
    try:
        await asyncio.sleep(lead_seconds)
        await disturbance
        await asyncio.sleep(lead_seconds)
    finally:
        stop.set()
        with suppress(asyncio.CancelledError):
            await pressing
