"""Where one request ends and the next begins: what is read in two ways is refused, and nothing behind it is answered.

A proxy in front that reads it in the other way would let a stranger's second request pass as somebody else's.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import APIRouter

from dev.stack.process import free_port
from legalaid.http import create_app, http_part
from legalaid.settings import HttpSettings, ServiceSettings

SECOND = b"GET /smuggled HTTP/1.1\r\nHost: t\r\n\r\n"
POST = b"POST /echo HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
GET = b"GET /echo HTTP/1.1\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
PATIENCE_SECONDS = 3.0

HOSTILE = {
    "length twice": POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "two lengths, the first longer": POST + b"Content-Length: 40\r\nContent-Length: 2\r\n\r\n{}",
    "two lengths, the first shorter": POST + b"Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}",
    "a list of lengths": POST + b"Content-Length: 2, 2\r\n\r\n{}",
    "a length with a plus": POST + b"Content-Length: +2\r\n\r\n{}",
    "a length with a minus": POST + b"Content-Length: -2\r\n\r\n{}",
    "a length in hex": POST + b"Content-Length: 0x2\r\n\r\n{}",
    "a length of 5,000 digits": POST + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n{}",
    "a length of 2^64 + 2": POST + b"Content-Length: %d\r\n\r\n{}" % (2**64 + 2),
    "an empty length": POST + b"Content-Length:\r\n\r\n{}",
    "length before chunks": POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "chunks before length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "chunked, but not last": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "an unknown coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "a blank before the colon": POST + b"Content-Length : 2\r\n\r\n{}",
    "a blank before the colon of chunks": POST + b"Transfer-Encoding : chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "bare LF": POST.replace(b"\r\n", b"\n") + b"Content-Length: 2\n\n{}",
    "one bare LF": POST + b"X: a\nContent-Length: 2\r\n\r\n{}",
    "bare CR": POST + b"X: a\rContent-Length: 2\r\n\r\n{}",
    "a folded header": POST + b"X: a\r\n b\r\nContent-Length: 2\r\n\r\n{}",
    "a folded length": POST + b"Content-Length:\r\n 2\r\n\r\n{}",
    "NUL in a header": POST + b"X: a\x00b\r\nContent-Length: 2\r\n\r\n{}",
    "a header without a name": POST + b": a\r\nContent-Length: 2\r\n\r\n{}",
    "a chunk of -1": CHUNKED + b"-1\r\n{}\r\n0\r\n\r\n",
    "a chunk of 2^80": CHUNKED + b"1" + b"0" * 20 + b"\r\n{}\r\n0\r\n\r\n",
    "a chunk in hex with a prefix": CHUNKED + b"0x2\r\n{}\r\n0\r\n\r\n",
    "a chunk without a size": CHUNKED + b"\r\n{}\r\n0\r\n\r\n",
    "a chunk longer than it says": CHUNKED + b"2\r\n{}{}\r\n0\r\n\r\n",
    "a chunk that bare LF ends": CHUNKED + b"2\n{}\n0\n\n",
    "two hosts": GET + b"Host: t\r\nHost: u\r\n\r\n",
    "no host": GET + b"\r\n",
    "another version": b"GET /echo HTTP/3.7\r\nHost: t\r\n\r\n",
    "the old version without a number": b"GET /echo\r\n\r\n",
    "a blank in the address": b"GET /echo /smuggled HTTP/1.1\r\nHost: t\r\n\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"a" * 100,
}


class Served:
    """A server, and how often a second request came through."""

    def __init__(self) -> None:
        self.smuggled = 0
        self.port = free_port()
        self.router = APIRouter()
        self.router.get("/smuggled")(self.count)
        self.router.post("/echo")(self.echo)
        self.router.get("/echo")(self.hello)

    async def count(self) -> None:
        self.smuggled += 1

    async def echo(self, body: dict[str, Any]) -> dict[str, Any]:
        return body

    async def hello(self) -> str:
        return "hello"


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    served, stop = Served(), asyncio.Event()
    app = create_app(service="t", title="t", description="d", settings=ServiceSettings(), routers=[served.router])
    running = asyncio.ensure_future(http_part(app, HttpSettings(port=served.port)).run(stop))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}") as client, asyncio.timeout(5):
        while True:
            with contextlib.suppress(httpx.TransportError):
                await client.get("/livez")
                break
            await asyncio.sleep(0.01)
    yield served
    stop.set()
    await running


async def say(port: int, request: bytes) -> tuple[list[int], bytes, bool]:
    """The statuses of all answers, the last body, and whether the server closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    received, closed = b"", False
    with contextlib.suppress(TimeoutError, ConnectionError):
        received = await asyncio.wait_for(reader.read(), PATIENCE_SECONDS)
        closed = True
    writer.close()
    answers = received.split(b"HTTP/1.1 ")[1:]
    return [int(answer[:3]) for answer in answers], received.rpartition(b"\r\n\r\n")[2], closed


async def test_two_good_requests_of_one_connection_are_both_answered(served: Served) -> None:
    """So that the count below can see a second one."""
    last = SECOND.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    statuses, _, closed = await say(served.port, POST + b"Content-Length: 2\r\n\r\n{}" + last)
    assert (statuses, closed, served.smuggled) == ([200, 200], True, 1)


async def test_what_can_be_read_in_two_ways_is_refused_and_nothing_follows(served: Served) -> None:
    answers = await asyncio.gather(*(say(served.port, request + SECOND) for request in HOSTILE.values()))
    wrong = {
        name: (statuses, closed)
        for name, (statuses, _, closed) in zip(HOSTILE, answers, strict=True)
        if len(statuses) != 1 or not 400 <= statuses[0] < 500 or not closed
    }
    assert wrong == {}
    assert served.smuggled == 0
    assert all(json.loads(body)["status"] == statuses[0] for statuses, body, _ in answers)


async def test_only_the_old_version_needs_no_host(served: Served) -> None:
    statuses, _, closed = await say(served.port, b"GET /echo HTTP/1.0\r\n\r\n")
    assert (statuses, closed) == ([200], True)
