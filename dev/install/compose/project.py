"""One project of docker compose: everything that docker-compose.yml describes, under a name and on ports of its own."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dev.install import secrets
from dev.machine.paths import ROOT
from dev.stack.installation import PORTS, SERVICES
from dev.stack.keys import Authority
from dev.stack.process import NotStartedError, free_port
from dev.stack.where import Elsewhere

_UP_SECONDS = 300
_TAIL = 30


@dataclass(frozen=True)
class Project:
    """A project and how to command it. Every command raises ``NotStartedError`` with what docker said, if it fails."""

    name: str
    authority: Authority
    ports: Mapping[str, int]
    """On loopback: by service, and ``gateway``, ``kafka``, ``mongo``."""
    secrets: Path

    @classmethod
    def usual(cls) -> "Project":
        """What ``make up`` runs: its data and keys stay until somebody removes them."""
        return cls("legalaid", secrets.for_compose(), PORTS, secrets.COMPOSE)

    @classmethod
    @contextmanager
    def fresh(cls, name: str, folder: Path) -> "Iterator[Project]":
        """An empty one beside whatever else runs, on free ports; its containers and data are removed at the end."""
        keys = folder / "keys"
        project = cls(name, secrets.for_compose(keys), {each: free_port() for each in PORTS}, keys)
        project.down()  # what a killed run left
        try:
            yield project
        finally:
            project.down()

    @property
    def place(self) -> Elsewhere:
        """Where it is, from outside the containers."""
        return Elsewhere.at(
            {name: f"http://127.0.0.1:{self.ports[name]}" for name in (*SERVICES, "gateway")},
            servers=f"127.0.0.1:{self.ports['kafka']}",
            mongo=f"mongodb://127.0.0.1:{self.ports['mongo']}/?directConnection=true",
            authority=self.authority,
            kind="mongo in a container",
        )

    def up(self, *arguments: str, clock: str = "real") -> None:
        """Start all services, or those that ``arguments`` name, and what they depend on; wait until all are healthy."""
        wait = ("--wait", "--wait-timeout", str(_UP_SECONDS))
        self.run("up", "--detach", "--no-build", "--quiet-pull", *wait, *arguments, clock=clock)

    def down(self) -> None:
        """Remove all containers, and the data in their volumes."""
        self.run("down", "--volumes", "--remove-orphans", "--timeout", "5")

    def kill(self, service: str) -> None:
        """End it at once, as a power cut would."""
        self.run("kill", service)

    def start(self, service: str) -> None:
        """Start what was killed, on the same data, and wait until it is healthy."""
        self.run("start", "--wait", service)

    def save_logs(self, file: Path) -> None:
        """Keep what all containers said."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(self.run("logs", "--no-color", "--timestamps"))

    def run(self, *arguments: str, clock: str = "real") -> str:
        """``docker compose`` with the ports, the secrets and the clock of this project; what it printed."""
        command = ["docker", "compose", "--project-name", self.name, "--progress", "plain", *arguments]
        ports = {f"{name.upper()}_PORT": str(port) for name, port in self.ports.items()}
        own = {**ports, "LEGALAID_SECRETS": str(self.secrets.resolve()), "LEGALAID_CLOCK": clock}
        environment = {**os.environ, **own}
        try:
            done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            raise NotStartedError("docker is not on the path: install Docker Engine with compose") from None
        if done.returncode != 0:
            said = "\n".join((done.stdout + done.stderr).splitlines()[-_TAIL:])
            raise NotStartedError(
                f"docker compose {' '.join(arguments)} failed; were the images made (`make images`)?\n{said}"
            )
        return done.stdout
