"""The brokers lose their disks: what was published comes back out of the journals, and nothing happens twice."""

import asyncio
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from dev.demo.crowd import ENOUGH, Auditor, Crowd, disturb
from dev.look.kafka import records, topics
from dev.machine.paths import PYTHON
from dev.stack.broker import Broker
from dev.stack.installation import SERVICES, Installation, create_topics
from legalaid.bus.log import reader
from legalaid.bus.topics import groups
from legalaid.events import TOPICS, Retention
from legalaid.store import Store

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]

Events = dict[tuple[str, str], list[tuple[Any, ...]]]
"""For each topic and key: sequence, id, value and headers of each event, each once, in order."""

_COLLECTIONS = (("intake", "requests"), ("routing", "cases"), ("notify", "notices"), ("reports", "facts"))
_CHANGES_WITHOUT_A_FACT = {"outbox", "outbox_since", "written_by"}


async def events(running: Installation) -> Events:
    found: Events = {}
    compacted = {topic.name for topic in TOPICS if topic.retention is Retention.LATEST}
    names = [name for name in await topics(running.kafka) if not name.endswith(".dead-letters")]
    async for record in records(running.kafka, names):
        headers = dict(record.headers)
        event = (int(headers["ce_sequence"]), headers["ce_id"], record.value, tuple(record.headers))
        line = found.setdefault((record.topic.removeprefix(running.prefix), record.key.decode()), [])
        if record.topic.removeprefix(running.prefix) in compacted:
            line.clear()
        if event not in line:
            line.append(event)
    return found


async def documents(running: Installation) -> dict[str, Any]:
    store, found = Store(running.mongo, app_name="fault-tests"), dict[str, Any]()
    for database, name in _COLLECTIONS:
        for each in await store.collection(database, name).find({}).to_list(None):
            kept = {key: value for key, value in each.items() if key not in _CHANGES_WITHOUT_A_FACT}
            found[f"{database}.{name}/{each['_id']}"] = kept
    await store.close()
    assert {name.partition("/")[0] for name in found} == {f"{database}.{name}" for database, name in _COLLECTIONS}
    return found


async def quiet(running: Installation) -> tuple[Events, dict[str, Any]]:
    """What there is when nothing more happens for three seconds."""
    deadline, last = time.monotonic() + 90, (await events(running), await documents(running))
    while True:
        assert time.monotonic() < deadline, "it does not come to rest"
        await asyncio.sleep(3)
        now = (await events(running), await documents(running))
        if now == last:
            return now
        last = now


async def read_by_all(running: Installation) -> bool:
    """Whether every group has committed all that its topics hold."""
    admin = AIOKafkaAdminClient(bootstrap_servers=running.kafka.servers)
    await admin.start()
    try:
        for group in groups():
            committed = await admin.list_consumer_group_offsets(running.prefix + group)
            wanted = [
                TopicPartition(running.prefix + topic.name, number)
                for topic in TOPICS
                if group in topic.consumers
                for number in range(topic.partitions)
            ]
            async with reader(running.kafka, wanted) as client:
                ends = await client.end_offsets(wanted)
            if any(end and (each not in committed or committed[each].offset < end) for each, end in ends.items()):
                return False
        return True
    finally:
        await admin.close()


def command(running: Installation, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [PYTHON, "-m", *arguments],
        env={**os.environ, **running.environment("reports"), "LEGALAID_MONGO__TIMEOUT_SECONDS": "60"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def lose_the_disk(running: Installation, broker: Broker) -> None:
    """As after a restore into new volumes: another cluster, topics without a record, no group knows where it was."""
    broker.kill()
    shutil.rmtree(broker.data)
    broker.start()
    create_topics(running.environment("intake"))


def journals(*options: str) -> Sequence[str]:
    return ("legalaid.republish", *(name for name in SERVICES if name != "reports"), *options)


async def test_what_a_broker_lost_with_its_disk_is_published_again(running: Installation) -> None:
    broker = running.stack.kafka
    if not isinstance(broker, Broker):
        pytest.skip("the disk of a container is not ours to remove")
    crowd = Crowd(running, seed=8)

    async def enough() -> None:
        while len(crowd.accepted) <= ENOUGH:  # noqa: ASYNC110 - a crowd has no event
            await asyncio.sleep(0.1)

    await disturb(crowd, enough())
    found = await Auditor(running).findings(crowd, within_seconds=120)
    assert (found.lost, found.doubled) == ({}, {})
    before, stored = await quiet(running)
    told = await running.receptions()
    for name in SERVICES:
        await asyncio.to_thread(running[name].stop)
    await asyncio.to_thread(lose_the_disk, running, broker)
    assert await events(running) == {}

    code, said = await asyncio.to_thread(command, running, *journals("--dry-run"))
    assert (code, await events(running)) == (1, {}), said
    code, said = await asyncio.to_thread(command, running, *journals())
    assert code == 0, said
    assert await events(running) == before
    code, said = await asyncio.to_thread(command, running, *journals("--dry-run"))
    assert code == 0, said

    for name in SERVICES:
        await asyncio.to_thread(running[name].start)
    deadline = time.monotonic() + 120
    while not await read_by_all(running):
        assert time.monotonic() < deadline, "the groups do not come to the end"
        await asyncio.sleep(0.5)
    after, stored_after = await quiet(running)
    assert after == before
    assert stored_after == stored
    assert await running.receptions() == told
    code, said = await asyncio.to_thread(command, running, "reports", "rebuild")
    assert code == 0, said
    code, said = await asyncio.to_thread(command, running, "legalaid.bus", "dead-letters", "list")
    assert said.count("has no dead letters") == len(groups()), said
