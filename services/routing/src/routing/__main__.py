"""``python -m routing`` is the service; ``python -m routing replay`` decides stored cases again under other tables, and
``python -m routing law`` prints the tables of a day for a lawyer, ``python -m routing gaps`` tells where nobody speaks
a language that people need.
"""

import argparse
import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Final

from legalaid import clock
from legalaid.errors import TransientError
from legalaid.sealed import NotEntitledError
from legalaid.service import main
from legalaid.vietnam.calendar import WorkingCalendar
from routing import gaps, lawpage, replay, tables
from routing.main import NAME, build
from routing.settings import RoutingSettings


def _parser(command: str, module: ModuleType) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog=f"python -m {NAME} {command}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _cannot_be_told(error: Exception) -> int:
    print(error, file=sys.stderr)
    return 2


def _replay(arguments: Sequence[str]) -> int:
    """0 when all stays as it is, 1 when something would be otherwise, 2 when it cannot be told."""
    parser = _parser("replay", replay)
    parser.add_argument("--law", type=Path, metavar="DIR", help="tables of law instead of those in use")
    parser.add_argument("--directory", type=Path, metavar="FILE", help="directory of centres instead of that in use")
    parser.add_argument("--as-of", type=date.fromisoformat, metavar="DAY", help="judge all by the law of this day")
    parser.add_argument("--since", type=date.fromisoformat, metavar="DAY", help="only what was received since then")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write each case that would be otherwise to this file")
    given = parser.parse_args(arguments)
    asked = replay.Asked(given.law, given.directory, given.as_of, given.since)
    try:
        found = asyncio.run(replay.replay(RoutingSettings.load(), asked))
    except (NotEntitledError, TransientError, ValueError, OSError) as error:
        return _cannot_be_told(error)
    for line in replay.lines(found):
        print(line)
    if given.csv:
        replay.write_csv(found, given.csv)
    return 1 if found.comparison.differences else 0


def _law(arguments: Sequence[str]) -> int:
    """0, or 2 when there is no such page."""
    parser = _parser("law", lawpage)
    parser.add_argument("--on", type=date.fromisoformat, metavar="DAY", help="the tables of this day; left out: today")
    parser.add_argument("--law", type=Path, metavar="DIR", help="tables of law instead of those in use")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the page to this file, for a browser")
    given = parser.parse_args(arguments)
    on = given.on or WorkingCalendar.day(clock.now())
    try:
        page = lawpage.page(tables.load_law(given.law or RoutingSettings.load().law_folder, on), on)
    except (LookupError, ValueError, OSError) as error:
        return _cannot_be_told(error)
    if given.html:
        given.html.write_text(lawpage.html(page), encoding="utf-8")
    else:
        print(lawpage.text(page), end="")
    return 0


def _gaps(arguments: Sequence[str]) -> int:
    """0 when it can be told, 2 when not."""
    parser = _parser("gaps", gaps)
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write each hour of each gap to this file")
    given = parser.parse_args(arguments)
    try:
        found = asyncio.run(gaps.find(RoutingSettings.load()))
    except (NotEntitledError, TransientError, ValueError) as error:
        return _cannot_be_told(error)
    for line in gaps.lines(found):
        print(line)
    if given.csv:
        gaps.write_csv(found, given.csv)
    return 0


COMMANDS: Final[Mapping[str, Callable[[Sequence[str]], int]]] = {"replay": _replay, "law": _law, "gaps": _gaps}

if __name__ == "__main__":
    if command := COMMANDS.get(sys.argv[1] if len(sys.argv) > 1 else ""):
        sys.exit(command(sys.argv[2:]))
    main(NAME, RoutingSettings, build)
