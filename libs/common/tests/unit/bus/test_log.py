"""A reader that is hung up has closed its connections, whatever its client lets out."""

import asyncio

import pytest

from legalaid.bus.log import hang_up


class Part:
    def __init__(self) -> None:
        self.is_closed = False

    async def close(self) -> None:
        self.is_closed = True


class Client:
    """As aiokafka's: ``stop`` may let a cancellation out that nobody asked for, before it has closed anything."""

    def __init__(self) -> None:
        self._fetcher, self._client = Part(), Part()

    async def stop(self) -> None:
        await asyncio.sleep(0)
        raise asyncio.CancelledError


async def test_a_stray_cancellation_leaves_no_connection_open() -> None:
    client = Client()
    await hang_up(client)
    assert client._fetcher.is_closed
    assert client._client.is_closed


async def test_a_cancellation_that_is_meant_goes_on() -> None:
    task = asyncio.create_task(hang_up(Client()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
