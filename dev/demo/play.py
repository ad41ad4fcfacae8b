"""One morning on an installation, wherever it is: play it, wait until nothing is on its way, audit, tell."""

import asyncio
from contextlib import AsyncExitStack, nullcontext
from pathlib import Path

from rich.console import Console
from rich.live import Live

from dev.demo import screen, summary
from dev.demo.morning import Morning
from dev.demo.officers import Officers
from dev.demo.player import Player
from dev.demo.summary import Summary
from dev.demo.tally import Tally
from dev.demo.timeline import Timeline
from dev.demo.trouble import Failing
from dev.demo.watch import Seen, Watch
from dev.look import kafka as log
from dev.look.audit import Findings, audit
from dev.machine.paths import shown
from dev.stack.where import Whereabouts
from legalaid import clock
from legalaid.bus.dead_letters import dead_letter_topic
from legalaid.bus.topics import groups
from legalaid.service import pause
from legalaid.store import Store

_DRAIN_SECONDS = 90.0
_LOOK_SECONDS = 1.0
_LOOK_SHARE = 5
"""A look is followed by so many times its own length of quiet: watching must not become the load that it watches."""
_LINE_EVERY = 5


async def play(console: Console, morning: Morning, place: Whereabouts, timeline: Timeline, folder: Path) -> int:
    """The whole morning; the summary goes to ``folder``. Returns 1 when something was lost, doubled or unexpected."""
    tally = Tally()
    kafka = place.kafka
    store = Store(place.mongo, app_name="demo")
    async with AsyncExitStack() as opened:
        opened.push_async_callback(store.close)
        watch = await opened.enter_async_context(Watch(place, store, tally))
        player = await opened.enter_async_context(Player(morning, place, timeline, tally))
        officers = await opened.enter_async_context(Officers(place, tally))
        ended = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_show(console, timeline, tally, watch, ended, place))
            at_work = tasks.create_task(officers.work())
            failing = tasks.create_task(Failing(place.url("gateway")).play(timeline))
            await player.play()
            await failing
            at_work.cancel()
            await _drain(watch)
            ended.set()
        console.print("Auditing stores, topics and the gateway's record ...")
        findings = await audit(store, kafka, await place.receptions(), tally.accepted, tally.owed)
        findings.doubled.update(tally.strays)
        letters = await log.count(kafka, [kafka.prefix + dead_letter_topic(group) for group in groups()])
    counted = summary.summarise(tally, findings, letters)
    summary.write(counted, folder / "summary.json")
    summary.show(console, counted, tally, findings, place.store_kind)
    console.print(f"Written to {shown(folder / 'summary.json')}.")
    return 1 if _is_wrong(counted, tally, findings) else 0


async def _show(
    console: Console, timeline: Timeline, tally: Tally, watch: Watch, ended: asyncio.Event, place: Whereabouts
) -> None:
    """Redraw the table every second until the end; without a terminal print a line now and then."""
    inbox = f"{place.url('gateway')}/"
    live = Live(console=console, auto_refresh=False, transient=False) if console.is_terminal else None
    with live or nullcontext():
        looks = 0
        while not ended.is_set():
            began = clock.elapsed()
            seen = await watch.look()
            if live:
                live.update(screen.screen(timeline, tally, seen, inbox), refresh=True)
            elif looks % _LINE_EVERY == 0:
                console.print(screen.line(timeline, tally, seen))
            looks += 1
            await pause(ended, max(_LOOK_SECONDS, (clock.elapsed() - began) * _LOOK_SHARE))


async def _drain(watch: Watch) -> Seen:
    """Wait until two looks in a row find nothing on its way, or for so long that something must be stuck."""
    deadline = clock.elapsed() + _DRAIN_SECONDS
    quiet = 0
    while True:
        seen = await watch.look()
        quiet = quiet + 1 if seen.settled else 0
        if quiet > 1 or clock.elapsed() > deadline:
            return seen
        await asyncio.sleep(_LOOK_SECONDS)


def _is_wrong(counted: Summary, tally: Tally, findings: Findings) -> bool:
    return bool(findings.lost or findings.doubled or tally.unexpected or counted.dead_letters)
