"""The same stack in containers, for machines with a Docker engine: the images that production would run."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aiokafka.errors import KafkaError
from pydantic import SecretStr
from testcontainers.core.container import DockerContainer

from dev.process import NotStartedError, free_port, wait_until
from dev.records import topics
from dev.stack import SMALL, Stack
from dev.versions import pinned
from legalaid.settings import KafkaSettings, MongoSettings
from legalaid.store import Store

_START_SECONDS = 120


class Container:
    """A container with the verbs of a process. Its port on the host is fixed, so that it survives a restart.

    ``ready`` asks the server itself: Docker's own proxy accepts connections before anybody listens behind it.
    """

    def __init__(self, container: DockerContainer, ready: Callable[[], bool]) -> None:
        self._container = container
        self._ready = ready

    def wait_ready(self) -> None:
        """Wait until it answers. Raises ``NotStartedError``."""
        if not wait_until(self._ready, _START_SECONDS, every=0.5):
            message = f"{self._container.image} does not answer after {_START_SECONDS} s"
            raise NotStartedError(message)

    def start(self) -> None:
        """Start it again and wait until it answers. Raises ``NotStartedError``."""
        self._container.get_wrapped_container().start()
        self.wait_ready()

    def stop(self) -> None:
        """End it kindly."""
        self._container.get_wrapped_container().stop()

    def kill(self) -> None:
        """End it at once."""
        self._container.get_wrapped_container().kill()


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
    return DockerContainer(pinned("KAFKA_IMAGE"), env=settings).with_bind_ports(9092, port)


def _broker_answers(servers: str) -> bool:
    try:
        asyncio.run(topics(KafkaSettings(servers=servers)))
    except (KafkaError, OSError):
        return False
    return True


def _store_answers(url: str) -> bool:
    async def ask() -> bool:
        store = Store(MongoSettings(url=SecretStr(url), timeout_seconds=2), app_name="stack")
        try:
            return (await store.ready()).ok
        finally:
            await store.close()

    return asyncio.run(ask())


@contextmanager
def container_stack(*, kafka_port: int | None = None, mongo_port: int | None = None) -> Iterator[Stack]:
    """Start both images on these or free ports of loopback; remove the containers at the end."""
    kafka_port, mongo_port = kafka_port or free_port(), mongo_port or free_port()
    servers, url = f"127.0.0.1:{kafka_port}", f"mongodb://127.0.0.1:{mongo_port}/?directConnection=true"
    # A container's data directory outlives a kill: `start` goes on with the same container.
    with (
        _kafka(kafka_port) as kafka,
        DockerContainer(pinned("MONGO_IMAGE")).with_bind_ports(27017, mongo_port) as mongo,
    ):
        broker = Container(kafka, lambda: _broker_answers(servers))
        store = Container(mongo, lambda: _store_answers(url))
        for server in (broker, store):
            server.wait_ready()
        yield Stack(servers=servers, mongo=url, mongo_kind=pinned("MONGO_IMAGE"), kafka=broker, store=store)
