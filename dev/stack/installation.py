"""The four services and the simulated gateway as processes: what an installation on one machine is.

``with installation(stack, folder) as running:`` starts everything on free ports, waits until all are ready, and stops
them in the order of the flow. ``running["intake"].kill()`` and ``.start()`` do to one of them what a fault test needs.
"""

import http.client
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from dev.gateway.record import ReceivedMessage, read
from dev.machine.paths import PYTHON
from dev.stack.directory import DEMONSTRATION
from dev.stack.keys import Authority
from dev.stack.process import NotStartedError, Process, free_port
from dev.stack.servers import Stack
from legalaid.settings import KafkaSettings, MongoSettings

SERVICES = ("intake", "routing", "notify", "reports")
PORTS = {
    "intake": 8001,
    "routing": 8002,
    "notify": 8003,
    "reports": 8004,
    "gateway": 8010,
    "kafka": 8020,
    "mongo": 8021,
}
"""Where ``make run`` listens; the demonstration and tests use free ports."""

COMPARTMENTS: Mapping[str, tuple[str, ...]] = {
    "intake": ("contact", "facts", "story", "index", "parties"),  # it seals all three, and makes all marks
    "routing": ("contact", "facts", "story"),  # it decides, and shows officers their cases
    "notify": ("contact", "index"),  # it counts the messages to a number by its mark
    "reports": (),
}


def answers(port: int, path: str) -> bool:
    """Whether a GET on loopback is answered with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class HttpProcess(Process):
    """A process with an HTTP port that stays the same when it is started again."""

    def __init__(
        self, name: str, command: Sequence[str], *, log: Path, env: Mapping[str, str], port: int, path: str
    ) -> None:
        super().__init__(name, command, log=log, env=env, ready=lambda: answers(port, path))
        self.port = port

    @property
    def url(self) -> str:
        """Where it is, without a path."""
        return f"http://127.0.0.1:{self.port}"


@dataclass(frozen=True)
class Installation:
    """Everything that runs beside the stack, and how to get in: a ``Place`` whose processes can be killed."""

    stack: Stack
    authority: Authority
    processes: Mapping[str, HttpProcess]
    gateway_record: Path
    """The gateway's own file of what it received."""
    prefix: str
    """Before every topic, group and database."""

    def __getitem__(self, name: str) -> HttpProcess:
        """A service, or ``gateway``."""
        return self.processes[name]

    @property
    def kafka(self) -> KafkaSettings:
        """The broker, for those who look from outside."""
        return KafkaSettings(servers=self.stack.servers, prefix=self.prefix)

    @property
    def mongo(self) -> MongoSettings:
        """The store, for those who look from outside."""
        return MongoSettings(url=SecretStr(self.stack.mongo), prefix=self.prefix)

    @property
    def store_kind(self) -> str:
        """Which program the store is."""
        return self.stack.mongo_kind

    def url(self, name: str) -> str:
        """Of a service or of ``gateway``, without a path."""
        return self.processes[name].url

    async def receptions(self) -> Sequence[ReceivedMessage]:
        """The gateway's own record."""
        return list(read(self.gateway_record))

    def environment(self, name: str) -> Mapping[str, str]:
        """The settings of a service, to start another process of it."""
        return self.processes[name].env


_NO_BRAKE = {f"LEGALAID_BRAKE__{name}": "1000000000" for name in ("PER_CLIENT", "PER_PHONE_APP", "PER_PHONE_HOTLINE")}
"""Here one client posts in seconds what a province posts in a week; intake's own tests hold the brake."""


def _settings(stack: Stack, authority: Authority, *, prefix: str, clock: str, gateway: str) -> dict[str, str]:
    return {
        **stack.environment(),
        "LEGALAID_KAFKA__PREFIX": prefix,
        "LEGALAID_MONGO__PREFIX": prefix,
        "LEGALAID_CLOCK": clock,
        "LEGALAID_AUTH__JWKS_FILE": str(authority.jwks_file),
        "LEGALAID_GATEWAY__URL": gateway,
        "LEGALAID_TELEMETRY__TRACE_RATIO": "0",
        **_NO_BRAKE,
    }


def create_topics(settings: Mapping[str, str]) -> None:
    """What a deployment does before it starts services. Raises ``NotStartedError`` with what the command said."""
    command = [PYTHON, "-m", "legalaid.bus", "topics"]
    done = subprocess.run(command, env={**os.environ, **settings}, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise NotStartedError(f"the topics could not be made\n{done.stdout}{done.stderr}")


@contextmanager
def installation(
    stack: Stack,
    folder: Path,
    *,
    ports: Mapping[str, int] | None = None,
    clock: str = "real",
    prefix: str = "",
    names: Sequence[str] = SERVICES,
    extra: Mapping[str, str] | None = None,
    special: Mapping[str, Mapping[str, str]] | None = None,
) -> Iterator[Installation]:
    """Start the gateway and the named services; logs, keys and the gateway's record lie in ``folder``.

    ``extra`` settings go to every service, ``special`` ones to the service that they are under. Raises
    ``NotStartedError`` when one of them does not become ready.
    """
    authority = Authority(folder / "keys")
    record = folder / "gateway.jsonl"
    chosen = {name: (ports or {}).get(name) or free_port() for name in ("gateway", *names)}
    command = [PYTHON, "-m", "dev.gateway", "--port", str(chosen["gateway"]), "--record", str(record)]
    gateway = HttpProcess(
        "gateway",
        command,
        log=folder / "log" / "gateway.log",
        env={"LEGALAID_CLOCK": clock},  # a provider lists what it took by the times of the messages
        port=chosen["gateway"],
        path="/v1/messages?newest=1",
    )
    common = {**_settings(stack, authority, prefix=prefix, clock=clock, gateway=gateway.url), **(extra or {})}
    processes = {"gateway": gateway}
    for name in names:
        own = {"LEGALAID_HTTP__PORT": str(chosen[name]), **authority.keyring(*COMPARTMENTS[name])}
        if name == "routing":
            own["LEGALAID_DIRECTORY_FILE"] = str(DEMONSTRATION)
        processes[name] = HttpProcess(
            name,
            [PYTHON, "-m", name],
            log=folder / "log" / f"{name}.jsonl",
            env={**common, **own, **(special or {}).get(name, {})},
            port=chosen[name],
            path="/readyz",
        )
    create_topics(common)
    try:
        for process in processes.values():
            process.launch()
        for process in processes.values():
            process.wait_ready()
        yield Installation(stack, authority, processes, record, prefix)
    finally:
        for name in (*names, "gateway"):
            processes[name].stop()
