"""Accepted means stored: without Kafka nobody notices, without the store nobody is told yes."""

import asyncio
from typing import Any

import pytest
from pydantic import SecretStr

from dev.stack.keys import Authority
from dev.stack.process import free_port
from dev.stack.servers import Stack
from intake.settings import IntakeSettings
from legalaid import clock
from legalaid.bus import create_topics
from legalaid.events import calls, requests
from legalaid.settings import KafkaSettings, MongoSettings
from legalaid.store import Outgoing

from .conftest import started

BODY: dict[str, Any] = {"channel": "HOTLINE", "person": {"phone": "0912345678"}}


async def test_without_kafka_requests_are_accepted_and_published_later(
    settings: IntakeSettings, authority: Authority
) -> None:
    """The first process finds no broker and ends; the second finds only what the first left in the store."""
    await create_topics(settings.kafka)
    port = free_port()
    away = settings.model_copy(
        update={"kafka": KafkaSettings(servers=f"127.0.0.1:{port}", prefix=settings.kafka.prefix)}
    )
    async with started(away, authority) as intake:
        receipts = [(await intake.ask(BODY, key=f"k{number}")).json() for number in range(5)]
        again = await intake.ask(BODY, key="k0")
        assert (again.status_code, again.json()) == (201, receipts[0])
    async with started(settings, authority) as intake:
        events = await intake.published(requests.TOPIC, 5)
        assert {event.subject for event in events} == {receipt["request_id"] for receipt in receipts}


async def test_without_the_store_the_answer_is_not_now(
    own_stack: Stack, settings: IntakeSettings, authority: Authority
) -> None:
    assert own_stack.store is not None
    own = settings.model_copy(
        update={
            "kafka": KafkaSettings(servers=own_stack.servers, prefix=settings.kafka.prefix),
            "mongo": MongoSettings(url=SecretStr(own_stack.mongo), prefix=settings.mongo.prefix, timeout_seconds=1),
        }
    )
    await create_topics(own.kafka)
    async with started(own, authority) as intake:
        before = (await intake.ask(BODY, key="before")).json()
        own_stack.store.kill()
        ring = {"exchange_call_id": "c", "state": "STARTED", "at": clock.now().isoformat()}
        refused = await asyncio.gather(
            intake.ask(BODY, key="during"),
            intake.change(before["request_id"], {"address": "x"}, key="a"),
            intake.ring(ring),
            intake.check(before["receipt_code"], "0912345678"),
        )
        for answer in refused:
            assert answer.status_code == 503, answer.text
            assert int(answer.headers["Retry-After"]) > 0
        own_stack.store.start()
        assert (await intake.ask(BODY, key="before")).json() == before
        assert (await intake.ask(BODY, key="during")).status_code == 201
        assert (await intake.change(before["request_id"], {"address": "x"}, key="a")).status_code == 200
        assert (await intake.ring(ring)).status_code in (200, 201)
        assert len(await intake.published(requests.TOPIC, 3)) == 3
        assert len(await intake.published(calls.TOPIC, 1)) == 1


async def test_what_a_crash_left_unpublished_is_swept(
    settings: IntakeSettings, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that dies right after the write has published nothing: here its queue forgets instead."""
    await create_topics(settings.kafka)
    with monkeypatch.context() as patched:
        patched.setattr(Outgoing, "put", lambda _self, written: list(written))
        async with started(settings, authority) as intake:
            receipt = (await intake.ask(BODY)).json()
            [event] = await intake.published(requests.TOPIC, 1)
            assert event.subject == receipt["request_id"]
            async with asyncio.timeout(10):
                while await intake.collections.requests.unsent(0, 10):  # noqa: ASYNC110 - asks the store
                    await asyncio.sleep(0.05)
