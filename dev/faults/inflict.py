"""What is done for each kind of fault, and how it ends again."""

import asyncio
import resource
import signal
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

from dev.faults.load import Load
from dev.faults.proxy import Way
from dev.faults.rig import Rig
from dev.faults.schedule import MEMBERS, Fault, Kind

_SLOW_SECONDS = 0.2
_BUSY_SECONDS = 0.7
"""So slow that a batch takes longer than the time between two commits."""
_JUMP = timedelta(hours=1)
_SMALL_FILE = 4096
"""Bytes that a file of the store may have while the disk is full: less than any of its files has."""
_KILLS = 3
_WRITING_SECONDS = 3.0


class NotPossibleHereError(Exception):
    """This machine cannot do this fault; the message says why."""


class BadEndError(Exception):
    """A process did not end as it should."""


async def inflict(rig: Rig, load: Load, fault: Fault) -> None:
    """Do it, let it last, undo it. Returns when what was hit is ready again.

    Raises ``NotPossibleHereError``, ``BadEndError`` and ``NotStartedError``.
    """
    await _ACTS[fault.kind](rig, load, fault)


@contextmanager
def _in_hand(rig: Rig, name: str) -> Iterator[Any]:
    rig.held.add(name)
    try:
        yield rig.processes[name]
    finally:
        rig.held.discard(name)


async def _kill(rig: Rig, _: Load, fault: Fault) -> None:
    with _in_hand(rig, fault.target) as process:
        process.kill()
        await asyncio.sleep(fault.seconds)
        await asyncio.to_thread(process.start)


async def _kill_busy(rig: Rig, _: Load, fault: Fault) -> None:
    """Killed in the middle of its work: the store is slow to it, and the gateway to all, so that it always is."""
    with _in_hand(rig, fault.target) as process:
        rig.network.become(f"store@{fault.target}", Way.SLOW, _BUSY_SECONDS)
        rig.network.become("gateway", Way.SLOW, _SLOW_SECONDS)
        try:
            await asyncio.sleep(fault.seconds)
            process.kill()
        finally:
            rig.network.heal()
        await asyncio.to_thread(process.start)


async def _pause(rig: Rig, _: Load, fault: Fault) -> None:
    process = rig.processes[fault.target]
    process.signal(signal.SIGSTOP)
    try:
        await asyncio.sleep(fault.seconds)
    finally:
        process.signal(signal.SIGCONT)


async def _restart(rig: Rig, _: Load, fault: Fault) -> None:
    with _in_hand(rig, fault.target) as process:
        code = await asyncio.to_thread(process.stop)
        await asyncio.sleep(fault.seconds)
        await asyncio.to_thread(process.start)
    if code != 0 and fault.target in MEMBERS:
        message = f"{fault.target} ended with code {code} when it was asked to end"
        raise BadEndError(message)


async def _network(rig: Rig, _: Load, fault: Fault) -> None:
    rig.network.become(fault.target, Way(fault.kind.value), _SLOW_SECONDS)
    try:
        await asyncio.sleep(fault.seconds)
    finally:
        rig.network.become(fault.target, Way.THROUGH)


async def _disk_full(rig: Rig, _: Load, fault: Fault) -> None:
    """No file of the store may grow, or be written behind its first bytes. Then there is room again, and whoever
    looks after the store starts it anew: a store whose log could not be written may stop for good.
    """
    if not hasattr(resource, "prlimit"):
        raise NotPossibleHereError("needs prlimit(2), which only Linux has")
    with _in_hand(rig, fault.target) as process:
        try:
            before = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (_SMALL_FILE, before[1]))
        except OSError as error:
            message = f"the limit of file sizes cannot be set: {error.strerror}"
            raise NotPossibleHereError(message) from error
        await asyncio.sleep(fault.seconds)
        if process.running:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, before)
        process.kill()
        await asyncio.to_thread(process.start)


async def _kill_writing(rig: Rig, load: Load, fault: Fault) -> None:
    """Killed several times, each time while somebody waits for an answer."""
    with _in_hand(rig, fault.target) as process:
        for _ in range(_KILLS):
            with suppress(TimeoutError):
                async with asyncio.timeout(_WRITING_SECONDS):
                    await load.posting.wait()
            process.kill()
            await asyncio.to_thread(process.start)
            await asyncio.sleep(fault.seconds)


async def _clock(rig: Rig, _: Load, fault: Fault) -> None:
    """The clock of one process jumps, with a restart of it, and jumps back with another."""
    ahead = _JUMP if fault.kind is Kind.CLOCK_AHEAD else -_JUMP
    with _in_hand(rig, fault.target) as process:
        right = process.env["LEGALAID_CLOCK"]
        process.env["LEGALAID_CLOCK"] = rig.clock_setting(ahead)
        try:
            await asyncio.to_thread(process.restart)
            await asyncio.sleep(fault.seconds)
        finally:
            process.env["LEGALAID_CLOCK"] = right
        await asyncio.to_thread(process.restart)


_ACTS: Mapping[Kind, Callable[[Rig, Load, Fault], Awaitable[None]]] = {
    Kind.KILL: _kill,
    Kind.KILL_BUSY: _kill_busy,
    Kind.PAUSE: _pause,
    Kind.RESTART: _restart,
    Kind.SLOW: _network,
    Kind.CUT: _network,
    Kind.BLACK_HOLE: _network,
    Kind.DISK_FULL: _disk_full,
    Kind.KILL_WRITING: _kill_writing,
    Kind.CLOCK_AHEAD: _clock,
    Kind.CLOCK_BEHIND: _clock,
}
