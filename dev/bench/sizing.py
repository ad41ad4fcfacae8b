"""``python -m dev.bench.sizing``: what the pilot and the nation need (docs/sizing.md).

Plays a morning on this machine, counts what an accepted request costs with its share of calls, resends, officers' work
and messages, takes CPU from the last ``make bench``, and computes. Every assumption is a named number here.
"""

import asyncio
import json
import math
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from dev.demo.morning import BEGINS, plan
from dev.demo.play import play
from dev.demo.summary import Summary
from dev.demo.timeline import Timeline
from dev.look.kafka import records
from dev.machine.paths import VAR, shown
from dev.stack.backend import chosen_stack
from dev.stack.installation import Installation, installation
from legalaid import clock
from legalaid.events import TOPICS

REQUESTS_A_YEAR = {"pilot": 2_000, "nation, as in 2024": 56_000, "five times as many ask": 280_000}
WORKING_DAYS = 250
WORKING_SECONDS = WORKING_DAYS * 9 * 3600
"""Of a year: nine hours of each working day, in which nearly all calls come."""
PEAK = 10.0
"""How much busier the busiest hour is than the mean: a campaign on television, the Monday after Tết."""
CATCH_UP = 12.0
"""How much faster than the peak a process must be, so that an hour's backlog is gone in five minutes."""
BUSY = 0.6
"""The share of a core that a process should use at most at its peak."""
COPIES = 3
"""Brokers and members that hold everything."""
FREE = 2.0
"""Disks are twice what is stored: compaction, new indexes, a restore beside the old data."""
DAYS_AWAY = 3.0
"""How long Kafka may have been away: the backlog of so many working days is computed."""
YEARS = 10
"""How long everything is kept before disks are bought again."""
_BENCH = VAR / "bench" / "latest.json"
_FOLDER = VAR / "sizing"
_SEED, _REQUESTS, _START_SECONDS, _RATE = 7, 400, 10.0, 120.0


@dataclass(frozen=True)
class Morning:
    """Means over the accepted requests of a morning."""

    posts: float
    """Of requests and of calls, to intake."""
    sms: float
    events: dict[str, float]
    """By the short name of the topic."""
    log_bytes: float
    """Of the events of all topics on one broker's disk, compressed as the producers do it."""
    store_bytes: float
    """Of all databases on one member's disk, indexes, journal and keyring included."""


def measure(folder: Path) -> Morning:
    """Play a morning and count."""
    shutil.rmtree(folder, ignore_errors=True)
    with chosen_stack(folder) as stack:
        timeline = Timeline(BEGINS, clock.real_now().timestamp() + _START_SECONDS, _RATE)
        empty = _store_bytes(folder)
        with installation(stack, folder, clock=timeline.setting) as running:
            asyncio.run(play(Console(), plan(_SEED, _REQUESTS), running, timeline, folder))
            counts = asyncio.run(_count(running))
        log = sum(file.stat().st_size for file in folder.glob("kafka/data/*legalaid.*/*.log"))
        store = _store_bytes(folder) - empty  # while it runs: its last checkpoint is not among them
    summary = Summary.model_validate_json((folder / "summary.json").read_text())
    return Morning(
        posts=(summary.requests_posted + summary.calls_posted) / summary.accepted,
        sms=summary.sms_sent / summary.accepted,
        events={name: count / summary.accepted for name, count in counts.items()},
        log_bytes=log / summary.accepted,
        store_bytes=store / summary.accepted,
    )


async def _count(running: Installation) -> dict[str, int]:
    names = {topic.short: running.kafka.prefix + topic.name for topic in TOPICS}
    return {short: len([each async for each in records(running.kafka, [name])]) for short, name in names.items()}


def _store_bytes(folder: Path) -> int:
    """What the store's files take on the disk: some are longer than what is in them."""
    files = (file for name in ("mongod", "secantusd-rs", "secantusd-py") for file in (folder / name).rglob("*"))
    return sum(file.stat().st_blocks * 512 for file in files if file.is_file())


def cpu_seconds(per_thousand: dict[str, float], morning: Morning) -> dict[str, float]:
    """What a request costs each stage of the benchmark, whose CPU is per 1,000 of what the stage takes in."""
    events = morning.events
    taken = {
        "intake": morning.posts,
        "routing": events["requests"] + events["calls"],
        "notify (consumer)": events["cases"],
        "notify (sender)": morning.sms,
        "reports": sum(events.values()),
    }
    return {stage: per_thousand[stage] / 1000 * count for stage, count in taken.items()}


def needs(requests_a_year: int, cpu: dict[str, float], morning: Morning) -> dict[str, float]:
    """What so many requests need. A backlog waits for consumers only; intake's clients do not wait."""
    peak = requests_a_year / WORKING_SECONDS * PEAK
    keep_up = math.ceil(peak * CATCH_UP * max(cpu.values()) / BUSY)
    slowest = max(seconds for stage, seconds in cpu.items() if stage != "intake")
    log, store = (requests_a_year * YEARS * size / 1e9 for size in (morning.log_bytes, morning.store_bytes))
    return {
        "requests a year": requests_a_year,
        "requests a second in the busiest hour": peak,
        "% of one core, all services, in that hour": peak * sum(cpu.values()) * 100,
        f"seconds until the backlog of {DAYS_AWAY:g} days is gone": (
            requests_a_year / WORKING_DAYS * DAYS_AWAY * slowest
        ),
        "processes of each kind that keep up": keep_up,
        "processes of each kind, so that one may be away": keep_up + 1,
        f"GB on each broker after {YEARS} years": log,
        f"GB on each member after {YEARS} years": store,
        f"GB of disk to buy for {YEARS} years": (log + store) * COPIES * FREE,
    }


def main() -> int:
    """Print both tables of docs/sizing.md."""
    if not _BENCH.exists():
        print(f"✗ {shown(_BENCH)} is missing: run `make bench` first", file=sys.stderr)
        return 1
    stages = json.loads(_BENCH.read_text())["stages"]
    morning = measure(_FOLDER)
    cpu = cpu_seconds({name: stage["cpu_seconds_per_1000"] for name, stage in stages.items()}, morning)
    one = {
        **{f"events in {topic}": count for topic, count in morning.events.items()},
        "SMS": morning.sms,
        **{f"ms of CPU of {stage}": seconds * 1000 for stage, seconds in cpu.items()},
        "kB on one broker's disk": morning.log_bytes / 1000,
        "kB on one member's disk": morning.store_bytes / 1000,
        "requests a second that one process of each kind carries": BUSY / max(cpu.values()),
    }
    console = Console(width=120)
    console.print(_table("One request", {"": one}))
    columns = {name: needs(count, cpu, morning) for name, count in REQUESTS_A_YEAR.items()}
    console.print(_table("What is needed", columns))
    return 0


def _table(title: str, columns: dict[str, dict[str, float]]) -> Table:
    table = Table("", title=title, title_justify="left")
    for name in columns:
        table.add_column(name, justify="right")
    for row in next(iter(columns.values())):
        table.add_row(row, *(_figures(column[row]) for column in columns.values()))
    return table


def _figures(value: float) -> str:
    """Three of them: more is not known."""
    return f"{float(f'{value:.3g}'):,g}"


if __name__ == "__main__":
    sys.exit(main())
