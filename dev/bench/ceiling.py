"""The ceiling: what the same broker, store and driver do with the same batches and bytes, and no product code.

``python -m dev.bench.ceiling SPEC consume|take-in|send`` runs in a process of its own, as the stage does. The bytes are
copied from what the stage itself wrote in the same run; only ids differ. Such a loop keeps none of the promises.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

import aiohttp
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from bson import BSON
from pydantic import BaseModel, ConfigDict, SecretStr

from legalaid import ids
from legalaid.settings import MongoSettings
from legalaid.store import Collection, Store
from legalaid.store.client import UpdateOne

_BATCH = 500


class Spec(BaseModel):
    """What a bare loop reads and writes. Topics and databases carry their prefix already."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    kafka: str
    mongo: str
    documents: tuple[str, str]
    """Database and collection that it fills."""
    document: bytes
    """BSON of one document as the stage wrote it."""
    group: str = ""
    inputs: list[str] = []
    keys: tuple[str, str] | None = None
    """The keyring: a consumer fetches a batch's documents from it, intake inserts into it."""
    key: bytes = b""
    """BSON of one keyring document."""
    output: str | None = None
    value: bytes = b""
    headers: list[tuple[str, bytes]] = []
    count: int = 0
    """How many requests the loop of intake makes, or how many messages the loop of the sender sends."""
    batch: int = _BATCH
    gateway: str = ""
    """Where the loop of the sender posts its messages."""


class Loop:
    """The bare loops over one spec."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        store = Store(MongoSettings(url=SecretStr(spec.mongo)), app_name="ceiling")
        self._documents = store.collection(*spec.documents)
        self._keys = store.collection(*spec.keys) if spec.keys else None
        self._document: dict[str, Any] = BSON(spec.document).decode()
        self._key: dict[str, Any] = BSON(spec.key).decode() if spec.key else {}
        self._producer = AIOKafkaProducer(
            bootstrap_servers=spec.kafka, enable_idempotence=True, compression_type="lz4", linger_ms=0
        )

    async def consume(self) -> None:
        """Read, fetch keys, look, insert, publish, commit, for ever."""
        consumer = AIOKafkaConsumer(
            *self._spec.inputs,
            bootstrap_servers=self._spec.kafka,
            group_id=self._spec.group,
            auto_offset_reset="earliest",
            auto_commit_interval_ms=1000,
        )
        async with consumer, self._producer:
            while True:
                found = await consumer.getmany(timeout_ms=250, max_records=self._spec.batch)
                records = [(record.topic, record.key.decode()) for batch in found.values() for record in batch]
                if not records:
                    continue
                if self._keys is not None:
                    await _find(self._keys, [key for _, key in records])
                made = [f"{topic}:{key}" for topic, key in records]
                await _find(self._documents, made)
                await _insert(self._documents, self._document, made)
                await self._publish([key for _, key in records])

    async def take_in(self) -> None:
        """What intake does with a group of posts: insert keys, insert requests, publish."""
        if self._keys is None:
            raise ValueError("intake stores keys")
        async with self._producer:
            for _ in range(0, self._spec.count, self._spec.batch):
                made = [ids.random_id() for _ in range(self._spec.batch)]
                await _insert(self._keys, self._key, made)
                await _insert(self._documents, self._document, made)
                await self._publish(made)

    async def send(self) -> None:
        """What the sender does: mark, post to the gateway, write what became of each, publish."""
        waiting = [ids.random_id() for _ in range(self._spec.count)]
        await _insert(self._documents, self._document, waiting)
        async with self._producer, aiohttp.ClientSession(self._spec.gateway) as client:
            for first in range(0, len(waiting), self._spec.batch):
                chunk = waiting[first : first + self._spec.batch]
                await self._documents.update_many({"_id": {"$in": chunk}}, {"$set": {"state": "SENDING"}})
                await asyncio.gather(*(_post(client, one) for one in chunk))
                sent = {"$set": {"state": "SENT_TO_GATEWAY"}}
                await self._documents.bulk_write([UpdateOne({"_id": one}, sent) for one in chunk], ordered=False)
                await self._publish(chunk)

    async def _publish(self, keys: list[str]) -> None:
        if self._spec.output is not None:
            spec, topic = self._spec, self._spec.output
            sent = [await self._producer.send(topic, spec.value, key.encode(), headers=spec.headers) for key in keys]
            await asyncio.gather(*sent)


async def _post(client: aiohttp.ClientSession, one: str) -> None:
    message = {"request_id": one, "to": "84912345678", "text": "x" * 120, "sender": "TGPL"}
    async with client.post("/v1/messages", json=message) as answer:
        await answer.read()


async def _find(collection: Collection, made: list[str]) -> None:
    await collection.find({"_id": {"$in": made}}).to_list(None)


async def _insert(collection: Collection, template: dict[str, Any], made: list[str]) -> None:
    # Ordered would stop at the first that is there already; a batch that is read again must not.
    await collection.insert_many([{**template, "_id": one} for one in made], ordered=False)


def main(arguments: list[str]) -> None:
    """Run one of the loops over a spec."""
    spec = Spec.model_validate_json(Path(arguments[0]).read_text())

    async def run() -> None:
        loop = Loop(spec)  # the clients inside want a running loop
        await {"consume": loop.consume, "take-in": loop.take_in, "send": loop.send}[arguments[1]]()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())


if __name__ == "__main__":
    main(sys.argv[1:])
