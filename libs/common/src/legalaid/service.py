"""A service is a list of parts run in one task group: HTTP, consumers, loops.

A part that fails ends the process, and whoever started it starts it again: no part may limp along unseen. What the
parts share, such as a producer, is a resource: opened before any of them, closed after all of them.
"""

import argparse
import asyncio
import gc
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
import structlog
import uvloop

from legalaid import telemetry
from legalaid.errors import TransientError
from legalaid.settings import ServiceSettings

log = structlog.get_logger()

_OPEN_AGAIN_SECONDS = 1.0
_COLLECT_AFTER = 10_000
"""So many objects more than at the last collection. Some thousands are under way for a batch, or for some requests, and
soon gone without a collector; Python's own 700 had them walked again and again, a twelfth of the CPU of a POST."""


@dataclass(frozen=True)
class Part:
    """One thing that a service does.

    ``run`` is given an event that is set when the process must stop; it then finishes what it began and returns.
    """

    name: str
    run: Callable[[asyncio.Event], Awaitable[None]]
    openapi: Callable[[], dict[str, Any]] | None = None
    """The description of the part's HTTP API, if it has one; making it connects to nothing."""


@dataclass(frozen=True)
class Resource:
    """What parts share: ``open`` runs before all parts, ``close`` after all have ended, in reverse order.

    An ``open`` that raises ``TransientError`` is tried again: a service may start before its dependencies.
    """

    name: str
    open: Callable[[], Awaitable[None]] | None = None
    close: Callable[[], Awaitable[None]] | None = None
    lasting: bool = False
    """Whether what ``open`` makes outlives the process, as indexes do: ``--create-indexes`` opens these alone."""


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


async def run(members: Sequence[Part | Resource], *, stop: asyncio.Event | None = None) -> None:
    """Run all parts until SIGTERM or SIGINT, or until one of them fails; its exception ends the process.

    On a signal every part is told to stop at once; each drains in its own order (readiness, fetching, commits).
    """
    stopping = stop or asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stopping.set)

    async def guarded(part: Part) -> None:
        await part.run(stopping)
        if not stopping.is_set():
            message = f"part {part.name} ended before it was told to"
            raise RuntimeError(message)

    async with AsyncExitStack() as resources:
        for resource in members:
            if isinstance(resource, Resource):
                await _open(resource, resources, stopping)
        if stopping.is_set():
            return
        gc.collect()
        gc.freeze()  # what exists now lives as long as the process: keep the collector from walking it
        gc.set_threshold(_COLLECT_AFTER)
        log.info("service_started")
        async with asyncio.TaskGroup() as group:
            for part in members:
                if isinstance(part, Part):
                    group.create_task(guarded(part), name=part.name)
    log.info("service_stopped")


async def pause(event: asyncio.Event, seconds: float) -> None:
    """Wait so long between two turns of a loop, or until the event: the process must stop, or there is work."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


async def _open(resource: Resource, resources: AsyncExitStack, stopping: asyncio.Event) -> None:
    if resource.close is not None:
        resources.push_async_callback(resource.close)
    while resource.open is not None and not stopping.is_set():
        try:
            await resource.open()
        except TransientError:
            log.warning("resource_not_open_yet", resource=resource.name, exc_info=True)
            await asyncio.sleep(_OPEN_AGAIN_SECONDS)
        else:
            return


S = TypeVar("S", bound=ServiceSettings)


def main(name: str, settings_type: type[S], build: Callable[[S], Sequence[Part | Resource]]) -> None:
    """The command line of a service, ``python -m <name>``; ends the process with 1 when the service fails."""
    arguments = argparse.ArgumentParser(prog=f"python -m {name}")
    group = arguments.add_mutually_exclusive_group()
    group.add_argument("--print-settings", action="store_true", help="print the settings, secrets masked, and end")
    group.add_argument("--openapi", action="store_true", help="print the HTTP API's description and end")
    group.add_argument("--create-indexes", action="store_true", help="make the indexes that are missing and end")
    chosen_action = arguments.parse_args()
    settings = settings_type.load()
    if chosen_action.print_settings:
        sys.stdout.write(settings.masked() + "\n")
        return
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if chosen_action.openapi:
            sys.stdout.write(runner.run(_openapi(build, settings)))
            return
        if not (chosen_action.create_indexes or settings.auth.jwks_url or settings.auth.jwks_file):
            arguments.error("set LEGALAID_AUTH__JWKS_URL or LEGALAID_AUTH__JWKS_FILE: without keys no token is good")
        telemetry.setup(name, settings)
        try:
            runner.run(_prepare(build(settings)) if chosen_action.create_indexes else _run(build, settings))
        except Exception:  # the last frame: the log must say which part failed, without the exception's own words
            log.critical("service_failed", exc_info=True)
            sys.exit(1)


async def _run(build: Callable[[S], Sequence[Part | Resource]], settings: S) -> None:
    members = build(settings)
    parts = chosen([member for member in members if isinstance(member, Part)], settings.parts)
    await run([*(member for member in members if isinstance(member, Resource)), *parts])


async def _prepare(members: Sequence[Part | Resource]) -> None:
    """Tries once: whoever runs a job runs it again."""
    async with AsyncExitStack() as resources:
        for member in members:
            if isinstance(member, Resource) and member.lasting and member.open is not None:
                if member.close is not None:
                    resources.push_async_callback(member.close)
                await member.open()


async def _openapi(build: Callable[[S], Sequence[Part | Resource]], settings: S) -> str:
    described = [member.openapi() for member in build(settings) if isinstance(member, Part) and member.openapi]
    return orjson.dumps(described[0], option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode() + "\n"
