"""``python -m dev.install.cluster secrets | verify``: on the cluster of the current kubectl context."""

import argparse
import sys

from dev.install.cluster import secrets, verify
from dev.install.cluster.kubectl import RefusedError
from dev.machine.fetch import MissingToolError


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m dev.install.cluster", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("secrets", help="make the keys of the overlay `local`, if there are none yet")
    verifying = commands.add_parser("verify", help="apply `local`, play a morning, and replace every pod meanwhile")
    verifying.add_argument("--seed", type=int, default=7)
    verifying.add_argument("--requests", type=int, default=400)
    verifying.add_argument("--minutes", type=float, default=20, help="how long the morning lasts in real time")
    options = parser.parse_args()
    if options.command == "secrets":
        secrets.write()
        return 0
    try:
        return verify.run(options.seed, options.requests, options.minutes)
    except (RefusedError, MissingToolError) as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
