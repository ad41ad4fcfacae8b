"""What every simulated provider does with a message: misbehaves by switches, and records what it took."""

import asyncio
import random
from dataclasses import dataclass
from typing import Final

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import Receive, Scope, Send

from dev.gateway.record import Inbox

API_KEY: Final = "simulated-api-key"
SECRET_KEY: Final = "simulated-secret-of-32-bytes-and-more"  # noqa: S105 - of a simulation
"""What every provider of SMS here takes for the keys of its client."""


class Outgoing(BaseModel):
    """What a client asks a provider to send."""

    request_id: str = Field(min_length=1, max_length=64)
    to: str = Field(pattern=r"^\+?[0-9]{8,15}$")
    text: str = Field(min_length=1, max_length=1000)
    sender: str = ""


class Behaviour(BaseModel):
    """How the gateway treats its clients. Rates lie between 0 and 1."""

    model_config = ConfigDict(extra="forbid")

    only: list[str] = Field(default_factory=list)
    """Providers of SMS whose messages the switches are for; empty: all."""
    slow_ms: int = Field(default=0, ge=0)
    """How long every message waits before anything is decided."""
    fail_rate: float = Field(default=0, ge=0, le=1)
    """The part that is refused with ``fail_status`` and not taken."""
    fail_status: int = Field(default=503, ge=400, le=599)
    drop_answers_rate: float = Field(default=0, ge=0, le=1)
    """The part that is taken and sent on, while the client gets no answer."""
    drop_repeats: bool = True
    """Whether a second message with the same request id is recognised and not sent on."""
    can_be_asked: bool = True
    """Whether it says what it took."""
    codes: dict[str, str] = Field(default_factory=dict)
    """By provider of SMS, the code that it answers to everything; it takes nothing then."""


_GOOD: Final = Behaviour()


class CutOff(Response):
    """A connection that ends in the middle of the answer."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Promise a hundred bytes and send none."""
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]})


@dataclass(frozen=True)
class Taken:
    """A message that was taken."""

    gateway_id: str
    answered: bool
    """Whether the client is told."""


class Simulator:
    """The state of all providers, and the way of every message through them."""

    def __init__(self, record: Inbox, seed: int) -> None:
        self.record = record
        self.behaviour = Behaviour()
        self._random = random.Random(seed)

    async def take(self, message: Outgoing, *, provider: str = "simulated", forgotten: bool = False) -> Taken | int:
        """Or the status of a refusal. ``forgotten``: the provider knows an earlier message of that id no longer."""
        behaviour = self._towards(provider)
        if behaviour.slow_ms:
            await asyncio.sleep(behaviour.slow_ms / 1000)
        if self._random.random() < behaviour.fail_rate:
            return behaviour.fail_status
        taken = self.record.take(
            message.request_id,
            to=message.to,
            text=message.text,
            sender=message.sender,
            drop_repeats=behaviour.drop_repeats and not forgotten,
            provider=provider,
        )
        return Taken(taken.gateway_id, self._random.random() >= behaviour.drop_answers_rate)

    def _towards(self, provider: str) -> Behaviour:
        return self.behaviour if not self.behaviour.only or provider in self.behaviour.only else _GOOD
