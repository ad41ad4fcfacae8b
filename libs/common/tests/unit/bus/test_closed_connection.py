"""A connection that uvloop has closed is told as aiokafka's own error, so that its tasks outlive it."""

import asyncio

import pytest
import uvloop
from aiokafka.conn import create_conn
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.metadata import MetadataRequest

from legalaid.bus import connection


async def _closed_under_it() -> None:
    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        one = connection._Connection("127.0.0.1", port)
        one._reader, one._writer, one._versions = reader, writer, {3: (0, 1)}
        one._read_task = asyncio.create_task(reader.read())
        writer.transport.abort()
        await asyncio.sleep(0.05)
        with pytest.raises(KafkaConnectionError):
            one.send(MetadataRequest([]))
    finally:
        server.close()


def test_a_connection_that_is_closed_raises_what_aiokafka_expects() -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_closed_under_it())


def test_aiokafka_makes_connections_of_ours() -> None:
    assert create_conn.__globals__["AIOKafkaConnection"] is connection._Connection
