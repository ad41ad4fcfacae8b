"""A small TCP proxy on loopback that can be told to be slow, to break connections, or to swallow everything.

``with Network({"kafka": 8020}) as network:`` listens once for each target, in a thread with a loop of its own, so that
it carries bytes whatever the rest of the process is busy with. ``network["kafka"].become(Way.CUT)`` holds until the
next ``become``.
"""

import asyncio
import socket
from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from threading import Thread
from typing import Self

_CHUNK = 65536


class Way(StrEnum):
    """How the network is."""

    THROUGH = "through"
    SLOW = "slow"
    """Every chunk of at most 64 KiB waits before it goes on."""
    CUT = "cut"
    """What is connected is reset, and so is whoever connects."""
    BLACK_HOLE = "black-hole"
    """Nothing passes, in any direction, and nobody is told. What was sent meanwhile arrives afterwards, as TCP would
    send it again: also the call of somebody who has long given up.
    """


class Proxy:
    """One port before another one of loopback."""

    def __init__(self, target: int, loop: asyncio.AbstractEventLoop) -> None:
        self._target = target
        self._loop = loop
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._way = Way.THROUGH
        self._delay = 0.0
        self._passable = asyncio.Event()
        self._passable.set()
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    def become(self, way: Way, delay_seconds: float = 0.0) -> None:
        """Change, from any thread; ``delay_seconds`` is for ``SLOW``. Returns once it is so."""
        asyncio.run_coroutine_threadsafe(self._become(way, delay_seconds), self._loop).result()

    async def _become(self, way: Way, delay_seconds: float) -> None:
        self._way, self._delay = way, delay_seconds
        if way is Way.BLACK_HOLE:
            self._passable.clear()
        else:
            self._passable.set()
        if way is Way.CUT:
            for writer in list(self._open):
                writer.transport.abort()

    async def open(self) -> None:
        """Begin to accept."""
        self._server = await asyncio.start_server(self._meet, sock=self._listener)

    async def close(self) -> None:
        """Accept no more, and break what is connected."""
        if self._server is not None:
            self._server.close()
        await self._become(Way.CUT, 0.0)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        onward: asyncio.StreamWriter | None = None
        try:
            await self._pass()
            back, onward = await asyncio.open_connection("127.0.0.1", self._target)
            self._open.add(onward)
            ways = {asyncio.create_task(self._pump(reader, onward)), asyncio.create_task(self._pump(back, writer))}
            _, other = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for task in other:
                task.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        except OSError:
            writer.transport.abort()  # nobody listens behind it
        finally:
            for each in (writer, onward):
                if each is not None:
                    self._open.discard(each)
                    each.close()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while True:
                data = await source.read(_CHUNK)
                await self._pass()
                if not data:
                    return
                sink.write(data)
                await sink.drain()

    async def _pass(self) -> None:
        """Wait as the network is now. Raises ``ConnectionResetError`` when it is cut."""
        if self._way is Way.SLOW:
            await asyncio.sleep(self._delay)
        await self._passable.wait()
        if self._way is Way.CUT:
            raise ConnectionResetError


class Network:
    """A proxy before each of some ports."""

    def __init__(self, targets: Mapping[str, int]) -> None:
        self._loop = asyncio.new_event_loop()
        self._proxies = {name: Proxy(port, self._loop) for name, port in targets.items()}
        self._thread = Thread(target=self._loop.run_forever, name="network", daemon=True)

    def __getitem__(self, name: str) -> Proxy:
        """The proxy before a target."""
        return self._proxies[name]

    def become(self, name: str, way: Way, delay_seconds: float = 0.0) -> None:
        """Change the proxy of this name, and those of the same target for one client each: ``store@routing``."""
        for each, proxy in self._proxies.items():
            if each == name or each.startswith(f"{name}@"):
                proxy.become(way, delay_seconds)

    def heal(self) -> None:
        """Let everything through."""
        for proxy in self._proxies.values():
            proxy.become(Way.THROUGH)

    def __enter__(self) -> Self:
        """Listen."""
        self._thread.start()
        for proxy in self._proxies.values():
            asyncio.run_coroutine_threadsafe(proxy.open(), self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        """Break everything, and end the thread."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        for proxy in self._proxies.values():
            await proxy.close()
        mine = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not mine]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
