"""The front door as a stranger finds it in README.md: plain HTTP in, plain Kafka and CloudEvents out."""

import asyncio
import http.client
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from dev.machine.paths import ROOT
from dev.stack.installation import Installation, installation
from dev.stack.keys import OPERATOR
from dev.stack.servers import Stack

TOPIC = "legalaid.requests"


@pytest.fixture
def running(shared: Stack, prefix: str, tmp_path: Path) -> Iterator[Installation]:
    with installation(shared, tmp_path, prefix=prefix, names=("intake",)) as all_running:
        yield all_running


def example() -> tuple[dict[str, str], bytes]:
    """The headers and the body of the first ``curl`` in the README."""
    [command, *_] = re.findall(r"^curl .*?\n```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    headers = dict(re.findall(r"""-H ['"]([\w-]+): (.+?)['"](?=\s)""", command))
    [body] = re.findall(r"-d '(.*?)'", command, re.DOTALL)
    return headers, body.encode()


def post(port: int, token: str) -> dict[str, Any]:
    """What that ``curl`` does."""
    headers, body = example()
    headers["Authorization"] = headers["Authorization"].replace("$OPERATOR_TOKEN", token)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", "/v1/requests", body, headers)
        answer = connection.getresponse()
        assert answer.status == http.client.CREATED
        accepted: dict[str, Any] = json.load(answer)
        return accepted
    finally:
        connection.close()


async def first_record(servers: str, topic: str) -> Any:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=servers, auto_offset_reset="earliest")
    await consumer.start()
    try:
        async with asyncio.timeout(20):
            return await consumer.getone()
    finally:
        await consumer.stop()


async def test_what_is_posted_by_plain_http_is_a_cloud_event_for_every_sdk(running: Installation) -> None:
    accepted = await asyncio.to_thread(post, running["intake"].port, running.authority.token(OPERATOR))
    record = await first_record(running.stack.servers, running.prefix + TOPIC)

    message = KafkaMessage(headers=dict(record.headers), key=record.key, value=record.value)
    event = from_binary(message, JSONFormat(), CloudEvent)
    assert event.get_type() == "vn.legalaid.request.received.v1"
    assert event.get_subject() == accepted["request_id"] == record.key.decode()
    assert event.get_datacontenttype() == "application/json"
    assert event.get_time() is not None
    assert event.get_extension("sequence")
    data = event.get_data()
    assert isinstance(data, dict)
    assert data["request_id"] == accepted["request_id"]
    name = json.loads(example()[1])["person"]["name"]
    assert name not in record.value.decode()
