"""A service is a list of parts run in one task group: HTTP, consumers, loops.

A part that fails ends the process, and whoever started it starts it again: no part may limp along unseen.
"""

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

log = structlog.get_logger()


@dataclass(frozen=True)
class Part:
    """One thing that a service does.

    ``run`` is given an event that is set when the process must stop; it then finishes what it began and returns.
    """

    name: str
    run: Callable[[asyncio.Event], Awaitable[None]]


def chosen(parts: Sequence[Part], setting: str) -> list[Part]:
    """The parts that ``LEGALAID_PARTS`` names, or all. Raises ``ValueError`` for a name that no part has."""
    if not setting:
        return list(parts)
    wanted = [name.strip() for name in setting.split(",") if name.strip()]
    known = {part.name: part for part in parts}
    unknown = [name for name in wanted if name not in known]
    if unknown:
        message = f"LEGALAID_PARTS names {', '.join(unknown)}; this service has {', '.join(known)}"
        raise ValueError(message)
    return [known[name] for name in wanted]


async def run(parts: Sequence[Part], *, stop: asyncio.Event | None = None) -> None:
    """Run all parts until SIGTERM or SIGINT, or until one of them fails; its exception ends the process.

    On a signal every part is told to stop at once; each drains in its own order (readiness, fetching, commits).
    """
    stopping = stop or asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stopping.set)
    gc.collect()
    gc.freeze()  # what exists now lives as long as the process: keep the collector from walking it

    async def guarded(part: Part) -> None:
        await part.run(stopping)
        if not stopping.is_set():
            message = f"part {part.name} ended before it was told to"
            raise RuntimeError(message)

    async with asyncio.TaskGroup() as group:
        for part in parts:
            group.create_task(guarded(part), name=part.name)
    log.info("service_stopped")
