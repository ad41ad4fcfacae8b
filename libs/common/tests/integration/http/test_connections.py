"""What a stranger's connection may cost, whatever stands in front: bytes, time, idleness, and how many there may be."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import repeat
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from legalaid.http import create_app, http_part
from legalaid.settings import HttpSettings, ServiceSettings
from legalaid.telemetry import metrics

POST = b"POST /echo HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
router = APIRouter()


@router.post("/echo")
async def echo(body: dict[str, Any]) -> dict[str, Any]:
    return body


def an_app() -> FastAPI:
    return create_app(service="t", title="t", description="d", settings=ServiceSettings(), routers=[router])


@asynccontextmanager
async def serving(port: int, **limits: Any) -> AsyncIterator[int]:
    stop = asyncio.Event()
    running = asyncio.ensure_future(http_part(an_app(), HttpSettings(port=port, **limits)).run(stop))
    async with asyncio.timeout(5):
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)  # until the connection of the question is gone
    try:
        yield port
    finally:
        stop.set()
        await running


def refused(reason: str) -> float:
    return metrics.REGISTRY.get_sample_value("legalaid_http_refused_connections_total", {"reason": reason}) or 0.0


async def _listen(reader: asyncio.StreamReader, answer: bytearray) -> None:
    """Until the end. A server that closes while we write resets the connection; what it said before counts."""
    with contextlib.suppress(ConnectionError):
        while piece := await reader.read(65_536):
            answer += piece


async def say(
    port: int, pieces: Iterator[bytes], *, pause: float = 0.0, patience: float = 4.0
) -> tuple[int, Any, float]:
    """Sends the pieces until the server closes; gives the status (0: none), the body, and the seconds until then."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    begun = time.monotonic()
    answer = bytearray()
    listening = asyncio.create_task(_listen(reader, answer))
    with contextlib.suppress(OSError):
        for piece in pieces:
            if listening.done():
                break
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)
    await asyncio.wait_for(listening, patience)
    took = time.monotonic() - begun
    writer.close()
    head, _, body = bytes(answer).partition(b"\r\n\r\n")
    return (int(head.split(b" ", 2)[1]), json.loads(body), took) if answer else (0, None, took)


def fast(port: int) -> "contextlib._AsyncGeneratorContextManager[int]":
    return serving(port, head_seconds=0.3, body_seconds=0.4, idle_seconds=0.3)


@pytest.mark.parametrize(
    "pieces",
    [
        [b"GET /livez HTTP/1.1\r\n", *(b"a%06d: 1\r\n" % n for n in range(1_000_000))],
        [b"GET /livez HTTP/1.1\r\nx: ", *repeat(b"y" * 4096, 4096)],
        [b"GET /livez?", *repeat(b"y" * 4096, 4096)],
        [b"GET /livez HTTP/1.1\r\n", b"y" * 60_000 + b": 1\r\n\r\n"],
        [b"GET /livez HTTP/1.1\r\n" + b"a: 1\r\n" * 101 + b"\r\n"],
        [b"GET /livez HTTP/1.1\r\nx: " + b"y" * 16_385 + b"\r\n\r\n"],
    ],
    ids=["many", "endless-value", "endless-url", "long-name", "101", "16385"],
)
async def test_a_head_has_a_size(unused_tcp_port: int, pieces: list[bytes]) -> None:
    before = refused("head-size")
    async with serving(unused_tcp_port) as port:
        status, problem, _ = await say(port, iter(pieces))
    assert (status, problem["type"].rpartition("/")[2]) == (431, "head-too-large")
    assert len(problem["trace_id"]) == 32
    assert refused("head-size") == before + 1


async def test_a_head_just_within_the_size_is_served_also_in_pieces(unused_tcp_port: int) -> None:
    head = (
        b"GET /livez HTTP/1.1\r\nHost: t\r\nConnection: close\r\n"
        + b"a: 1\r\n" * 97
        + b"x: "
        + b"y" * 15_000
        + b"\r\n\r\n"
    )
    async with serving(unused_tcp_port) as port:
        for pieces in ([head], [head[at : at + 997] for at in range(0, len(head), 997)]):
            status, _, _ = await say(port, iter(pieces))
            assert status == 200


@pytest.mark.parametrize("end", [b"x: " + b"y" * 60_000, b"a: 1\r\n" * 5_000, b"1;" + b"e" * 60_000], ids=str)
async def test_what_follows_a_body_counts_as_its_head(unused_tcp_port: int, end: bytes) -> None:
    """Trailers and extensions of chunks: they are kept like headers, after the head has been counted."""
    start = POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"
    async with serving(unused_tcp_port) as port:
        before = refused("head-size")
        await say(
            port, iter([start, end if end.startswith(b"1") else b"0\r\n" + end, *repeat(b"z" * 1000, 5)]), pause=0.02
        )
        assert refused("head-size") == before + 1


async def test_many_requests_of_one_connection_are_counted_one_by_one(unused_tcp_port: int) -> None:
    async with serving(unused_tcp_port) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        for _ in range(30):
            assert (await client.post("/echo", json={"a": "b" * 2000}, headers={"X": "y" * 3000})).status_code == 200


@pytest.mark.parametrize("first", [b"", b"GET /livez HTTP/1.1\r\nx: ", b"\r\n"], ids=["silent", "in-head", "blank"])
async def test_a_head_has_a_time(unused_tcp_port: int, first: bytes) -> None:
    before = refused("head-time")
    async with fast(unused_tcp_port) as port:
        status, problem, took = await say(
            port, iter([first, *repeat(b"y" if first.startswith(b"G") else first, 60)]), pause=0.05
        )
    assert took < 2
    if first.startswith(b"G"):
        assert (status, problem["type"].rpartition("/")[2]) == (408, "too-slow")
    assert refused("head-time") == before + 1


@pytest.mark.parametrize("framing", [b"Content-Length: 1000\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\n"])
async def test_a_body_has_a_time(unused_tcp_port: int, framing: bytes) -> None:
    before = refused("body-time")
    byte = b" " if b"Length" in framing else b"1\r\n \r\n"
    async with fast(unused_tcp_port) as port:
        status, problem, took = await say(port, iter([POST + framing, *repeat(byte, 100)]), pause=0.05)
    assert (status, problem["type"].rpartition("/")[2]) == (408, "too-slow")
    assert took < 2
    assert refused("body-time") == before + 1


async def test_a_body_that_nobody_waits_for_has_a_time_too(unused_tcp_port: int) -> None:
    """A 404 comes before the body does; the bytes that trickle in after it must not keep the connection."""
    async with fast(unused_tcp_port) as port:
        start = b"POST /nowhere HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
        status, _, took = await say(port, iter([start, *repeat(b" ", 100)]), pause=0.05)
    assert status == 404
    assert took < 2


async def test_an_idle_connection_is_closed_whatever_ended_its_last_request(unused_tcp_port: int) -> None:
    ends = [b"GET /livez HTTP/1.1\r\nHost: t\r\n\r\n", POST.replace(b"/echo", b"/no") + b"Content-Length: 2\r\n\r\n{"]
    async with fast(unused_tcp_port) as port:
        for end in ends:
            late = [b"}"] if end.endswith(b"{") else []
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for piece in [end, *late]:
                writer.write(piece)
                await asyncio.sleep(0.15)
            async with asyncio.timeout(2):
                assert await reader.read()
            writer.close()


async def test_who_does_not_read_the_answers_is_cut(unused_tcp_port: int) -> None:
    before = refused("answer-time")
    async with serving(unused_tcp_port, answer_seconds=0.3) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # a socket's transport can
        body = json.dumps({"a": "b" * 60_000}).encode()
        request = POST + b"Content-Length: %d\r\n\r\n" % len(body) + body
        with contextlib.suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(10):
                while refused("answer-time") == before:
                    writer.write(request)
                    await asyncio.wait_for(writer.drain(), 2)
                    await asyncio.sleep(0)
        async with asyncio.timeout(5):
            while refused("answer-time") == before:  # noqa: ASYNC110 - a counter has no event
                await asyncio.sleep(0.05)
        writer.close()


async def test_a_process_takes_so_many_connections(unused_tcp_port: int) -> None:
    before = refused("connections")
    async with serving(unused_tcp_port, connections=5) as port:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
        status, problem, _ = await say(port, iter([]))
        assert (status, problem["type"].rpartition("/")[2]) == (503, "unavailable")
        assert refused("connections") == before + 1
        held.pop()[1].close()
        await asyncio.sleep(0.1)
        status, _, _ = await say(port, iter([b"GET /livez HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"]))
        assert status == 200
        for _, writer in held:
            writer.close()


@pytest.fixture
def unused_tcp_port(free_port: Callable[[], int]) -> int:
    return free_port()
