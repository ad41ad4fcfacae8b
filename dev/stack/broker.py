"""One Kafka broker as a process on loopback, with its data under one folder."""

import subprocess
import uuid
from base64 import urlsafe_b64encode
from pathlib import Path

from dev.machine import programs
from dev.stack.process import NotStartedError, Process, free_port

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
        self.data = self._folder / "data"
        """Its disk."""
        self._properties = self._folder / "server.properties"
        self._java = [programs.java(), *_JVM, "-cp", f"{programs.kafka_jars()}/*"]
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
        if not (self.data / "meta.properties").exists():
            self._format()
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        super().launch()

    def settings(self) -> str:
        """The broker's own server.properties."""
        return SMALL + _PROPERTIES.format(port=self.port, front=self.front, controller=self._controller, data=self.data)

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
