"""``python -m dev.install.compose up | faults``; see ``--help``."""

import argparse
import os
import sys
from collections.abc import Sequence

from dev.install.compose import faults
from dev.install.compose.project import Project
from dev.machine.paths import shown
from dev.stack.installation import SERVICES
from dev.stack.process import NotStartedError
from dev.stack.run import tokens


def _profiles() -> list[str]:
    return os.environ.get("COMPOSE_PROFILES", "").split(",")


def _up(arguments: Sequence[str]) -> int:
    project = Project.usual()
    if "observability" in _profiles():
        os.environ.setdefault("LEGALAID_TELEMETRY__OTLP_ENDPOINT", "http://otel-collector:4318")
    project.up(*arguments)
    file = project.secrets / "tokens.env"
    file.touch(mode=0o600)
    file.write_text("".join(f"{name}={token}\n" for name, token in tokens(project.authority).items()))
    for name in SERVICES:
        print(f"  {name:<8} {project.place.url(name)}/docs")
    print(f"  gateway  {project.place.url('gateway')}/ (simulated SMS: the inbox)")
    if "observability" in _profiles():
        print(f"  Grafana  http://127.0.0.1:3000 (admin, password in {shown(project.secrets / 'grafana-password')})")
    print(f"Tokens for curl: `. {shown(file)}`. `make logs`, `make down`.")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the commands and give the exit code of the process."""
    parser = argparse.ArgumentParser(prog="python -m dev.install.compose", description=__doc__)
    commands = parser.add_subparsers(required=True, dest="command", metavar="command")
    commands.add_parser("up", help="write the secrets if there are none, then `docker compose up`; takes its options")
    trial = commands.add_parser("faults", help="kill every container in turn while people ask; nothing may be lost")
    trial.add_argument("--seed", type=int, default=1)
    trial.add_argument("--only", nargs="+", metavar="CONTAINER", default=faults.VICTIMS, choices=faults.VICTIMS)
    options, rest = parser.parse_known_args(arguments)
    if rest and options.command != "up":
        parser.error(f"unknown: {' '.join(rest)}")
    try:
        return _up(rest) if options.command == "up" else faults.run(options.seed, options.only)
    except NotStartedError as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
