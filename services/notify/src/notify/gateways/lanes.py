"""Connections to one gateway, each in a lane of its own.

httpcore's pool looks through all its connections before and after every request: with 64 of them that is more than
half of what a message costs. A lane has one connection; the one used last is used next, so that few stay open.
"""

import asyncio
import importlib.util
import sys

import httpx

_IDLE_SECONDS = 2.0
"""Below the five seconds after which many servers close: a message written into a closing connection is in doubt."""

if importlib.util.find_spec("sniffio") is None:
    # httpcore 1.0 imports it at every lock, and where it is missing searches the whole path: a third of a message's CPU
    sys.modules["sniffio"] = None  # type: ignore[assignment]  # Python's own mark for "cannot be imported"


class Lanes(httpx.AsyncBaseTransport):
    """A transport of ``count`` connections. A connection that fails before anything was sent is made again."""

    def __init__(self, count: int) -> None:
        limits = httpx.Limits(max_connections=1, keepalive_expiry=_IDLE_SECONDS)
        tls = httpx.create_ssl_context()
        self._lanes = [httpx.AsyncHTTPTransport(verify=tls, limits=limits, retries=1) for _ in range(count)]
        self._idle: asyncio.LifoQueue[httpx.AsyncHTTPTransport] = asyncio.LifoQueue()
        for lane in self._lanes:
            self._idle.put_nowait(lane)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """As httpx calls it."""
        lane = await self._idle.get()
        try:
            return await lane.handle_async_request(request)
        finally:
            self._idle.put_nowait(lane)

    async def aclose(self) -> None:
        """Close all connections."""
        for lane in self._lanes:
            await lane.aclose()
