"""The contract with others: event schemas, examples, AsyncAPI, the catalogue of events, each service's OpenAPI."""

import os
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dev.machine.paths import PYTHON, ROOT
from dev.stack.installation import SERVICES
from legalaid.events.generate import generate

OPENAPI = ROOT / "docs" / "openapi"


def events(*, check: bool) -> bool:
    """Write what the events' models give, or only say what is stale. Whether the models keep what is committed here,
    and what git has (``LEGALAID_CONTRACT_BASE``, else HEAD); when they do not, nothing is written.
    """
    base = os.environ.get("LEGALAID_CONTRACT_BASE", "HEAD") if (ROOT / ".git").exists() else None
    try:
        return generate(ROOT, say=print, check=check, revision=base)
    except ValueError as error:
        print(error)
        return False


def openapi() -> Mapping[Path, str]:
    """What each service says of itself. Raises ``CalledProcessError`` for one that does not start."""
    with ThreadPoolExecutor() as at_once:
        return {
            OPENAPI / f"{name}.json": text for name, text in zip(SERVICES, at_once.map(_openapi, SERVICES), strict=True)
        }


def _openapi(service: str) -> str:
    command = [PYTHON, "-m", service, "--openapi"]
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
