import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import pytest

from dev.faults.proxy import Network, Way
from dev.stack.process import free_port


class Echo:
    """Answers with what it is told, and remembers it."""

    def __init__(self) -> None:
        self.heard = b""
        self.goodbyes: asyncio.Queue[bytes] = asyncio.Queue()
        """What each caller had said, when it hung up."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said = b""
        while data := await reader.read(1000):
            self.heard += data
            said += data
            writer.write(data)
            await writer.drain()
        self.goodbyes.put_nowait(said)
        writer.close()


class Caller:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def ask(self, text: bytes, seconds: float = 3) -> bytes:
        self.writer.write(text)
        async with asyncio.timeout(seconds):
            return await self.reader.readexactly(len(text))


@pytest.fixture
async def echo() -> AsyncIterator[tuple[Echo, int]]:
    echo = Echo()
    server = await asyncio.start_server(echo.serve, "127.0.0.1", 0)
    yield echo, server.sockets[0].getsockname()[1]
    server.close()


Call = Callable[..., Awaitable[Caller]]


@pytest.fixture
async def network(echo: tuple[Echo, int]) -> AsyncIterator[Network]:
    network = Network({"echo": echo[1], "nobody": free_port()})
    network.__enter__()
    yield network
    await asyncio.to_thread(network.__exit__)


@pytest.fixture
async def call(network: Network) -> AsyncIterator[Call]:
    callers: list[Caller] = []

    async def call(name: str = "echo") -> Caller:
        callers.append(Caller(*await asyncio.open_connection("127.0.0.1", network[name].port)))
        return callers[-1]

    yield call
    for caller in callers:
        caller.writer.close()
        with suppress(ConnectionError):
            await caller.writer.wait_closed()


async def test_what_is_said_goes_through_in_both_directions(call: Call, echo: tuple[Echo, int]) -> None:
    caller, other = await call(), await call()
    large = bytes(range(256)) * 2000
    assert await caller.ask(large) == large
    assert await other.ask(b"and me") == b"and me"
    caller.writer.close()
    other.writer.close()
    async with asyncio.timeout(20):
        assert {await echo[0].goodbyes.get(), await echo[0].goodbyes.get()} == {large, b"and me"}


async def test_slow(network: Network, call: Call) -> None:
    caller = await call()
    network["echo"].become(Way.SLOW, 0.2)
    begun = time.monotonic()
    await caller.ask(b"x")
    assert 0.4 <= time.monotonic() - begun < 2  # there and back
    network["echo"].become(Way.THROUGH)
    begun = time.monotonic()
    await caller.ask(b"y")
    assert time.monotonic() - begun < 0.2


async def test_cut_breaks_what_is_connected_and_whoever_connects(network: Network, call: Call) -> None:
    caller = await call()
    await caller.ask(b"x")
    network["echo"].become(Way.CUT)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await caller.ask(b"y")
    late = await call()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await late.ask(b"z")
    network["echo"].become(Way.THROUGH)
    assert await (await call()).ask(b"again") == b"again"


async def test_a_black_hole_tells_nobody_and_what_was_sent_arrives_afterwards(
    network: Network, call: Call, echo: tuple[Echo, int]
) -> None:
    caller = await call()
    await caller.ask(b"a")
    network["echo"].become(Way.BLACK_HOLE)
    with pytest.raises(TimeoutError):
        await caller.ask(b"b", 0.3)
    gave_up = await call()
    gave_up.writer.write(b"c")
    await gave_up.writer.drain()
    gave_up.writer.close()
    await asyncio.sleep(0.2)
    assert echo[0].heard == b"a"
    assert echo[0].goodbyes.empty()
    network["echo"].become(Way.THROUGH)
    assert await caller.reader.readexactly(1) == b"b"
    async with asyncio.timeout(20):
        assert await echo[0].goodbyes.get() == b"c"
    assert sorted(echo[0].heard) == sorted(b"abc")


async def test_nobody_listens_behind_it(call: Call) -> None:
    caller = await call("nobody")
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await caller.ask(b"x")


async def test_heal_lets_everything_through(network: Network, call: Call) -> None:
    caller = await call()
    network["echo"].become(Way.BLACK_HOLE)
    network.heal()
    assert await caller.ask(b"x") == b"x"
