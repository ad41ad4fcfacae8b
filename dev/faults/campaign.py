"""One run: the load presses, a fault comes and goes, all must become quiet, every promise is looked at; and again."""

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from dev.faults.inflict import BadEndError, NotPossibleHereError, inflict
from dev.faults.inspection import Inspector, Verdict
from dev.faults.load import Load
from dev.faults.report import Report, Row
from dev.faults.rig import Rig, rig
from dev.faults.schedule import Fault, schedule
from dev.machine.paths import VAR, shown
from dev.stack.process import NotStartedError
from legalaid import clock

FOLDER = VAR / "faults"
_LEAD_SECONDS = 1.0
"""The load presses so long before a fault, and after it."""
_QUIET_SECONDS = 90.0
"""Longer than any wait in the services by far: what moves after that is stuck."""


@dataclass(frozen=True)
class Options:
    """What can be chosen."""

    seed: int
    minutes: float
    only: str = ""
    folder: Path = FOLDER


def run(options: Options) -> int:
    """Returns 1 when a promise was broken. Raises ``ValueError`` for an ``only`` that names no fault."""
    faults = schedule(options.seed, options.only)
    console = Console(width=200)
    shutil.rmtree(options.folder, ignore_errors=True)
    console.print("Starting Kafka, the store, the gateway and two processes of each service ...")
    with rig(options.folder) as running:
        report = Report(options.seed, options.minutes, running.running.stack.mongo_kind, options.only)
        try:
            asyncio.run(_Run(console, running, report, faults).play())
        finally:
            report.write(options.folder / "report.json")
            report.show(console)
    console.print(f"Written to {shown(options.folder / 'report.json')}; logs are in {shown(options.folder / 'log')}.")
    return 0 if report.is_clean else 1


class _Run:
    def __init__(self, console: Console, running: Rig, report: Report, faults: Iterator[Fault]) -> None:
        self._console = console
        self._rig = running
        self._report = report
        self._faults = faults
        self._load = Load(running, report.seed)
        self._inspector = Inspector(running, self._load)
        self._known = Verdict()

    async def play(self) -> None:
        """None first, then faults, at least one, until the time is over or something never becomes quiet."""
        watching = asyncio.create_task(self._rig.watch_over())
        try:
            is_quiet = await self._one(None)
            ends = clock.elapsed() + self._report.minutes * 60
            for fault in self._faults:
                is_quiet = is_quiet and await self._one(fault)
                if not is_quiet or clock.elapsed() > ends:
                    break
            if is_quiet and (wrong := await self._inspector.rebuilt()):
                self._report.rows[-1].found.other["reports"] = wrong
            self._report.is_whole = True
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching

    async def _one(self, fault: Fault | None) -> bool:
        """One fault, or none, with all that follows; False when it was not quiet in time."""
        row = Row(fault.kind.value, fault.target, fault.seconds) if fault else Row("(none)", "", 0.0)
        self._report.rows.append(row)
        before, ended = self._counts(), Counter(self._rig.ended)
        try:
            async with self._pressing():
                if fault is not None:
                    await self._inflict(fault, row)
        finally:
            self._rig.network.heal()
        if row.not_possible:
            return True
        begun = clock.elapsed()
        moving = await self._inspector.quiet(_QUIET_SECONDS)
        row.quiet_seconds = None if moving else round(clock.elapsed() - begun + _LEAD_SECONDS, 1)
        repeats = self._inspector.repeats.total()
        found = await self._inspector.look(may_repeat=fault is not None and fault.excuses_repeats)
        row.repeats = self._inspector.repeats.total() - repeats
        row.found = _joined(row.found, found.beyond(self._known))
        if moving:
            row.found.other["not quiet"] = f"after {_QUIET_SECONDS:.0f} s: {moving}"
        self._known = found
        row.accepted, row.refused, row.unanswered = (
            after - then for after, then in zip(self._counts(), before, strict=True)
        )
        row.ended = dict(self._rig.ended - ended)
        self._tell(row)
        return not moving

    @asynccontextmanager
    async def _pressing(self) -> AsyncIterator[None]:
        stop = asyncio.Event()
        pressing = asyncio.create_task(self._load.press(stop))
        try:
            await asyncio.sleep(_LEAD_SECONDS)
            yield
            await asyncio.sleep(_LEAD_SECONDS)
        finally:
            stop.set()
            await pressing

    async def _inflict(self, fault: Fault, row: Row) -> None:
        try:
            await inflict(self._rig, self._load, fault)
        except NotPossibleHereError as error:
            row.not_possible = str(error)
        except (BadEndError, NotStartedError) as error:
            row.found.other[fault.target] = str(error).splitlines()[0]

    def _counts(self) -> tuple[int, int, int]:
        promises = self._load.promises
        return len(promises.accepted), promises.answers[503], promises.answers[0]

    def _tell(self, row: Row) -> None:
        state = "ok" if row.is_clean else "[bold red]NOT OK[/]"
        self._console.print(
            f"{row.fault:<13} {row.target:<10} {row.seconds:>4.1f} s, quiet after {row.quiet_seconds} s, "
            f"{row.accepted} accepted, {row.refused} x 503, {row.unanswered} without answer: {state}",
            highlight=False,
            soft_wrap=True,
        )


def _joined(one: Verdict, other: Verdict) -> Verdict:
    return Verdict(**{name: getattr(one, name) | found for name, found in vars(other).items()})
