"""A pilot morning under a real Prometheus, with the troubles that alarms are for: what tests and screens look at.

For the middle third of the morning the gateway refuses every third message, and one record is no event at all.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
from aiokafka import AIOKafkaProducer

from dev.demo.front_ends import FrontEnd
from dev.demo.morning import BEGINS, ENDS, plan
from dev.demo.officers import Officers
from dev.demo.player import Player
from dev.demo.tally import Tally
from dev.demo.timeline import Timeline
from dev.look.prometheus import Prometheus
from dev.stack.backend import chosen_stack
from dev.stack.installation import Installation, installation
from dev.stack.keys import DESK, READER
from dev.stack.process import wait_until
from legalaid.events import requests

_START_SECONDS: Final = 12.0
"""Real time that the services get to start before the morning begins."""
_SETTLE_SECONDS: Final = 20.0
"""After the last post: the events reach their ends, and the census, which comes every 15 s, counts them."""
_LOOK_SECONDS: Final = 1.0
_PATIENCE_SECONDS: Final = 60.0
_REFUSED: Final = 0.33


@dataclass(frozen=True)
class Rehearsed:
    """A morning that was played, and the Prometheus that watched it, still running. Times are Unix seconds."""

    prometheus: Prometheus
    timeline: Timeline
    begin: float
    end: float


@contextmanager
def rehearsal(folder: Path, *, requests: int, rate: float, seed: int = 7) -> Iterator[Rehearsed]:
    """Play so many requests, ``rate`` times as fast as a real morning. Raises what starting the parts raises."""
    with chosen_stack(folder / "stack") as stack:
        timeline = Timeline(BEGINS, time.time() + _START_SECONDS, rate)
        with installation(stack, folder, clock=timeline.setting) as running:
            prometheus = Prometheus(folder / "prometheus", running)
            prometheus.start()
            try:
                begin = time.time()
                asyncio.run(_play(running, prometheus, timeline, seed, requests))
                time.sleep(_SETTLE_SECONDS)
                yield Rehearsed(prometheus, timeline, begin, time.time())
            finally:
                prometheus.stop()


async def _play(running: Installation, prometheus: Prometheus, timeline: Timeline, seed: int, requests: int) -> None:
    tally = Tally()
    async with AsyncExitStack() as opened:
        player = await opened.enter_async_context(Player(plan(seed, requests), running, timeline, tally))
        officers = await opened.enter_async_context(Officers(running, tally))
        desk = await opened.enter_async_context(FrontEnd(running.authority, DESK, running["notify"].url, tally))
        reader = await opened.enter_async_context(FrontEnd(running.authority, READER, running["reports"].url, tally))
        async with asyncio.TaskGroup() as tasks:
            at_work = [tasks.create_task(officers.work()), tasks.create_task(_read(desk, reader))]
            trouble = tasks.create_task(_trouble(running, prometheus, timeline))
            await player.play()
            await trouble
            for one in at_work:
                one.cancel()
    if tally.unexpected:
        message = f"the morning did not go as planned: {dict(tally.unexpected)}"
        raise RuntimeError(message)


async def _read(desk: FrontEnd, reader: FrontEnd) -> None:
    """The Desk looks whom to call, and somebody at the ministry looks at the numbers, until cancelled."""
    day = BEGINS.date().isoformat()
    while True:
        await desk.send("GET", "/v1/callbacks")
        await reader.send("GET", f"/v1/summary?from={day}&to={day}")
        await asyncio.sleep(_LOOK_SECONDS)


async def _trouble(running: Installation, prometheus: Prometheus, timeline: Timeline) -> None:
    async with httpx.AsyncClient(base_url=running["gateway"].url) as gateway:
        await timeline.until(ENDS / 3)
        await gateway.put("/v1/behaviour", json={"fail_rate": _REFUSED})
        await _put_rubbish(running)
        await timeline.until(ENDS * 2 / 3)
        await asyncio.to_thread(wait_until, lambda: _refusals(prometheus), _PATIENCE_SECONDS)  # a busy one sends late
        await gateway.put("/v1/behaviour", json={})


def _refusals(prometheus: Prometheus) -> bool:
    return bool(prometheus.instant("legalaid_notify_gateway_errors_total", time.time()))


async def _put_rubbish(running: Installation) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=running.stack.servers)
    await producer.start()
    try:
        await producer.send_and_wait(running.prefix + requests.TOPIC.name, b"no event at all", key=b"nobody")
    finally:
        await producer.stop()
