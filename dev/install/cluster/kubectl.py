"""kubectl against the current context, in the namespace of the installation."""

import json
import shutil
import subprocess
from typing import Any

from dev.install.cluster.resources import Resource
from dev.machine.fetch import MissingToolError

NAMESPACE = "legalaid"
_PATIENCE = "600s"


class RefusedError(RuntimeError):
    """The cluster, or kubectl, did not do what it was asked to."""


def kubectl(*arguments: str, given: str | None = None) -> str:
    """What it prints. Raises ``RefusedError`` with what it said."""
    program = shutil.which("kubectl")
    if program is None:
        raise MissingToolError("kubectl is not on the path")
    command = [program, "--namespace", NAMESPACE, *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, input=given)
    if done.returncode != 0:
        raise RefusedError(f"{' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def get(*arguments: str) -> Any:
    """The answer to ``kubectl get``, as data."""
    return json.loads(kubectl("get", *arguments, "--output", "json"))


def create(resource: Resource) -> None:
    """Make it anew, whether or not there is one of its name."""
    text = json.dumps(resource)
    kubectl("delete", "--filename", "-", "--ignore-not-found", "--wait", given=text)
    kubectl("create", "--filename", "-", given=text)


def rolled_out(kind: str, name: str) -> None:
    """Wait until all its pods are new and Ready."""
    kubectl("rollout", "status", f"{kind}/{name}", f"--timeout={_PATIENCE}")


def wait(condition: str, *arguments: str) -> None:
    """Wait until it holds."""
    kubectl("wait", f"--for={condition}", f"--timeout={_PATIENCE}", *arguments)
