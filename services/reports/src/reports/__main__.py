"""``python -m reports`` is the service; ``python -m reports rebuild`` asks whether its facts are what the log says."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from typing import Final

from legalaid.errors import TransientError
from legalaid.service import main
from reports import rebuild
from reports.main import NAME, build
from reports.settings import ReportsSettings

_SHOWN: Final = 100


def _rebuild(arguments: Sequence[str]) -> int:
    """0 when all is the same, 1 when something differs, 2 when it cannot be told."""
    parser = argparse.ArgumentParser(prog=f"python -m {NAME} rebuild", description=rebuild.__doc__)
    parser.add_argument("--keep", action="store_true", help="keep what was built, to look into it")
    parser.add_argument("--patience", type=float, default=30, metavar="SECONDS", help="for who has not come so far")
    given = parser.parse_args(arguments)
    try:
        found = asyncio.run(rebuild.rebuild(ReportsSettings.load(), keep=given.keep, patience_seconds=given.patience))
    except TransientError as error:
        print(error, file=sys.stderr)
        return 2
    for line in found.problems[:_SHOWN]:
        print(line)
    if len(found.problems) > _SHOWN:
        print(f"... and {len(found.problems) - _SHOWN} more")
    print(
        f"{found.same} documents are as the log says, {len(found.problems)} are not;"
        f" {found.unreadable} records of the log are no events"
    )
    return 1 if found.problems else 0


if sys.argv[1:2] == ["rebuild"]:
    sys.exit(_rebuild(sys.argv[2:]))
main(NAME, ReportsSettings, build)
