"""The same stack in containers, for machines with a Docker engine: the images that production would run."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from dev.process import NotStartedError, free_port, listens, wait_until
from dev.stack import Stack

KAFKA_IMAGE = "apache/kafka:4.3.1"
MONGO_IMAGE = "mongo:8"


class Container:
    """A container with the verbs of a process. Its port on the host is fixed, so that it survives a restart."""

    def __init__(self, container: DockerContainer, ready: Callable[[], bool]) -> None:
        self._container = container
        self._ready = ready

    def start(self) -> None:
        """Start it again and wait until it answers. Raises ``NotStartedError``."""
        self._container.get_wrapped_container().start()
        if not wait_until(self._ready, 60):
            message = f"{self._container.image} does not answer"
            raise NotStartedError(message)

    def stop(self) -> None:
        """End it kindly."""
        self._container.get_wrapped_container().stop()

    def kill(self) -> None:
        """End it at once."""
        self._container.get_wrapped_container().kill()


def _kafka(port: int) -> DockerContainer:
    settings = {
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_NODE_ID": "1",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@127.0.0.1:9093",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENERS": "PLAINTEXT://0.0.0.0:9092,CONTROLLER://127.0.0.1:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{port}",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
    }
    return DockerContainer(KAFKA_IMAGE, env=settings).with_bind_ports(9092, port)


@contextmanager
def container_stack(*, kafka_port: int | None = None, mongo_port: int | None = None) -> Iterator[Stack]:
    """Start both images on these or free ports of loopback; remove the containers at the end."""
    kafka_port, mongo_port = kafka_port or free_port(), mongo_port or free_port()
    kafka = _kafka(kafka_port).waiting_for(LogMessageWaitStrategy("Kafka Server started"))
    # The data directory outlives a kill: `start` goes on with the same container.
    mongo = DockerContainer(MONGO_IMAGE).with_bind_ports(27017, mongo_port)
    with kafka, mongo:
        if not wait_until(lambda: listens(mongo_port), 60):
            message = f"{MONGO_IMAGE} does not answer"
            raise NotStartedError(message)
        yield Stack(
            servers=f"127.0.0.1:{kafka_port}",
            mongo=f"mongodb://127.0.0.1:{mongo_port}/?directConnection=true",
            mongo_kind=MONGO_IMAGE,
            kafka=Container(kafka, lambda: listens(kafka_port)),
            store=Container(mongo, lambda: listens(mongo_port)),
        )
