"""The simulated gateway, and the pace that every gateway may have."""

import asyncio

import pytest

from legalaid import clock, ids
from legalaid.testing.events import AT
from notify.gateways import Bucket, NotNow, Taken

from .adapters import made
from .conftest import NUMBER, TEXT, Provider, Trouble, sms


async def test_the_simulated_gateway_can_be_asked(provider: Provider) -> None:
    gateway = made(provider, "simulated")
    provider.answers = [(202, {"gateway_id": "g"}), (200, {"gateway_id": "g"}), (404, {}), (501, {})]
    provider.answers += [Trouble.CUT] * 2  # a question may be asked again: it sends nothing
    request_id = ids.random_id()
    await gateway.send(sms(request_id))
    assert provider.requests[0].line == "POST /v1/messages"
    assert provider.requests[0].body == {"request_id": request_id, "to": NUMBER[1:], "text": TEXT, "sender": "TGPL"}
    assert await gateway.was_taken(request_id, AT) == Taken()
    assert await gateway.was_taken(request_id, AT) is None
    assert await gateway.was_taken(request_id, AT) == NotNow("http-501")
    assert await gateway.was_taken(request_id, AT) == NotNow("ServerDisconnectedError")
    await gateway.close()


async def test_the_pace_of_a_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]

    async def passes(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(clock, "elapsed", lambda: now[0])
    monkeypatch.setattr(asyncio, "sleep", passes)
    bucket = Bucket(10)
    for _ in range(50):
        await bucket.take()
    assert now[0] == pytest.approx(105)
    now[0] += 60  # an idle minute saves up one second's worth, no more
    begun = now[0]
    for _ in range(30):
        await bucket.take()
    assert now[0] - begun == pytest.approx(2)
    for _ in range(1000):
        await Bucket(0).take()
    assert now[0] - begun == pytest.approx(2)
