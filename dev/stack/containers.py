"""The same stack in containers, for machines with a Docker engine: the images that production would run."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError
from testcontainers.core.container import DockerContainer

from dev.machine.versions import pinned
from dev.stack.broker import SMALL, STARTED
from dev.stack.process import NotStartedError, free_port, wait_until
from dev.stack.servers import Stack

_START_SECONDS = 120
_STOP_SECONDS = 30


class Container:
    """A container with the verbs of a process. Its port on the host is fixed, so that it survives a restart.

    The server itself is asked whether it is ready: Docker's own proxy accepts connections before anybody listens
    behind it.
    """

    def __init__(self, container: DockerContainer) -> None:
        self._container = container

    def ready(self) -> bool:
        """Whether it can be used."""
        raise NotImplementedError

    def wait_ready(self) -> None:
        """Wait until it can be used. Raises ``NotStartedError``."""
        if not wait_until(self.ready, _START_SECONDS, every=0.5):
            message = f"{self._container.image} was not ready after {_START_SECONDS} s"
            raise NotStartedError(message)

    def start(self) -> None:
        """Start it again and wait until it can be used. Raises ``NotStartedError``."""
        self._container.get_wrapped_container().start()
        self.wait_ready()

    def stop(self) -> None:
        """End it kindly."""
        self._container.get_wrapped_container().stop(timeout=_STOP_SECONDS)

    def kill(self) -> None:
        """End it at once."""
        self._container.get_wrapped_container().kill()


class _Broker(Container):
    _starts = 1

    def ready(self) -> bool:
        # It answers before it leads its partitions, so its own word is waited for.
        said: bytes = self._container.get_wrapped_container().logs()
        return said.count(STARTED.encode()) >= self._starts

    def start(self) -> None:
        self._starts += 1
        super().start()


class _Database(Container):
    def __init__(self, container: DockerContainer, url: str) -> None:
        super().__init__(container)
        self._url = url

    def ready(self) -> bool:
        with MongoClient[dict[str, Any]](self._url, timeoutMS=2000) as client:
            try:
                client.admin.command("ping")
            except PyMongoError:
                return False
            return True


def _kafka(port: int) -> DockerContainer:
    shared = dict(line.split("=", 1) for line in SMALL.splitlines() if not line.startswith("#"))
    settings = {
        **{f"KAFKA_{name.upper().replace('.', '_')}": value for name, value in shared.items()},
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_NODE_ID": "1",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@127.0.0.1:9093",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENERS": "PLAINTEXT://0.0.0.0:9092,CONTROLLER://127.0.0.1:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{port}",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "KAFKA_HEAP_OPTS": "-Xmx384m",
    }
    return _on_loopback(DockerContainer(pinned("KAFKA_IMAGE"), env=settings), 9092, port)


def _mongo(port: int) -> DockerContainer:
    return _on_loopback(DockerContainer(pinned("MONGO_IMAGE")), 27017, port)


def _on_loopback(container: DockerContainer, inside: int, outside: int) -> DockerContainer:
    container.ports[str(inside)] = ("127.0.0.1", outside)  # type: ignore[assignment]  # Docker takes an address too
    return container


@contextmanager
def container_stack(*, kafka_port: int | None = None, mongo_port: int | None = None) -> Iterator[Stack]:
    """Start both images on these or free ports of loopback; remove the containers at the end."""
    kafka_port, mongo_port = kafka_port or free_port(), mongo_port or free_port()
    url = f"mongodb://127.0.0.1:{mongo_port}/?directConnection=true"
    # A container's data directory outlives a kill: `start` goes on with the same container.
    with _kafka(kafka_port) as kafka, _mongo(mongo_port) as mongo:
        broker, store = _Broker(kafka), _Database(mongo, url)
        broker.wait_ready()
        store.wait_ready()
        yield Stack(f"127.0.0.1:{kafka_port}", mongo=url, mongo_kind=pinned("MONGO_IMAGE"), kafka=broker, store=store)
