"""``python -m dev.install up | secrets | verify``: an installation in containers, here or on a cluster."""

import argparse
import os
import sys
from collections.abc import Sequence

from dev.install import secrets
from dev.install.cluster.kubectl import RefusedError
from dev.install.compose.project import Project
from dev.machine.fetch import MissingToolError
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


def _verify(options: argparse.Namespace) -> int:
    if options.on == "compose":
        from dev.install.compose.trial import VICTIMS, run  # noqa: PLC0415 - each command loads only what it needs

        return run(options.seed, options.only or VICTIMS)
    from dev.install.cluster.trial import run as replace  # noqa: PLC0415 - as above

    return replace(options.seed, options.requests, options.minutes)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dev.install", description=__doc__)
    commands = parser.add_subparsers(required=True, dest="command", metavar="command")
    commands.add_parser("up", help="write the secrets if there are none, then `docker compose up`; takes its options")
    commands.add_parser("secrets", help="make the keys of the overlay `local`, if there are none yet")
    verify = commands.add_parser("verify", help="disturb everything in turn while people ask; nothing may be lost")
    verify.add_argument("--on", choices=("compose", "cluster"), default="cluster", help="of the kubectl context")
    verify.add_argument("--seed", type=int, default=7)
    verify.add_argument("--only", nargs="+", metavar="CONTAINER", help="compose: kill these alone")
    verify.add_argument("--requests", type=int, default=400, help="cluster: of the morning that is played")
    verify.add_argument("--minutes", type=float, default=20, help="cluster: how long it lasts in real time")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the commands and give the exit code of the process."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if rest and options.command != "up":
        parser.error(f"unknown: {' '.join(rest)}")
    try:
        match options.command:
            case "up":
                return _up(rest)
            case "secrets":
                secrets.for_cluster()
                return 0
            case _:
                return _verify(options)
    except (NotStartedError, MissingToolError, RefusedError) as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
