"""``python -m dev stack``: see ``--help``."""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from dev.paths import VAR
from dev.stack import local_stack


def _stack(options: argparse.Namespace) -> int:
    with local_stack(options.folder) as stack:
        print(f"LEGALAID_TEST_KAFKA={stack.servers}")
        print(f"LEGALAID_TEST_MONGO={stack.mongo}")
        print(f"# store: {stack.mongo_kind}; Ctrl-C stops both", flush=True)
        signal.pause()
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the commands. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m dev", description="What a developer runs.")
    commands = parser.add_subparsers(required=True, metavar="command")
    stack = commands.add_parser("stack", help="run Kafka and the store alone, until Ctrl-C")
    stack.add_argument("--folder", type=Path, default=VAR / "stack")
    stack.set_defaults(run=_stack)
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code: int = options.run(options)
    except KeyboardInterrupt:
        print("\nStopped.")
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
