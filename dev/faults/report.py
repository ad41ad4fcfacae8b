"""What became of each fault, as JSON for machines and as a table for people."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from dev.faults.inspection import Verdict

_NUMBERS = ("lasted s", "quiet s", "accepted", "503", "no answer", "repeats", "lost", "doubled", "unowned", "leaked")


@dataclass
class Row:
    """One fault, and what was seen until everything was quiet again."""

    fault: str
    target: str
    seconds: float
    """How long it lasted by the schedule."""
    quiet_seconds: float | None = None
    """From the end of the fault, everything that was hit being ready again, until nothing moved; None when it never
    was quiet, or was not tried."""
    accepted: int = 0
    """Requests answered with 201 meanwhile."""
    refused: int = 0
    """Answers 503."""
    unanswered: int = 0
    repeats: int = 0
    """Messages that came to the gateway once more, and were dropped there."""
    found: Verdict = field(default_factory=Verdict)
    ended: dict[str, int] = field(default_factory=dict)
    """Processes that ended by themselves and were started again."""
    not_possible: str = ""
    """Why this machine cannot do it."""

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong after it."""
        return self.found.is_clean


@dataclass
class Report:
    """A whole run."""

    seed: int
    minutes: float
    store: str
    only: str = ""
    rows: list[Row] = field(default_factory=list)
    is_whole: bool = False
    """Whether the run came to its end."""

    @property
    def is_clean(self) -> bool:
        """Whether the run came to its end, did anything at all, and every promise was kept."""
        return self.is_whole and self.totals()["faults"] > 0 and all(row.is_clean for row in self.rows)

    def write(self, file: Path) -> None:
        """As JSON."""
        file.parent.mkdir(parents=True, exist_ok=True)
        told = {"ok": self.is_clean, "totals": self.totals(), **asdict(self)}
        file.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

    def totals(self) -> dict[str, int]:
        """The whole run in numbers."""
        counted = {name: sum(len(getattr(row.found, name)) for row in self.rows) for name in vars(Verdict())}
        return {
            "faults": sum(bool(row.target) and not row.not_possible for row in self.rows),
            "accepted": sum(row.accepted for row in self.rows),
            "refused": sum(row.refused for row in self.rows),
            "unanswered": sum(row.unanswered for row in self.rows),
            "repeats": sum(row.repeats for row in self.rows),
            **counted,
        }

    def show(self, console: Console) -> None:
        """The table, what is wrong in words, and the sum."""
        table = Table(title=f"Faults, seed {self.seed}, store {self.store}")
        table.add_column("fault")
        table.add_column("target")
        for name in _NUMBERS:
            table.add_column(name, justify="right")
        table.add_column("remarks")
        for row in self.rows:
            table.add_row(*_cells(row), style=None if row.is_clean else "bold red")
        console.print(table)
        for row in self.rows:
            for what, found in vars(row.found).items():
                for name, why in found.items():
                    console.print(f"{what.upper()} after {row.fault} {row.target}: {name}: {why}", soft_wrap=True)
        totals = self.totals()
        console.print(", ".join(f"{name} {number}" for name, number in totals.items()), soft_wrap=True)
        console.print(self._sentence())

    def _sentence(self) -> str:
        if not all(row.is_clean for row in self.rows):
            return "[bold red]Not all promises were kept.[/]"
        if not self.is_whole:
            return "Stopped before the end: this proves nothing."
        return "All promises kept." if self.is_clean else "[bold red]No fault was tried.[/]"


def _cells(row: Row) -> Sequence[str]:
    found = row.found
    if row.not_possible:
        return (row.fault, row.target, *[""] * len(_NUMBERS), f"not possible here: {row.not_possible}")
    quiet = "never" if row.quiet_seconds is None else f"{row.quiet_seconds:.1f}"
    broken = map(len, (found.lost, found.doubled, found.unowned, found.leaked))
    counted = (row.accepted, row.refused, row.unanswered, row.repeats, *broken)
    remarks = [f"{name} ended by itself, {times}x" for name, times in row.ended.items()]
    remarks += [f"{name}: {why}" for name, why in found.other.items()]
    return (
        row.fault,
        row.target,
        f"{row.seconds:.1f}",
        quiet,
        *map(str, counted),
        "; ".join(remarks),
    )
