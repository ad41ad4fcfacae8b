"""What one request costs in events and bytes: counted after a morning that was played on this machine.

With a request come its share of the calls, the case, what officers do with it, the messages, and resends.
"""

import asyncio
import json
import shutil
from pathlib import Path

from pydantic import BaseModel
from rich.console import Console

from dev.demo.morning import BEGINS, plan
from dev.demo.play import play
from dev.demo.summary import Summary
from dev.demo.timeline import Timeline
from dev.look.kafka import records
from dev.machine.paths import VAR
from dev.stack.backend import chosen_stack
from dev.stack.installation import Installation, installation
from legalaid import clock
from legalaid.events import TOPICS
from legalaid.settings import KafkaSettings

FILE = VAR / "sizing" / "morning.json"
_START_SECONDS, _RATE = 10.0, 120.0


class Morning(BaseModel):
    """Per accepted request."""

    requests: int
    """How many were accepted: the figures are means over them."""
    posts: float
    """Of requests and of calls, to intake."""
    sms: float
    events: dict[str, float]
    """By the short name of the topic."""
    log_bytes: float
    """Of the events of all topics on one broker's disk, compressed as the producers do it."""
    store_bytes: float
    """Of all databases on one member's disk, indexes, journal and keyring included."""


def measure(seed: int, requests: int, file: Path = FILE) -> Morning:
    """Play a morning, count, and write it down."""
    folder = VAR / "sizing" / "run"
    shutil.rmtree(folder, ignore_errors=True)
    with chosen_stack(folder) as stack:
        timeline = Timeline(BEGINS, clock.real_now().timestamp() + _START_SECONDS, _RATE)
        empty = _store_bytes(folder)
        with installation(stack, folder, clock=timeline.setting) as running:
            asyncio.run(play(Console(), plan(seed, requests), running, timeline, folder))
            summary = Summary.model_validate_json((folder / "summary.json").read_text())
            counts = asyncio.run(_count(running))
    found = Morning(
        requests=summary.accepted,
        posts=(summary.requests_posted + summary.calls_posted) / summary.accepted,
        sms=summary.sms_sent / summary.accepted,
        events={name: count / summary.accepted for name, count in counts.items()},
        log_bytes=_log_bytes(folder) / summary.accepted,
        store_bytes=(_store_bytes(folder) - empty) / summary.accepted,
    )
    file.write_text(json.dumps(found.model_dump(), indent=2) + "\n")
    return found


async def _count(running: Installation) -> dict[str, int]:
    kafka: KafkaSettings = running.kafka
    return {
        topic.short: len([record async for record in records(kafka, [kafka.prefix + topic.name])]) for topic in TOPICS
    }


def _log_bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("kafka/data/*legalaid.*/*.log"))


def _store_bytes(folder: Path) -> int:
    """What the store's files take on the disk."""
    names = ("mongod", "secantusd-rs", "secantusd-py")
    return sum(file.stat().st_blocks * 512 for name in names for file in (folder / name).rglob("*") if file.is_file())
