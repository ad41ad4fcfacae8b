"""Every container is killed in turn while people ask, and started again.

The whole installation is its own: it is made for this, and removed at the end. Afterwards nothing may be lost or
doubled, and the facts of reports must be what the log says.
"""

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

from dev.demo.crowd import CLOCK, ENOUGH, Auditor, Crowd, disturb
from dev.install.compose.project import Project
from dev.install.verify import Report, timed
from dev.look.audit import Findings
from dev.machine.paths import VAR
from legalaid import clock

VICTIMS = (
    "intake-api",
    "intake-consumer",
    "routing-api",
    "routing-consumer",
    "notify-api",
    "notify-worker",
    "reports-api",
    "reports-consumer",
    "gateway",
    "kafka",
    "mongo",
)
FOLDER = VAR / "compose-faults"
_AWAY_SECONDS = 4.0
_SETTLE_SECONDS = 300
_ASKERS = 3
"""Few enough that a small machine can start a container beside them."""


def run(seed: int, victims: Sequence[str], folder: Path = FOLDER) -> int:
    """Returns 1 when something was lost, doubled or not tried."""
    report = Report()
    shutil.rmtree(folder, ignore_errors=True)
    with Project.fresh("legalaid-faults", folder) as project:
        print("Starting the containers ...", flush=True)
        report.ready_seconds = timed(lambda: project.up(clock=f"{CLOCK}@{clock.real_now().timestamp():.3f}"))
        try:
            found = asyncio.run(_kill_all(report, project, Crowd(project.place, seed, _ASKERS), victims))
        finally:
            project.save_logs(folder / "containers.log")
        rebuilt = project.run("run", "--rm", "--no-deps", "jobs", "reports", "rebuild")
    report.rebuild = rebuilt.strip().splitlines()[-1]
    report.wrong = found.lost | found.doubled
    return report.end(folder / "report.json")


async def _kill_all(report: Report, project: Project, crowd: Crowd, victims: Sequence[str]) -> Findings:
    for victim in victims:
        await _kill(report, project, crowd, victim)
    if len(crowd.accepted) < ENOUGH:
        raise AssertionError(f"only {len(crowd.accepted)} requests were accepted: this says nothing")
    print(f"{len(crowd.accepted)} requests accepted; waiting until nothing moves ...", flush=True)
    return await Auditor(project.place).findings(crowd, within_seconds=_SETTLE_SECONDS)


async def _kill(report: Report, project: Project, crowd: Crowd, victim: str) -> None:
    """And note what people noticed meanwhile: how many were accepted, and all answers by status; 0 is none."""
    accepted, answers = len(crowd.accepted), crowd.answers.copy()

    async def cut() -> None:
        await asyncio.to_thread(project.kill, victim)
        await asyncio.sleep(_AWAY_SECONDS)
        report.ready_again(victim, await asyncio.to_thread(timed, lambda: project.start(victim)))

    await disturb(crowd, cut(), lead_seconds=2)
    seen = {"accepted": len(crowd.accepted) - accepted, "answers": dict(crowd.answers - answers)}
    report.summary[victim] = seen
    print(f"  {'':<40} {seen}", flush=True)
