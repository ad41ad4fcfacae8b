"""``python -m dev.bench``: measure every stage against its ceiling, print a table, write var/bench/latest.json."""

import argparse
import asyncio
import json
import os
import platform
import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from dev.bench import intake, latency, stages
from dev.bench.latency import Latency
from dev.bench.stages import Row
from dev.bench.workbench import PREFIX, rig
from dev.machine.paths import VAR, shown
from dev.stack.backend import chosen_stack
from dev.stack.installation import SERVICES, Installation, installation
from dev.stack.servers import Stack
from legalaid import clock
from legalaid.bus import create_topics

FOLDER = VAR / "bench"
_MORNING = "2026-11-23T09:00+07:00@x1@{anchor:.3f}"
"""Within the hours in which people may get an SMS, whenever the benchmark runs; the same time in all processes."""


async def measure(stack: Stack, folder: Path, count: int) -> tuple[list[Row], Latency]:
    """All measurements, one after the other: each has the machine to itself."""
    async with rig(stack, folder) as one:
        await create_topics(one.kafka)
        with _stopped(stack, folder) as running:
            rows = await intake.measure(one, running, count)
            events = await one.length(stages.REQUESTS)
            rows.append(await stages.routing(one, running, events))
            rows.append(await stages.notify(one, running, events))
            rows.append(await stages.sender(one, running))
            rows.append(await stages.reports(one, running, 2 * events))
    async with rig(stack, folder, "latency-") as one:
        with installation(stack, folder / "latency", clock=_morning(), prefix=one.kafka.prefix) as running:
            return rows, await latency.measure(one, running)


def _morning() -> str:
    return _MORNING.format(anchor=clock.real_now().timestamp())


def _stopped(stack: Stack, folder: Path) -> Any:
    return _Stopped(installation(stack, folder, clock=_morning(), prefix=PREFIX, extra={"LEGALAID_PARTS": ""}))


class _Stopped:
    """An installation whose services wait to be started, one at a time."""

    def __init__(self, manager: Any) -> None:
        self._manager = manager

    def __enter__(self) -> Installation:
        running: Installation = self._manager.__enter__()
        for name in SERVICES:
            running[name].stop()
        return running

    def __exit__(self, *failure: object) -> None:
        self._manager.__exit__(*failure)


def main() -> int:
    """Run, show, write."""
    parser = argparse.ArgumentParser(prog="python -m dev.bench", description=__doc__)
    parser.add_argument("--posts", type=int, default=3000, help="posts in each of the three rounds of intake")
    options = parser.parse_args()
    console = Console()
    shutil.rmtree(FOLDER, ignore_errors=True)
    with chosen_stack(FOLDER) as stack:
        console.print(f"store: {stack.mongo_kind}, {os.cpu_count()} cores, Python {platform.python_version()}")
        rows, waits = asyncio.run(measure(stack, FOLDER, options.posts))
        kind = stack.mongo_kind
    console.print(_table(rows), _waits(waits), sep="\n")
    (FOLDER / "latest.json").write_text(json.dumps(_json(rows, waits, kind), indent=2) + "\n")
    console.print(f"Written to {shown(FOLDER / 'latest.json')}.")
    return 0


def _table(rows: list[Row]) -> Table:
    table = Table("stage", title="Events per second, and CPU of the stage's own process")
    for heading in ("events/s", "CPU s / 1,000", "ceiling/s", "ceiling CPU", "ratio"):
        table.add_column(heading, justify="right")
    table.add_column("the ceiling does")
    for row in rows:
        table.add_row(
            row.stage,
            f"{row.product.per_second:,.0f}",
            f"{row.product.cpu_per_thousand:.2f}",
            f"{row.ceiling.per_second:,.0f}",
            f"{row.ceiling.cpu_per_thousand:.2f}",
            f"{row.ratio:.2f}",
            row.ceiling_is,
        )
    return table


def _waits(waits: Latency) -> str:
    return (
        f"From accepted POST to SMS at {latency.PER_SECOND} requests/s, {waits.sms} messages: "
        f"p50 {waits.p50:.0f} ms, p95 {waits.p95:.0f} ms, p99 {waits.p99:.0f} ms; "
        f"the POST itself p50 {waits.post_p50:.1f} ms, p99 {waits.post_p99:.1f} ms\n"
        f"Eligibility checks at {latency.PER_SECOND}/s: p50 {waits.check_p50:.1f} ms, p99 {waits.check_p99:.1f} ms; "
        f"beside the requests p50 {waits.check_beside_p50:.1f} ms, p99 {waits.check_beside_p99:.1f} ms"
    )


def _json(rows: list[Row], waits: Latency, kind: str) -> dict[str, Any]:
    return {
        "at": clock.real_now().isoformat(timespec="seconds"),
        "store": kind,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "stages": {
            row.stage: {
                "events_per_second": round(row.product.per_second),
                "cpu_seconds_per_1000": round(row.product.cpu_per_thousand, 3),
                "ceiling_per_second": round(row.ceiling.per_second),
                "ceiling_cpu_seconds_per_1000": round(row.ceiling.cpu_per_thousand, 3),
                "ratio": round(row.ratio, 3),
            }
            for row in rows
        },
        "latency_ms": {name: round(value, 1) for name, value in asdict(waits).items()},
    }


if __name__ == "__main__":
    sys.exit(main())
