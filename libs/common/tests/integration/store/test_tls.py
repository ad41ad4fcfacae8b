"""TLS to the store: with a CA file nothing else is spoken, and nobody is believed whom that CA did not sign."""

import asyncio
import ssl
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing, suppress
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from dev.stack.keys import certificate
from legalaid import ids
from legalaid.settings import MongoSettings
from legalaid.store import Aggregate, Documents, Store


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
    writer.close()


class _Door(Thread):
    """A port of loopback that takes TLS alone and leads to another; in a thread, since the driver's closing blocks."""

    def __init__(self, target: int, context: ssl.SSLContext) -> None:
        super().__init__()
        self._target, self._context = target, context
        self._loop = asyncio.new_event_loop()
        self._end = asyncio.Event()
        self.port = Future[int]()

    def run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self.join()

    async def _serve(self) -> None:
        async with await asyncio.start_server(self._meet, "127.0.0.1", 0, ssl=self._context) as server:
            self.port.set_result(server.sockets[0].getsockname()[1])
            await self._end.wait()
            # until a refused handshake has let go, too
            while server._active_count:  # type: ignore[attr-defined]  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0.01)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, onward = await asyncio.open_connection("127.0.0.1", self._target)
        try:
            await asyncio.gather(_pump(reader, onward), _pump(back, writer))
        finally:
            onward.transport.abort()
            writer.transport.abort()


@pytest.fixture
def secured(mongo: MongoSettings, tmp_path: Path) -> Iterator[MongoSettings]:
    """The store behind a door that takes TLS alone, and the CA of that door."""
    chain, key = certificate()
    (tmp_path / "ca.crt").write_text(chain)
    (tmp_path / "both.pem").write_text(chain + key)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "both.pem")
    with closing(_Door(urlsplit(mongo.url.get_secret_value()).port or 27017, context)) as door:
        door.start()
        url = SecretStr(f"mongodb://127.0.0.1:{door.port.result(5)}/?directConnection=true")
        yield mongo.model_copy(update={"url": url, "ca_file": tmp_path / "ca.crt", "timeout_seconds": 20.0})


async def _answers(settings: MongoSettings) -> bool:
    store = Store(settings, app_name="test")
    try:
        return (await store.ready()).ok
    finally:
        await store.close()


async def test_documents_are_written_and_read_over_tls(secured: MongoSettings) -> None:
    store = Store(secured, app_name="test")
    documents = Documents(store, "test", "things", Aggregate)
    kept = Aggregate(id=ids.random_id())
    await documents.insert([kept])
    assert (await documents.load([kept.id])).keys() == {kept.id}
    await store.close()


async def test_an_operator_may_say_it_in_the_address_too(secured: MongoSettings) -> None:
    url = SecretStr(f"{secured.url.get_secret_value()}&ssl=true")
    assert await _answers(secured.model_copy(update={"url": url}))


async def test_without_its_ca_the_store_is_not_believed(secured: MongoSettings, tmp_path: Path) -> None:
    other, _ = certificate()
    (tmp_path / "other.crt").write_text(other)
    assert not await _answers(secured.model_copy(update={"ca_file": tmp_path / "other.crt", "timeout_seconds": 1.0}))


async def test_a_store_without_tls_is_not_spoken_to(secured: MongoSettings, mongo: MongoSettings) -> None:
    assert await _answers(mongo)
    assert not await _answers(secured.model_copy(update={"url": mongo.url, "timeout_seconds": 1.0}))
