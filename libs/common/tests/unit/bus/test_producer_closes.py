"""A producer leaves no client open, however its start ends: Python complains of each, and a test run fails by it."""

import asyncio

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError

from legalaid.bus import Producer
from legalaid.errors import TransientError
from legalaid.settings import KafkaSettings


class Clients:
    """The clients that were made and those that were stopped; a start hangs until ``answer`` is given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.open = 0
        self.starting = asyncio.Event()
        self.answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def start(_client: AIOKafkaProducer) -> None:
            self.open += 1
            self.starting.set()
            await self.answer

        async def stop(client: AIOKafkaProducer) -> None:
            client._closed = True
            self.open -= 1

        monkeypatch.setattr(AIOKafkaProducer, "start", start)
        monkeypatch.setattr(AIOKafkaProducer, "stop", stop)


async def test_a_start_that_is_cancelled_leaves_no_client_open(monkeypatch: pytest.MonkeyPatch) -> None:
    clients = Clients(monkeypatch)
    starting = asyncio.ensure_future(Producer(KafkaSettings(), client_id="t").start())
    await clients.starting.wait()
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert clients.open == 0


async def test_a_start_that_fails_leaves_no_client_open(monkeypatch: pytest.MonkeyPatch) -> None:
    clients = Clients(monkeypatch)
    clients.answer.set_exception(KafkaConnectionError())
    await Producer(KafkaSettings(), client_id="t").start()
    assert clients.open == 0
    bug = asyncio.get_running_loop().create_future()
    bug.set_exception(RuntimeError("a bug of the library"))
    clients.answer = bug
    with pytest.raises(RuntimeError):
        await Producer(KafkaSettings(), client_id="t").start()
    assert clients.open == 0


async def test_a_client_that_comes_up_while_the_producer_stops_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    clients = Clients(monkeypatch)
    producer = Producer(KafkaSettings(), client_id="t")
    asking = asyncio.ensure_future(producer.publish([]))
    waiting = asyncio.ensure_future(producer.publish([]))
    await clients.starting.wait()
    stopping = asyncio.ensure_future(producer.stop())
    await asyncio.sleep(0)
    clients.answer.set_result(None)
    await stopping
    await asyncio.gather(asking, waiting, return_exceptions=True)
    assert clients.open == 0


async def test_who_stopped_may_start_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clients = Clients(monkeypatch)
    clients.answer.set_result(None)
    producer = Producer(KafkaSettings(), client_id="t")
    await producer.start()
    await producer.stop()
    with pytest.raises(TransientError):
        await producer.publish([])
    await producer.start()
    assert clients.open == 1
    await producer.stop()
    assert clients.open == 0
