"""``python -m dev simulate providers [--seed 7] [--days 2] [--write]``: the table of docs/providers.md."""

import re
from pathlib import Path

from dev.faults.providers.scenarios import SCENARIOS, Day, Scenario, play

PAGE = Path(__file__).resolve().parents[3] / "docs" / "providers.md"
_PLACE = re.compile(r"(?<=<!-- simulated -->\n).*?(?=<!-- /simulated -->)", re.DOTALL)
_HEAD = """\
| trouble of one of two providers (60 : 40) | a day | tries at it | told > 5 min late | told twice | in doubt | moves |
|---|---|---|---|---|---|---|
"""


def row(scenario: Scenario, theirs: Day, ours: Day) -> str:
    """One line of the table: the other rules / ours."""
    pairs = [
        (theirs.ill_tries, ours.ill_tries),
        (theirs.late, ours.late),
        (theirs.twice, ours.twice),
        (theirs.doubted, ours.doubted),
        (theirs.moves, ours.moves),
    ]
    cells = " | ".join(f"{other:,.0f} / **{own:,.0f}**" for other, own in pairs)
    return f"| {scenario.name} | {scenario.a_day:,} | {cells} |\n"


def simulate(seed: int, days: int, *, write: bool) -> None:
    """Play all, print the table, and write it into the page."""
    table = _HEAD
    print(table, end="", flush=True)
    for scenario in SCENARIOS:
        line = row(scenario, *play(scenario, range(seed, seed + days)))
        print(line, end="", flush=True)
        table += line
    if write:
        PAGE.write_text(_PLACE.sub(lambda _: table, PAGE.read_text("utf-8")), "utf-8")
