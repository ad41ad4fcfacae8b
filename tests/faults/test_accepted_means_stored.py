"""P1: every 201 ever given ends in exactly one case, whatever breaks while people post."""

import asyncio
import random

import pytest

from dev.demo.crowd import ENOUGH, Auditor, Crowd, disturb
from dev.stack.installation import Installation

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]


async def test_intake_is_killed_again_and_again(running: Installation) -> None:
    chance, crowd, intake = random.Random(1), Crowd(running, seed=1), running["intake"]

    async def kill() -> None:
        for _ in range(12):
            await asyncio.sleep(chance.uniform(0.1, 1.2))
            intake.kill()
            await asyncio.to_thread(intake.start)

    await disturb(crowd, kill())
    found = await Auditor(running).findings(crowd)
    assert crowd.answers[0] > 0, "no post met a dead intake: the kills hit nothing"
    assert len(crowd.accepted) > ENOUGH
    assert found.lost == {}
    assert found.doubled == {}


async def test_kafka_is_away_and_nobody_notices(running: Installation) -> None:
    crowd, kafka = Crowd(running, seed=2), running.stack.kafka

    async def cut() -> None:
        for _ in range(2):
            await asyncio.to_thread(kafka.kill)
            before = len(crowd.accepted)
            await asyncio.sleep(3)
            async with asyncio.timeout(20):  # intake must accept while Kafka is down, however slow the machine
                while len(crowd.accepted) <= before:  # noqa: ASYNC110 - a count has no event
                    await asyncio.sleep(0.1)
            await asyncio.to_thread(kafka.start)
            await asyncio.sleep(1)

    await disturb(crowd, cut())
    found = await Auditor(running).findings(crowd, within_seconds=200)
    assert not set(crowd.answers) - {201, 503}  # 503: the slow store was late, which is not Kafka's doing
    assert crowd.answers[201] > 10 * crowd.answers[503]
    assert found.lost == {}
    assert found.doubled == {}


async def test_the_store_is_killed_and_no_false_yes_is_given(running: Installation) -> None:
    crowd, store = Crowd(running, seed=3), running.stack.store
    if store is None:
        pytest.skip("the store of LEGALAID_MONGO_URL is not ours to kill")

    async def cut() -> None:
        for _ in range(2):
            await asyncio.to_thread(store.kill)
            await asyncio.sleep(1)  # what was on its way is answered
            accepted = len(crowd.accepted)
            await asyncio.sleep(6)  # longer than the store's timeout of 5 s: callers are answered 503
            assert len(crowd.accepted) == accepted, "a yes without a store"
            await asyncio.to_thread(store.start)
            await asyncio.sleep(2)

    await disturb(crowd, cut())
    found = await Auditor(running).findings(crowd, within_seconds=200)
    assert crowd.answers[503] > 0
    assert not set(crowd.answers) - {201, 503, 0}
    assert found.lost == {}
    assert found.doubled == {}
