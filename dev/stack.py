"""The local stack: one Kafka broker and one server behind the MongoDB protocol, on loopback, under one folder.

``with chosen_stack(folder) as running:`` starts them and stops them. Each can be killed and started again on the same
port and data: ``running.kafka.kill(); running.kafka.start()``. ``LEGALAID_TEST_BACKEND`` chooses between processes and
containers.
"""

import os
import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from dev import tools
from dev.process import NotStartedError, Process, free_port, listens

_JVM = ("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
STARTED = "Kafka Server started"

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{front}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={data}
"""

SMALL = """\
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
# One broker, so one replica; few partitions of Kafka's own topics, so that a start is quick.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=5
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=5
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# Small buffers: tests make thousands of partitions on one small machine.
log.index.size.max.bytes=1048576
log.cleaner.dedupe.buffer.size=16777216
# A killed broker may come back after this long; the default is 9 s.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
num.network.threads=2
num.io.threads=4
"""
"""How a broker is that tests share: in a process and in a container alike."""


class Broker(Process):
    """The Kafka broker, also its own controller (KRaft).

    ``front`` is the port that it tells its clients, where a proxy stands before it.
    """

    def __init__(self, folder: Path, port: int | None = None, front: int | None = None) -> None:
        self.port = port or free_port()
        self.front = front or self.port
        self._controller = free_port()
        self._folder = folder / "kafka"
        self._data = self._folder / "data"
        self._properties = self._folder / "server.properties"
        self._java = [tools.java(), *_JVM, "-cp", f"{tools.kafka_jars()}/*"]
        logging = ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true"]
        logging.append("-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info")
        command = [*self._java, *logging, "kafka.Kafka", str(self._properties)]
        super().__init__("kafka", command, log=folder / "log" / "kafka.log", ready=self._started)
        self._log_start = 0

    @property
    def servers(self) -> str:
        """What clients are given as bootstrap servers."""
        return f"127.0.0.1:{self.front}"

    def launch(self) -> None:
        """Format the storage if it is new, then start the broker. Ports may differ from those of an earlier run."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._properties.write_text(self.settings())
        if not (self._data / "meta.properties").exists():
            self._format()
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        super().launch()

    def settings(self) -> str:
        """The broker's own server.properties."""
        return SMALL + _PROPERTIES.format(
            port=self.port, front=self.front, controller=self._controller, data=self._data
        )

    def _format(self) -> None:
        # Kafka's tool takes an id that begins with a dash for an option.
        cluster = "L" + urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")[1:]
        command = [*self._java, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(self._properties)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            message = f"Kafka's storage could not be formatted\n{done.stdout}{done.stderr}"
            raise NotStartedError(message)

    def _started(self) -> bool:
        # The port is open before the broker answers, so its own word is waited for, after where this start began.
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return STARTED.encode() in log.read()


class Database(Process):
    """The server behind the MongoDB protocol. ``front`` is the port of a proxy before it, if there is one."""

    def __init__(
        self,
        folder: Path,
        port: int | None = None,
        program: tools.StoreProgram | None = None,
        front: int | None = None,
    ) -> None:
        chosen = program or tools.store_program()
        self.kind = chosen.kind
        self.port = port or free_port()
        self.front = front or self.port
        self._data = folder / self.kind  # two servers cannot read each other's files
        command = chosen.command(self.port, self._data)
        super().__init__("mongo", command, log=folder / "log" / "mongo.log", ready=lambda: listens(self.port))

    @property
    def url(self) -> str:
        """What clients are given."""
        # a server tells its own address, by which a client would go around what stands before it
        return f"mongodb://127.0.0.1:{self.front}" + ("/?directConnection=true" if self.front != self.port else "")

    def launch(self) -> None:
        """Make the data folder and start the server."""
        self._data.mkdir(parents=True, exist_ok=True)
        super().launch()


class Server(Protocol):
    """What a test may do to a broker or a store: a process here, or a container with the same verbs."""

    def start(self) -> None:
        """Start it on the same port and data as before, and wait until it is ready."""
        ...

    def stop(self) -> object:
        """End it kindly."""
        ...

    def kill(self) -> object:
        """End it at once."""
        ...


@dataclass(frozen=True)
class Stack:
    """A running stack: where clients find it, and the two servers for those who want to disturb them."""

    servers: str
    """Kafka, as host:port."""
    mongo: str
    """The store's URL."""
    mongo_kind: str
    """Which program the store is, for benchmarks and summaries."""
    kafka: Server
    store: Server | None
    """None when ``LEGALAID_MONGO_URL`` names a store that was not started here."""

    def environment(self) -> dict[str, str]:
        """The settings by which a service finds this stack."""
        return {"LEGALAID_KAFKA__SERVERS": self.servers, "LEGALAID_MONGO__URL": self.mongo}


@contextmanager
def local_stack(
    folder: Path,
    *,
    kafka_port: int | None = None,
    mongo_port: int | None = None,
    program: tools.StoreProgram | None = None,
    kafka_front: int | None = None,
    mongo_front: int | None = None,
) -> Iterator[Stack]:
    """Start broker and store, with data and logs in ``folder``; stop both at the end.

    The fronts are ports of proxies by which clients reach them; the proxies are the caller's.

    Raises ``tools.MissingToolError`` before anything is started, ``NotStartedError`` when one of them does not start.
    """
    given = os.environ.get("LEGALAID_MONGO_URL")
    database = None if given else Database(folder, mongo_port, program, mongo_front)
    broker = Broker(folder, kafka_port, kafka_front)
    processes: list[Process] = [broker, *([database] if database else [])]
    try:
        for process in processes:
            process.launch()
        for process in processes:
            process.wait_ready()
        if database is None:
            yield Stack(broker.servers, given or "", "given", broker, None)
        else:
            yield Stack(broker.servers, database.url, database.kind, broker, database)
    finally:
        for process in processes:
            process.stop(10)


@contextmanager
def chosen_stack(folder: Path, *, kafka_port: int | None = None, mongo_port: int | None = None) -> Iterator[Stack]:
    """The stack of the kind that ``tools.backend()`` names: processes here, or containers.

    Raises ``ValueError`` for any other word, and what the kind itself raises.
    """
    kind = tools.backend()
    if kind == "local":
        with local_stack(folder, kafka_port=kafka_port, mongo_port=mongo_port) as running:
            yield running
    elif kind == "testcontainers":
        from dev.containers import container_stack  # noqa: PLC0415 - needs a Docker engine, which few machines have

        with container_stack(kafka_port=kafka_port, mongo_port=mongo_port) as running:
            yield running
    else:
        message = f"LEGALAID_TEST_BACKEND is {kind!r}; it can be 'local' or 'testcontainers'"
        raise ValueError(message)
