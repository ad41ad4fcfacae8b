"""Everything that faults are done to: the local stack behind proxies, two processes of each service, the gateway.

Clients reach Kafka, the store and the gateway only through the proxies: the broker advertises the proxy's port. To
the store each process has a proxy of its own, so that it can be slow to one of them.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dev.faults.proxy import Network
from dev.faults.schedule import DEPENDENCIES, MEMBERS
from dev.look.leaks import Collector
from dev.machine import programs
from dev.machine.paths import PYTHON
from dev.stack.installation import SERVICES, HttpProcess, Installation, installation
from dev.stack.local import local_stack
from dev.stack.process import NotStartedError, Process, free_port
from legalaid import clock

BEGINS = datetime(2026, 11, 23, 3, tzinfo=UTC)
"""10:00 in Vietnam, a working day, so that an hour more or less leaves people awake and the hotline open."""

_QUICK = {
    "LEGALAID_CONSUMER__SESSION_TIMEOUT_SECONDS": "6",
    "LEGALAID_GATEWAY__TIMEOUT_SECONDS": "2",
    "LEGALAID_SENDER__LEASE_SECONDS": "7",
    "LEGALAID_SENDER__TOGETHER_SECONDS": "0",  # the few numbers of a run belong to many people: each is told by itself
    "LEGALAID_SENDER__PER_NUMBER_A_DAY": "100000",
    "LEGALAID_TELEMETRY__TRACE_RATIO": "0.1",
}
"""Shorter patience than in production, or most of a run would be waiting for it."""

_KEEP_IGNORING = "import os, sys; os.execv(sys.argv[1], sys.argv[1:])"
"""Python ignores SIGXFSZ, and what it executes goes on ignoring it: a write beyond the limit is then refused with an
error, as by a full disk, and does not end the process."""


class _Enduring(programs.StoreProgram):
    """A store that is told when a file may not grow any more."""

    def command(self, port: int, data: Path) -> list[str]:
        return [PYTHON, "-c", _KEEP_IGNORING, *super().command(port, data)]


@dataclass
class Rig:
    """What runs, by the names that the schedule uses."""

    running: Installation
    network: Network
    processes: Mapping[str, Process]
    folder: Path
    collector: Collector
    anchor: float
    """When the simulated time began, on the machine's clock."""
    held: set[str] = field(default_factory=set)
    """What a fault has in hand: nobody else starts it again."""
    ended: Counter[str] = field(default_factory=Counter)
    """How often a process ended by itself and was started again, as an orchestrator would."""

    def clock_setting(self, ahead: timedelta = timedelta(0)) -> str:
        """The value of ``LEGALAID_CLOCK`` for a machine whose clock is ``ahead``."""
        return f"{(BEGINS + ahead).isoformat()}@x1@{self.anchor:.3f}"

    def now(self) -> datetime:
        """What the clocks of the services show."""
        return BEGINS + timedelta(seconds=clock.real_now().timestamp() - self.anchor)

    def url(self, member: str) -> str:
        """Where a process of a service listens."""
        process = self.processes[member]
        if not isinstance(process, HttpProcess):
            message = f"{member} has no HTTP port"
            raise TypeError(message)
        return process.url

    async def watch_over(self) -> None:
        """Start again what ended by itself, until cancelled."""
        while True:
            await asyncio.sleep(0.5)
            for name, process in self.processes.items():
                if name not in self.held and not process.running:
                    self.ended[name] += 1
                    process.launch()


@contextmanager
def rig(folder: Path) -> Iterator[Rig]:
    """Start everything in ``folder``, and stop it at the end. Raises ``NotStartedError`` and ``MissingToolError``."""
    if os.environ.get("LEGALAID_MONGO_URL"):
        raise NotStartedError("LEGALAID_MONGO_URL names a store that is not ours to disturb: unset it")
    program = programs.store_program()
    ports = {name: free_port() for name in DEPENDENCIES}
    targets = ports | {f"store@{member}": ports["store"] for member in MEMBERS}
    anchor = clock.real_now().timestamp()
    with ExitStack() as opened:
        collector = opened.enter_context(Collector())
        network = opened.enter_context(Network(targets))
        stack = opened.enter_context(
            local_stack(
                folder,
                kafka_port=ports["kafka"],
                mongo_port=ports["store"],
                program=_Enduring(program.kind, program.path),
                kafka_front=network["kafka"].port,
                mongo_front=network["store"].port,
            )
        )
        extra = {
            **_QUICK,
            "LEGALAID_GATEWAY__URL": f"http://127.0.0.1:{network['gateway'].port}",
            "LEGALAID_TELEMETRY__OTLP_ENDPOINT": collector.url,
        }
        time = f"{BEGINS.isoformat()}@x1@{anchor:.3f}"
        running = opened.enter_context(
            installation(
                stack,
                folder,
                ports={"gateway": ports["gateway"]},
                clock=time,
                extra=extra,
                special={name: _own_store(network, name) for name in SERVICES},
            )
        )
        seconds = {f"{name}-2": _second(running, network, name, folder) for name in SERVICES}
        for process in seconds.values():
            opened.callback(process.stop)
        for process in seconds.values():
            process.launch()
        for process in seconds.values():
            process.wait_ready()
        servers = {"kafka": stack.kafka, "store": stack.store}
        processes: dict[str, Process] = {**running.processes, **seconds}
        processes |= {name: server for name, server in servers.items() if isinstance(server, Process)}
        yield Rig(running, network, processes, folder, collector, anchor)


def _own_store(network: Network, member: str) -> dict[str, str]:
    """The setting by which one process reaches the store through a proxy of its own."""
    return {"LEGALAID_MONGO__URL": f"mongodb://127.0.0.1:{network[f'store@{member}'].port}/?directConnection=true"}


def _second(running: Installation, network: Network, service: str, folder: Path) -> HttpProcess:
    """One more process of a service, as one more pod would be."""
    port, name = free_port(), f"{service}-2"
    environment = {**running.environment(service), "LEGALAID_HTTP__PORT": str(port), **_own_store(network, name)}
    command = [PYTHON, "-m", service]
    return HttpProcess(name, command, log=folder / "log" / f"{name}.jsonl", env=environment, port=port, path="/readyz")
