"""What a running stack is, whatever it runs in: two addresses, and two servers that can be killed and started again."""

from dataclasses import dataclass
from typing import Protocol


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
