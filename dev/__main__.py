"""``python -m dev demo | run | stack | contract | simulate``: what a developer runs; see ``--help``."""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from dev.machine.fetch import MissingToolError
from dev.machine.paths import VAR
from dev.stack.process import NotStartedError


def _demo(options: argparse.Namespace) -> int:
    from dev.demo.command import Options, here, run  # noqa: PLC0415 - each command loads only what it needs

    played = here
    if options.backend == "compose":
        from dev.install.compose.demonstration import in_containers as played  # noqa: PLC0415 - as above
    return run(Options(options.seed, options.requests, options.rate), played)


def _run(_: argparse.Namespace) -> int:
    from dev.stack.run import run  # noqa: PLC0415 - as above

    return run()


def _contract(_: argparse.Namespace) -> int:
    from dev.generate.__main__ import main as generate  # noqa: PLC0415 - as above

    return generate(["--check"])


def _simulate(options: argparse.Namespace) -> int:
    from dev.faults.providers.table import simulate  # noqa: PLC0415 - as above

    simulate(options.seed, options.days, write=options.write)
    return 0


def _stack(options: argparse.Namespace) -> int:
    from dev.stack.backend import chosen_stack  # noqa: PLC0415 - as above

    with chosen_stack(options.folder) as stack:
        print(f"LEGALAID_TEST_KAFKA={stack.servers}")
        print(f"LEGALAID_TEST_MONGO={stack.mongo}")
        print(f"# store: {stack.mongo_kind}; Ctrl-C stops both", flush=True)
        signal.pause()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dev", description="What a developer runs.")
    commands = parser.add_subparsers(required=True, metavar="command")
    demo = commands.add_parser("demo", help="play a pilot morning through the whole pipeline and audit it")
    demo.add_argument("--seed", type=int, default=7, help="the same seed plays the same morning")
    demo.add_argument("--requests", type=int, default=400, help="how many people ask for legal aid")
    demo.add_argument("--rate", type=float, default=180.0, help="how much faster than real time the morning runs")
    demo.add_argument("--backend", choices=("local", "compose"), default="local", help="what everything runs in")
    demo.set_defaults(run=_demo)
    commands.add_parser("run", help="stack and services on fixed ports, until Ctrl-C").set_defaults(run=_run)
    stack = commands.add_parser("stack", help="Kafka and the store alone, for tests, until Ctrl-C")
    stack.add_argument("--folder", type=Path, default=VAR / "stack")
    stack.set_defaults(run=_stack)
    contract = commands.add_parser("contract", help="whether all that is generated is what the code says")
    contract.set_defaults(run=_contract)
    simulate = commands.add_parser("simulate", help="days of trouble at SMS providers, by our rules and by others")
    simulate.add_argument("what", choices=("providers",))
    simulate.add_argument("--seed", type=int, default=7, help="the first seed; the same seeds play the same days")
    simulate.add_argument("--days", type=int, default=2, help="how many days the figures are the mean of")
    simulate.add_argument("--write", action="store_true", help="write the table into docs/providers.md")
    simulate.set_defaults(run=_simulate)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the commands. Returns the exit code; Ctrl-C and SIGTERM stop everything that was started."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code: int = options.run(options)
    except KeyboardInterrupt:
        print("\nStopped.")
        return 130
    except (MissingToolError, NotStartedError) as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
