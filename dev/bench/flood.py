"""A load generator that costs little: requests are bytes made beforehand, sent over connections that stay open.

An ordinary HTTP client would take more CPU than the service under measurement, on the same two cores.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from legalaid import clock

_IDLE_SECONDS = 2.0


@dataclass(frozen=True)
class Answered:
    """One request's answer."""

    number: int
    """Which of the requests."""
    status: int
    body: bytes
    seconds: float
    at: float
    """Unix time at which the answer was complete."""


def post(path: str, body: bytes, headers: Sequence[tuple[str, str]]) -> bytes:
    """The bytes of one HTTP/1.1 POST to loopback."""
    head = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    head += ["Content-Type: application/json", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*head, "", ""]).encode() + body


class Connection:
    """One connection, one request at a time."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def open(self) -> None:
        """Connect."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)

    async def ask(self, number: int, request: bytes) -> Answered:
        """Send one request and read its answer whole."""
        began = clock.elapsed()
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").lower().split("\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith("content-length:")), 0)
        body = await self._reader.readexactly(length)
        ended = clock.elapsed()
        return Answered(number, int(lines[0].split()[1]), body, ended - began, clock.real_now().timestamp())

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


async def flood(port: int, requests: Sequence[bytes], connections: int, done: Callable[[Answered], None]) -> None:
    """Send all requests as fast as the answers come, over so many connections."""
    waiting = iter(enumerate(requests))

    async def work() -> None:
        connection = Connection(port)
        await connection.open()
        for number, request in waiting:
            done(await connection.ask(number, request))
        connection.close()

    await asyncio.gather(*(work() for _ in range(connections)))


async def steady(port: int, requests: Sequence[bytes], per_second: float, done: Callable[[Answered], None]) -> None:
    """Send the requests at an even pace, whether or not earlier ones were answered."""
    free: list[tuple[float, Connection]] = []
    began = clock.elapsed()

    async def one(number: int, request: bytes) -> None:
        idle_since, connection = free.pop() if free else (0.0, Connection(port))
        if clock.elapsed() - idle_since > _IDLE_SECONDS:  # the server may be hanging up on it
            connection = Connection(port)
            await connection.open()
        done(await connection.ask(number, request))
        free.append((clock.elapsed(), connection))

    async with asyncio.TaskGroup() as group:
        for number, request in enumerate(requests):
            await asyncio.sleep(max(0.0, began + number / per_second - clock.elapsed()))
            group.create_task(one(number, request))
    for _, connection in free:
        connection.close()
