import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from legalaid.http import create_app, http_part
from legalaid.settings import HttpSettings, ServiceSettings

Started = tuple[str, asyncio.Event, "asyncio.Future[None]"]
begun = asyncio.Event()
router = APIRouter()


@router.get("/slow")
async def slow() -> str:
    begun.set()
    await asyncio.sleep(0.6)
    return "done"


@router.post("/echo")
async def echo(body: dict[str, Any]) -> dict[str, Any]:
    return body


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def an_app() -> FastAPI:
    return create_app(service="t", title="t", description="d", settings=ServiceSettings(), routers=[router])


async def _until(check: Callable[[], Any]) -> None:
    async with asyncio.timeout(5):
        while True:
            with contextlib.suppress(httpx.TransportError):
                if await check():
                    return
            await asyncio.sleep(0.01)


@pytest.fixture
async def started() -> AsyncIterator[Started]:
    settings, stop = HttpSettings(port=free_port()), asyncio.Event()
    running = asyncio.ensure_future(http_part(an_app(), settings).run(stop))
    base = f"http://127.0.0.1:{settings.port}"

    async def is_ready() -> bool:
        async with httpx.AsyncClient(base_url=base) as client:
            return (await client.get("/readyz")).status_code == 200

    await _until(is_ready)
    yield base, stop, running
    stop.set()
    await running


async def test_on_stop_it_says_so_answers_what_has_begun_and_ends(started: Started) -> None:
    base, stop, running = started
    begun.clear()
    async with httpx.AsyncClient(base_url=base) as client:
        in_flight = asyncio.create_task(client.get("/slow"))
        await begun.wait()
        stop.set()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["checks"][0]["name"] == "stopping"
        assert (await in_flight).json() == "done"
    async with asyncio.timeout(5):
        await running
    with pytest.raises(httpx.ConnectError):
        async with httpx.AsyncClient(base_url=base) as client:
            await client.get("/livez")


async def test_a_port_that_is_taken_fails_the_part() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        part = http_part(an_app(), HttpSettings(port=taken.getsockname()[1]))
        with pytest.raises(OSError, match="in use"):
            await part.run(asyncio.Event())


async def raw(base: str, request: bytes) -> tuple[int, bytes, bytes]:
    """Sends bytes as they are, and reads until the server closes or is silent for a moment."""
    host, _, port = base.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request)
    await writer.drain()
    received = b""
    with contextlib.suppress(TimeoutError):
        while piece := await asyncio.wait_for(reader.read(65536), 0.5):
            received += piece
    writer.close()
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), head, body


async def test_too_large_is_refused_on_the_socket_before_it_is_sent(started: Started) -> None:
    head = b"POST /echo HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
    status, headers, body = await raw(started[0], head + b"Content-Length: 9999999\r\n\r\n")
    assert (status, json.loads(body)["type"].rpartition("/")[2]) == (413, "too-large")
    assert b"connection: close" in headers.lower()


async def test_too_large_is_refused_while_it_streams(started: Started) -> None:
    head = b"POST /echo HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"2000\r\n" + b" " * 0x2000 + b"\r\n"
    status, _, body = await raw(started[0], head + chunk * 8 + b"1\r\n \r\n")
    assert (status, json.loads(body)["status"]) == (413, 413)


async def test_the_server_does_not_name_itself(started: Started) -> None:
    async with httpx.AsyncClient(base_url=started[0]) as client:
        assert "server" not in (await client.post("/echo", json={"a": 1})).headers
