"""``python -m dev demo``: start everything, play one morning on it, stop it."""

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from dev.demo import trouble
from dev.demo.morning import BEGINS, Morning, plan
from dev.demo.play import play
from dev.demo.timeline import Timeline
from dev.machine.paths import DEMO, shown
from dev.stack.backend import chosen_stack
from dev.stack.installation import installation
from dev.stack.process import free_port
from legalaid import clock

_START_SECONDS = 8.0
"""Real time that the services get to start before the morning begins."""


@dataclass(frozen=True)
class Options:
    """What can be chosen."""

    seed: int
    requests: int
    rate: float
    folder: Path = DEMO

    def timeline(self, start_seconds: float) -> Timeline:
        """The morning begins when the services have had so long to start."""
        return Timeline(BEGINS, clock.real_now().timestamp() + start_seconds, self.rate)


Played = Callable[[Console, Morning, Options], int]
"""Starts everything in some way, plays the morning on it, and stops it. Gives the exit code."""


def run(options: Options, played: Played) -> int:
    """Play one morning. Returns 1 when something was lost, doubled or answered as it should not be."""
    console = Console()
    morning = plan(options.seed, options.requests)
    shutil.rmtree(options.folder, ignore_errors=True)
    return played(console, morning, options)


def here(console: Console, morning: Morning, options: Options) -> int:
    """In processes of this machine."""
    console.print("Starting Kafka and the store ...")
    with chosen_stack(options.folder) as stack:
        console.print(f"Starting the four services (store: {stack.mongo_kind}) ...")
        timeline = options.timeline(_START_SECONDS)
        port = free_port()
        special = {"notify": trouble.providers(f"http://127.0.0.1:{port}")}
        with installation(
            stack, options.folder, clock=timeline.setting, ports={"gateway": port}, special=special
        ) as running:
            code = asyncio.run(play(console, morning, running, timeline, options.folder))
            console.print(f"Logs are in {shown(options.folder / 'log')}.")
            return code
