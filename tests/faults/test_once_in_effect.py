"""P2: consumers are killed in the middle of batches and come and go; nothing is lost, nothing happens twice."""

import asyncio
import os
import random
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from dev.demo.crowd import ENOUGH, Auditor, Crowd, disturb
from dev.machine.paths import PYTHON
from dev.stack.installation import Installation, answers
from dev.stack.process import Process, free_port

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]


async def check(running: Installation, crowd: Crowd) -> None:
    """Nothing lost, nothing doubled, and the facts of reports equal those made afresh from the whole log."""
    found = await Auditor(running).findings(crowd, within_seconds=200)
    assert len(crowd.accepted) > ENOUGH
    assert found.lost == {}
    assert found.doubled == {}
    environment = {**running.environment("reports"), "LEGALAID_MONGO__TIMEOUT_SECONDS": "60"}
    command = [PYTHON, "-m", "reports", "rebuild"]
    rebuilt = await asyncio.to_thread(run, command, environment)
    assert rebuilt.returncode == 0, rebuilt.stdout + rebuilt.stderr


def run(command: list[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.parametrize("name", ["routing", "notify", "reports"])
async def test_a_consumer_is_killed_again_and_again(running: Installation, name: str) -> None:
    chance, crowd, victim = random.Random(name), Crowd(running, seed=4), running[name]

    async def kill() -> None:
        for _ in range(6):
            await asyncio.sleep(chance.uniform(0.2, 1.5))
            victim.kill()
            await asyncio.to_thread(victim.start)

    await disturb(crowd, kill())
    await check(running, crowd)


@contextmanager
def another(running: Installation, name: str, folder: Path) -> Iterator[Process]:
    """One more process of a service, as one more pod would be."""
    port = free_port()
    member = Process(
        f"{name}-more",
        [PYTHON, "-m", name],
        log=folder / f"{name}-{port}.jsonl",
        env={**running.environment(name), "LEGALAID_HTTP__PORT": str(port)},
        ready=lambda: answers(port, "/readyz"),
    )
    try:
        yield member
    finally:
        member.kill()


async def test_members_come_and_go(running: Installation, tmp_path: Path) -> None:
    crowd = Crowd(running, seed=5)

    async def rebalance() -> None:
        for name in ("routing", "notify"):
            with another(running, name, tmp_path) as second, another(running, name, tmp_path) as third:
                await asyncio.to_thread(second.start)
                await asyncio.sleep(0.7)
                await asyncio.to_thread(third.start)
                await asyncio.sleep(0.7)
                await asyncio.to_thread(second.stop)
                third.kill()
                await asyncio.sleep(0.7)

    await disturb(crowd, rebalance())
    await check(running, crowd)


async def test_the_gateway_fails_and_swallows_answers(running: Installation) -> None:
    crowd = Crowd(running, seed=6)

    async def misbehave() -> None:
        async with httpx.AsyncClient(base_url=running["gateway"].url) as gateway:
            bad = {"fail_rate": 0.2, "fail_status": 503, "drop_answers_rate": 0.2, "slow_ms": 20}
            (await gateway.put("/v1/behaviour", json=bad)).raise_for_status()
            await asyncio.sleep(3)
            running["notify"].kill()
            await asyncio.to_thread(running["notify"].start)
            (await gateway.put("/v1/behaviour", json={})).raise_for_status()

    await disturb(crowd, misbehave())
    await check(running, crowd)
