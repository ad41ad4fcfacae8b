import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from dev.stack.local import local_stack
from dev.stack.process import listens
from dev.stack.servers import Stack
from legalaid.settings import KafkaSettings, MongoSettings


async def _topic(servers: str, name: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, 1, 1)])
    finally:
        await admin.close()


async def _first_value(servers: str, topic: str) -> bytes | None:
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, 0)])
        record = await asyncio.wait_for(consumer.getone(), 10)
        value: bytes | None = record.value
        return value
    finally:
        await consumer.stop()


async def test_a_killed_broker_comes_back_with_its_records(own_stack: Stack) -> None:
    await _topic(own_stack.servers, "kept")
    producer = AIOKafkaProducer(bootstrap_servers=own_stack.servers)
    await producer.start()
    await producer.send_and_wait("kept", b"word")
    await producer.stop()

    own_stack.kafka.kill()
    assert not listens(int(own_stack.servers.partition(":")[2]))
    own_stack.kafka.start()

    assert await _first_value(own_stack.servers, "kept") == b"word"


async def test_what_was_left_running_is_found_again_on_other_ports(tmp_path: Path) -> None:
    with local_stack(tmp_path) as first:
        await _topic(first.servers, "kept")
        producer = AIOKafkaProducer(bootstrap_servers=first.servers)
        await producer.start()
        await producer.send_and_wait("kept", b"word")
        await producer.stop()
    with local_stack(tmp_path) as second:
        assert second.servers != first.servers
        assert await _first_value(second.servers, "kept") == b"word"


def test_tests_have_names_of_their_own(kafka: KafkaSettings, mongo: MongoSettings) -> None:
    assert kafka.prefix == mongo.prefix != ""


def test_nothing_outlives_a_killed_parent(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from dev.stack.process import Process\n"
        "child = Process('child', ['sleep', '60'], log=Path(sys.argv[1]), ready=lambda: True)\n"
        "child.start(); print(child.pid, flush=True); time.sleep(60)"
    )
    root = Path(__file__).resolve().parents[3]
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "log")], stdout=subprocess.PIPE, text=True, cwd=root
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 5
    while Path(f"/proc/{child}").exists() and "Z" not in _state(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not Path(f"/proc/{child}").exists() or "Z" in _state(child)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def test_the_shared_stack_is_named_in_the_environment(kafka: KafkaSettings) -> None:
    assert os.environ["LEGALAID_TEST_KAFKA"] == kafka.servers
