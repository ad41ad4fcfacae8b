"""``python -m dev.sizing [--measure]``: what the pilot and the nation need, from what was measured on this machine."""

import argparse
import json
import sys

from rich.console import Console
from rich.table import Table

from dev.machine.paths import VAR, shown
from dev.sizing import model
from dev.sizing.measure import FILE, Morning, measure
from dev.sizing.model import Scenario

_BENCH = VAR / "bench" / "latest.json"
_YEARS = 10
SCENARIOS = (
    Scenario("pilot: Điện Biên, Lào Cai", 2_000),
    Scenario("nation, as in 2024", 56_000),
    Scenario("nation, five times as many ask", 280_000),
)


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m dev.sizing", description=__doc__)
    parser.add_argument("--measure", action="store_true", help="play a morning first, and count events and bytes")
    parser.add_argument("--requests", type=int, default=400, help="how many requests that morning has")
    options = parser.parse_args()
    if options.measure:
        measure(seed=7, requests=options.requests)
    for file, command in ((_BENCH, "make bench"), (FILE, "python -m dev.sizing --measure")):
        if not file.exists():
            print(f"✗ {shown(file)} is missing: run `{command}` first", file=sys.stderr)
            return 1
    bench = json.loads(_BENCH.read_text())
    _show(
        Morning.model_validate_json(FILE.read_text()),
        {n: s["cpu_seconds_per_1000"] for n, s in bench["stages"].items()},
    )
    return 0


def _show(morning: Morning, cpu_per_thousand: dict[str, float]) -> None:
    every = model.stages(cpu_per_thousand, morning)
    console = Console(width=120)
    one = Table(title=f"One request, over {morning.requests} of a morning", title_justify="left")
    one.add_column("")
    one.add_column("", justify="right")
    for name, count in morning.events.items():
        one.add_row(f"events in {name}", f"{count:.2f}")
    for stage in every:
        one.add_row(f"CPU of {stage.name}", f"{stage.cpu_seconds * 1000:.2f} ms")
    one.add_row("on one broker's disk", f"{morning.log_bytes / 1000:.1f} kB")
    one.add_row("on one member's disk", f"{morning.store_bytes / 1000:.1f} kB")
    one.add_row("carried by one process of each kind", f"{model.most_a_second(every):.0f}/s")
    console.print(one)
    many = Table(title="What is needed", title_justify="left")
    many.add_column("")
    for scenario in SCENARIOS:
        many.add_column(scenario.name, justify="right")
    rows = [
        ("requests a year", [f"{each.requests_a_year:,}" for each in SCENARIOS]),
        ("requests a second, busiest hour", [f"{each.peak:.3f}" for each in SCENARIOS]),
        ("of one core, all services, in that hour", [f"{model.cores(each, every):.3%}" for each in SCENARIOS]),
        (
            f"seconds until {model.DAYS_AWAY:g} days' backlog is gone",
            [f"{model.catch_up_seconds(each, every):.1f}" for each in SCENARIOS],
        ),
        *((f"replicas of {stage.name}", [f"{stage.replicas(each)}" for each in SCENARIOS]) for stage in every),
        (
            f"GB on a broker after {_YEARS} years",
            [f"{model.log_gigabytes(each, morning, _YEARS):.2f}" for each in SCENARIOS],
        ),
        (
            f"GB on a member after {_YEARS} years",
            [f"{model.store_gigabytes(each, morning, _YEARS):.2f}" for each in SCENARIOS],
        ),
        (
            f"GB of disk to buy for {_YEARS} years",
            [f"{model.disk_gigabytes(each, morning, _YEARS):.0f}" for each in SCENARIOS],
        ),
    ]
    for name, values in rows:
        many.add_row(name, *values)
    console.print(many)


if __name__ == "__main__":
    sys.exit(main())
