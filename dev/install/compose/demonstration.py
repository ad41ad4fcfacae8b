"""``make demo BACKEND=compose``: one morning on a project of its own."""

import asyncio

from rich.console import Console

from dev.demo.command import Options
from dev.demo.morning import Morning
from dev.demo.play import play
from dev.install.compose.project import Project
from dev.machine.paths import shown

_START_SECONDS = 45.0
"""Real time that the containers get to start before the morning begins."""


def in_containers(console: Console, morning: Morning, options: Options) -> int:
    """A project of its own, on free ports, so that what ``make up`` keeps is left alone."""
    with Project.fresh("legalaid-demo", options.folder) as project:
        console.print("Starting the containers of Kafka and the store ...")
        project.up("kafka", "mongo")
        console.print("Starting the containers of the services ...")
        timeline = options.timeline(_START_SECONDS)
        project.up(clock=timeline.setting)
        try:
            return asyncio.run(play(console, morning, project.place, timeline, options.folder))
        finally:
            project.save_logs(options.folder / "log" / "containers.log")
            console.print(f"Logs are in {shown(options.folder / 'log')}.")
