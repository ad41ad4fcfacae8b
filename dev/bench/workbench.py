"""What every measurement needs: the stack, one service as a process, the ends of topics, bytes to copy."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from bson import BSON
from pydantic import SecretStr

from dev.bench.ceiling import Spec
from dev.bench.measure import Pace, pace
from dev.machine.paths import PYTHON
from dev.stack.process import Process
from dev.stack.servers import Stack
from legalaid.settings import KafkaSettings, MongoSettings
from legalaid.store import Store

PREFIX = "bench-"
_PARTITIONS = 6


@dataclass
class Workbench:
    """Handles on a running stack."""

    stack: Stack
    folder: Path
    store: Store
    kafka: KafkaSettings
    _client: AIOKafkaConsumer
    _admin: AIOKafkaAdminClient

    async def length(self, topic: str) -> int:
        """How many records a topic (full name) holds."""
        partitions = [TopicPartition(topic, each) for each in range(_PARTITIONS)]
        ends = await self._client.end_offsets(partitions)
        return sum(ends.values())

    async def make_topic(self, name: str) -> str:
        """A topic for a ceiling, laid out as the product's are. Returns its name."""
        await self._admin.create_topics([NewTopic(name, _PARTITIONS, 1)])
        await self._client.topics()
        return name

    async def sample(self, database: str, collection: str) -> bytes:
        """The BSON of one document as the product wrote it."""
        found = await self.store.collection(database, collection).find_one({})
        if found is None:
            raise RuntimeError(f"{database}.{collection} is empty: there is nothing to copy")
        return bytes(BSON.encode(found))

    async def stored(self, database: str, collection: str) -> int:
        """How many documents a collection holds."""
        count: int = await self.store.collection(database, collection).estimated_document_count()
        return count

    async def record(self, topic: str) -> tuple[bytes, list[tuple[str, bytes]]]:
        """Value and headers of one record of a topic (full name) as the product published it."""
        client = AIOKafkaConsumer(topic, bootstrap_servers=self.kafka.servers, auto_offset_reset="earliest")
        async with client:
            one = await client.getone()
            return one.value, list(one.headers)

    def process(self, name: str, arguments: Sequence[str]) -> Process:
        """A Python process of the benchmark, with its log in the folder."""
        log = self.folder / "log" / f"{name}.log"
        return Process(name, [PYTHON, "-m", *arguments], log=log, ready=lambda: True)

    def spec(self, name: str, spec: Spec) -> str:
        """Write a spec for a ceiling's process. Returns the path."""
        path = self.folder / f"{name}.json"
        path.write_text(spec.model_dump_json())
        return str(path)

    async def run(self, process: Process, progress: Callable[[], Awaitable[int]], total: int) -> Pace:
        """Launch a process that works through what is there, and measure it until it is done; then end it."""
        process.launch()
        try:
            return await pace(progress, total, psutil.Process(process.pid))
        finally:
            await asyncio.to_thread(process.stop)


@asynccontextmanager
async def rig(stack: Stack, folder: Path, prefix: str = PREFIX) -> AsyncIterator[Workbench]:
    """Connect to the stack."""
    kafka = KafkaSettings(servers=stack.servers, prefix=prefix)
    store = Store(MongoSettings(url=SecretStr(stack.mongo), prefix=prefix), app_name="bench")
    client = AIOKafkaConsumer(bootstrap_servers=kafka.servers, enable_auto_commit=False)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.servers)
    async with client:
        await admin.start()
        try:
            yield Workbench(stack, folder, store, kafka, client, admin)
        finally:
            await admin.close()
            await store.close()
