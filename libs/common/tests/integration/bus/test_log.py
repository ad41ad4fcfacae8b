"""The log is read from its first record, as often as one likes, by somebody who is in no group."""

from dataclasses import replace
from typing import Any

import pytest

from dev.stack.process import free_port
from legalaid.bus import Log
from legalaid.bus.record import Raw
from legalaid.errors import TransientError
from legalaid.events import calls, requests

from .conftest import Bus, Seen, messages, withdrawals


async def test_every_event_is_read_once_in_order_and_what_is_none_is_counted(bus: Bus) -> None:
    sent, others = messages(keys=20, each=30), withdrawals(5)
    await bus.producer.publish([*sent, *others])
    await bus.producer.forward([Raw(calls.TOPIC.name, None, b"junk", ())])
    seen = Seen()
    async with Log(bus.kafka, [calls.TOPIC, requests.TOPIC]) as log:
        async for batch in log.batches():
            assert {event.data.topic.name for event in batch.events} == {batch.topic.name}
            await seen(batch)
    assert seen.skipped == []
    assert seen.counts == dict.fromkeys((message.id for message in [*sent, *others]), 1)
    assert log.unreadable == 1
    assert await bus.committed() == 0


async def test_a_second_look_gives_only_what_came_since(bus: Bus) -> None:
    seen = Seen()
    sent = messages(keys=3, each=4)
    async with Log(bus.kafka, [calls.TOPIC]) as log:
        rounds: list[list[Any]] = [sent[:9], sent[9:], []]
        for upto in rounds:
            await bus.producer.publish(upto)
            before = len(seen.counts)
            async for batch in log.batches():
                await seen(batch)
            assert len(seen.counts) == before + len(upto)
    assert set(seen.counts.values()) == {1}


async def test_brokers_that_are_away_are_a_transient_error(bus: Bus) -> None:
    nobody = replace(bus, kafka=bus.kafka.model_copy(update={"servers": f"127.0.0.1:{free_port()}"}))
    with pytest.raises(TransientError):
        async with Log(nobody.kafka, [calls.TOPIC]):
            pass
