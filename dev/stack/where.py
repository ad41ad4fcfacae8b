"""Where an installation is, for those who play a morning on it, watch it and audit it: what it runs in is not their
business.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import httpx
from pydantic import SecretStr, TypeAdapter

from dev.gateway.record import ReceivedMessage
from dev.stack.keys import Signer
from legalaid.settings import KafkaSettings, MongoSettings

_RECEPTIONS = TypeAdapter(list[ReceivedMessage])


class Whereabouts(Protocol):
    """The addresses of everything, and who signs the tokens to get in."""

    @property
    def authority(self) -> Signer:
        """Signs tokens that the services believe."""
        ...

    @property
    def kafka(self) -> KafkaSettings:
        """The broker, for those who read topics from outside."""
        ...

    @property
    def mongo(self) -> MongoSettings:
        """The store, for those who read databases from outside, which no service may do."""
        ...

    @property
    def store_kind(self) -> str:
        """Which program the store is, for summaries."""
        ...

    def url(self, name: str) -> str:
        """Of a service or of ``gateway``, without a path."""
        ...

    async def receptions(self) -> Sequence[ReceivedMessage]:
        """The simulated gateway's own record."""
        ...


@dataclass(frozen=True)
class Elsewhere:
    """An installation that was not started here: containers, or a cluster, of which only addresses are known."""

    authority: Signer
    kafka: KafkaSettings
    mongo: MongoSettings
    store_kind: str
    urls: Mapping[str, str]
    """By service, and ``gateway``."""

    @classmethod
    def at(cls, urls: Mapping[str, str], *, servers: str, mongo: str, authority: Signer, kind: str) -> "Elsewhere":
        """With a broker and a store of its own, so without a prefix."""
        store = MongoSettings(url=SecretStr(mongo))
        return cls(authority, KafkaSettings(servers=servers), store, kind, urls)

    def url(self, name: str) -> str:
        """As the protocol says."""
        return self.urls[name]

    async def receptions(self) -> Sequence[ReceivedMessage]:
        """As the protocol says; by the gateway's own API."""
        async with httpx.AsyncClient(base_url=self.urls["gateway"], timeout=30) as gateway:
            answer = await gateway.get("/v1/receptions")
        return _RECEPTIONS.validate_json(answer.raise_for_status().content)
