"""``python -m dev.faults --seed 7 --minutes 3 [--only kill:routing]``; see docs/faults.md."""

import argparse
import signal
import sys
from pathlib import Path

from dev.faults.campaign import FOLDER, Options, run
from dev.faults.schedule import names
from dev.machine.fetch import MissingToolError
from dev.stack.process import NotStartedError


def main() -> int:
    """Returns 1 when a promise was broken; Ctrl-C and SIGTERM stop everything that was started."""
    parser = argparse.ArgumentParser(prog="python -m dev.faults", description="Break things, and look what became.")
    parser.add_argument("--seed", type=int, default=7, help="the same seed makes the same schedule")
    parser.add_argument("--minutes", type=float, default=3, help="no new fault is begun after so long")
    parser.add_argument("--only", default="", help="a kind, a target, or kind:target")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="data, logs and the report; it is emptied first")
    parser.add_argument("--list", action="store_true", help="print all faults and end")
    options = parser.parse_args()
    if options.list:
        print("\n".join(names()))
        return 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return run(Options(options.seed, options.minutes, options.only, options.folder))
    except KeyboardInterrupt:
        print("\nStopped.")
        return 130
    except (MissingToolError, NotStartedError, ValueError) as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
