"""``make verify-deploy``: all of an installation is killed or replaced in turn while people use it.

How, is the trial's own: ``compose.trial`` kills every container, ``cluster.trial`` replaces every pod. What must hold
afterwards is the same: nothing lost or doubled, everything tried, and the facts of reports as the log says.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from dev.machine.paths import shown
from legalaid import clock

_AS_THE_LOG_SAYS = " 0 are not"
"""In the last line of ``python -m reports rebuild``."""


@dataclass
class Report:
    """What was done, how long it took, and what was wrong."""

    ready_seconds: float = 0.0
    """From the first command until everything was ready."""
    disturbed: dict[str, float] = field(default_factory=dict)
    """What was killed or replaced, with the seconds until it was ready again."""
    too_late: list[str] = field(default_factory=list)
    """What was not disturbed before the load was over."""
    rebuild: str = ""
    """What the rebuild of reports said afterwards."""
    wrong: dict[str, str] = field(default_factory=dict)
    """What was lost, doubled, or answered as it should not be, with why."""
    summary: dict[str, object] = field(default_factory=dict)
    """What people noticed, as the trial counts it."""

    @property
    def failed(self) -> bool:
        """Whether it shows that something is wrong, or shows too little."""
        return bool(self.wrong or self.too_late) or not self.disturbed or _AS_THE_LOG_SAYS not in self.rebuild

    def ready_again(self, what: str, seconds: float) -> None:
        """Note it, and say so."""
        self.disturbed[what] = round(seconds, 1)
        print(f"  {what:<40} ready again after {seconds:5.1f} s", flush=True)

    def end(self, file: Path) -> int:
        """Write it down and say how it ended. Returns the exit code."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(asdict(self), indent=2) + "\n")
        print(f"Reports, rebuilt from the log: {self.rebuild}")
        for what, why in self.wrong.items():
            print(f"  {what}: {why}")
        print(f"{'Failed' if self.failed else 'Nothing was lost or doubled'}. Written to {shown(file)}.")
        return 1 if self.failed else 0


def timed(act: Callable[[], None]) -> float:
    """How many seconds it took."""
    began = clock.elapsed()
    act()
    return clock.elapsed() - began
