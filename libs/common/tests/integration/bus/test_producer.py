import asyncio
from unittest.mock import AsyncMock

import pytest
from aiokafka import TopicPartition

from legalaid.bus import Producer
from legalaid.errors import PermanentError, TransientError
from legalaid.events import Message, calls
from legalaid.settings import KafkaSettings

from .conftest import Bus, messages


async def test_what_is_published_lies_in_the_topic_in_order_and_as_encoded(bus: Bus) -> None:
    sent: list[Message] = messages(keys=50, each=4)
    await bus.producer.publish(sent)
    records = await bus.records(calls.TOPIC)
    for key in {message.key for message in sent}:
        assert [one for one in records if one[0] == key.encode()] == [
            (key.encode(), message.value, message.headers) for message in sent if message.key == key
        ]


async def test_many_publications_at_once_are_all_acknowledged(bus: Bus) -> None:
    sent = messages(keys=100, each=2)
    await asyncio.gather(*(bus.producer.publish([message]) for message in sent))
    assert len(await bus.records(calls.TOPIC)) == len(sent)


async def test_nothing_to_publish_is_no_error(bus: Bus) -> None:
    await bus.producer.publish([])


async def test_a_message_that_no_broker_takes_is_a_permanent_error_and_the_next_goes_out(bus: Bus) -> None:
    one = messages(keys=1, each=1)[0]
    huge = Message(one.id, one.topic, one.key, b"x" * 3 * 1024 * 1024, one.headers)
    with pytest.raises(PermanentError, match="too-large"):
        await bus.producer.publish([huge])
    await bus.producer.publish([one])


async def test_a_client_that_can_never_send_again_is_replaced(bus: Bus) -> None:
    """After a broken sequence an idempotent client fails for ever; the next publication must not."""
    sent = messages(keys=1, each=3)
    await bus.producer.publish(sent[:1])
    partition = TopicPartition(bus.kafka.prefix + calls.TOPIC.name, bus.partition_of(sent[0].key))
    client = bus.producer._client
    assert client is not None
    client._txn_manager._sequence_numbers[partition] += 1000
    with pytest.raises(TransientError):
        await bus.producer.publish(sent[1:2])
    await bus.producer.publish(sent[1:])
    assert [value for _, value, _ in await bus.records(calls.TOPIC)] == [message.value for message in sent]


async def test_a_client_that_is_given_up_leaves_nothing_behind(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    """An idempotent client tries for ever to send what it has, and does when the brokers are back: long too late."""
    sent = messages(keys=1, each=3)
    before = asyncio.all_tasks()
    async with Producer(bus.kafka, client_id="given-up") as producer:
        await producer.publish(sent[:1])
        client = producer._client
        assert client is not None
        with monkeypatch.context() as away:
            away.setattr("legalaid.bus.producer.PATIENCE_SECONDS", 1.0)
            away.setattr(client.client, "ready", AsyncMock(return_value=False))
            with pytest.raises(TransientError):
                await producer.publish(sent[1:2])
            async with asyncio.timeout(5):
                await asyncio.gather(*producer._closing)
        await producer.publish(sent[2:])
    assert asyncio.all_tasks() == before
    assert not any(connection.connected() for connection in client.client._conns.values())
    assert [value for _, value, _ in await bus.records(calls.TOPIC)] == [sent[0].value, sent[2].value]


async def test_brokers_that_are_away_are_a_transient_error_said_at_once() -> None:
    async with Producer(KafkaSettings(servers="127.0.0.1:1"), client_id="test") as producer:
        message = Message("id", calls.TOPIC.name, "key", b"{}", ())
        async with asyncio.timeout(2):
            results = await asyncio.gather(*(producer.publish([message]) for _ in range(50)), return_exceptions=True)
        assert {type(result) for result in results} == {TransientError}
        assert not (await producer.ready()).ok


async def test_ready_when_a_broker_answers(bus: Bus) -> None:
    assert (await bus.producer.ready()).ok
