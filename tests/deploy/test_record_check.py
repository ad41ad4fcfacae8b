"""Somebody alters an entry of the record of access in the store: the service finds it, and the alarm rings."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from dev.look.prometheus import Prometheus
from dev.stack.installation import Installation, installation
from dev.stack.process import wait_until
from dev.stack.servers import Stack
from legalaid import clock
from legalaid.store import Store

SECONDS = 60
ALARM = "AccessRecordAltered"


@pytest.fixture
def running(own_stack: Stack, tmp_path: Path) -> Iterator[Installation]:
    with installation(own_stack, tmp_path, names=("intake",)) as all_running:
        yield all_running


@pytest.fixture
def watching(prometheus: str, running: Installation, tmp_path: Path) -> Iterator[Prometheus]:
    assert prometheus
    started = Prometheus(tmp_path / "prometheus", running)
    started.start()
    yield started
    started.stop()


async def _alter(running: Installation) -> int:
    store = Store(running.mongo, app_name="somebody")
    try:
        done = await store.collection("intake", "access").update_one({"_id": 1}, {"$set": {"subject": "nobody"}})
        return int(done.modified_count)
    finally:
        await store.close()


def _checks(running: Installation) -> int:
    return running["intake"].log.read_text().count('"record_checked"')


def _state(watching: Prometheus) -> str:
    [state] = [rule["state"] for rule in watching.rules() if rule["name"] == ALARM]
    return str(state)


def _whole(watching: Prometheus) -> bool:
    return bool(watching.instant("legalaid_access_record_faults == 0", clock.real_now().timestamp()))


def test_an_altered_entry_rings(running: Installation, watching: Prometheus) -> None:
    assert wait_until(lambda: _checks(running) == 1, SECONDS), "it is checked when the process starts"
    assert wait_until(lambda: _whole(watching), SECONDS)
    assert _state(watching) == "inactive"
    assert asyncio.run(_alter(running)) == 1
    running["intake"].restart()  # the next check, a day early
    assert wait_until(lambda: _state(watching) == "firing", SECONDS), running["intake"].tail()
