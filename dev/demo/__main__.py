"""``python -m dev.demo --at intake=http://intake-api:8000 ...``: one morning on an installation that already runs.

The broker, the store and the clock are the settings that the services have (``LEGALAID_KAFKA__SERVERS`` and so on). The
clock must be simulated, and must name its anchor, so that this process and the services agree on the time.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from dev.demo.morning import plan
from dev.demo.play import play
from dev.demo.timeline import Timeline
from dev.stack.keys import Signer
from dev.stack.where import Elsewhere
from legalaid.settings import ServiceSettings


def _address(text: str) -> tuple[str, str]:
    name, _, url = text.partition("=")
    return name, url


def main(arguments: Sequence[str] | None = None) -> int:
    """Play it; 1 when something was lost, doubled or answered as it should not be."""
    parser = argparse.ArgumentParser(prog="python -m dev.demo", description=__doc__)
    parser.add_argument("--at", nargs="+", type=_address, required=True, metavar="NAME=URL")
    parser.add_argument("--key", type=Path, required=True, help="the key that signs tokens which the services believe")
    parser.add_argument("--clock", required=True, help="the value of LEGALAID_CLOCK that the services have")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--requests", type=int, default=400)
    parser.add_argument("--folder", type=Path, default=Path("/tmp"), help="where summary.json goes")  # noqa: S108 - a container's own
    given = parser.parse_args(arguments)
    settings = ServiceSettings.load()
    place = Elsewhere(Signer(given.key.read_text()), settings.kafka, settings.mongo, "as installed", dict(given.at))
    try:
        timeline = Timeline.of(given.clock)
    except ValueError as error:
        parser.error(str(error))
    return asyncio.run(play(Console(), plan(given.seed, given.requests), place, timeline, given.folder))


if __name__ == "__main__":
    sys.exit(main())
