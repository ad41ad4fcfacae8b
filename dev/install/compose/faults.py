"""``python -m dev.install.compose faults``: every container is killed in turn while people ask, and started again.

The whole installation is its own: it is made for this, and removed at the end. Afterwards nothing may be lost or
doubled, and the facts of reports must be what the log says.
"""

import asyncio
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dev.demo.crowd import CLOCK, ENOUGH, Auditor, Crowd, disturb
from dev.install.compose.project import Project
from dev.look.audit import Findings
from dev.machine.paths import VAR, shown
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


@dataclass(frozen=True)
class Kill:
    """What people noticed while one container was away."""

    victim: str
    back_after_seconds: float
    """From the order to start until it was healthy."""
    accepted: int
    answers: dict[int, int]
    """Answers by status; 0 is none."""


def run(seed: int, victims: Sequence[str], folder: Path = FOLDER) -> int:
    """Returns 1 when something was lost or doubled."""
    shutil.rmtree(folder, ignore_errors=True)
    with Project.fresh("legalaid-faults", folder) as project:
        print("Starting the containers ...", flush=True)
        project.up(clock=f"{CLOCK}@{clock.real_now().timestamp():.3f}")
        try:
            kills, found = asyncio.run(_kill_all(project, Crowd(project.place, seed, _ASKERS), victims))
        finally:
            project.save_logs(folder / "containers.log")
        rebuilt = project.run("run", "--rm", "--no-deps", "jobs", "reports", "rebuild").strip().splitlines()[-1]
    report = {
        "kills": [asdict(each) for each in kills],
        "rebuild": rebuilt,
        "lost": found.lost,
        "doubled": found.doubled,
    }
    (folder / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    print(f"Reports, rebuilt from the log: {rebuilt}")
    print(f"Lost {len(found.lost)}, doubled {len(found.doubled)}. Written to {shown(folder / 'report.json')}.")
    for name, why in (found.lost | found.doubled).items():
        print(f"  {name}: {why}")
    return 1 if found.lost or found.doubled else 0


async def _kill_all(project: Project, crowd: Crowd, victims: Sequence[str]) -> tuple[list[Kill], Findings]:
    kills = [await _kill(project, crowd, victim) for victim in victims]
    if len(crowd.accepted) < ENOUGH:
        raise AssertionError(f"only {len(crowd.accepted)} requests were accepted: this says nothing")
    print(f"{len(crowd.accepted)} requests accepted; waiting until nothing moves ...", flush=True)
    return kills, await Auditor(project.place).findings(crowd, within_seconds=_SETTLE_SECONDS)


async def _kill(project: Project, crowd: Crowd, victim: str) -> Kill:
    accepted, answers = len(crowd.accepted), crowd.answers.copy()
    back = 0.0

    async def cut() -> None:
        nonlocal back
        await asyncio.to_thread(project.kill, victim)
        await asyncio.sleep(_AWAY_SECONDS)
        began = clock.elapsed()
        await asyncio.to_thread(project.start, victim)
        back = clock.elapsed() - began

    await disturb(crowd, cut(), lead_seconds=2)
    seen: dict[Any, int] = dict(crowd.answers - answers)
    kill = Kill(victim, round(back, 1), len(crowd.accepted) - accepted, seen)
    print(f"  {victim:<17} back after {kill.back_after_seconds:5.1f} s, answers {seen}", flush=True)
    return kill
