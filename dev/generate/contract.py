"""``make contract``: generate what is generated from code, and fail when the committed files were different.

They are event schemas, examples, AsyncAPI and the catalogue (``python -m legalaid.events generate``, which also holds
the models to what was ever released), and the OpenAPI description of each service.
"""

import os
import subprocess
from pathlib import Path

from dev.machine.paths import PYTHON, ROOT, shown
from dev.stack.installation import SERVICES

OPENAPI = ROOT / "docs" / "openapi"


def check() -> int:
    """Say what was out of date and bring it up to date. Returns 1 when something was, or the contract is broken."""
    events = _events()
    stale = [file for service in SERVICES if (file := _openapi(service)) is not None]
    for file in stale:
        print(f"wrote {shown(file)}")
    if stale or not events:
        print("The committed contract was not what the code says: look at the differences and commit them.")
        return 1
    return 0


def _events() -> bool:
    """Whether the models keep what is committed here, and what git has (``LEGALAID_CONTRACT_BASE``, else HEAD)."""
    command = [PYTHON, "-m", "legalaid.events", "generate"]
    base = ["--base", os.environ.get("LEGALAID_CONTRACT_BASE", "HEAD")] if (ROOT / ".git").exists() else []
    if subprocess.run([*command, "--check", *base], cwd=ROOT, check=False).returncode == 0:
        return True
    subprocess.run(command, cwd=ROOT, check=False)
    return False


def _openapi(service: str) -> Path | None:
    """The file that was out of date, if it was. Raises ``CalledProcessError`` for a service that does not start."""
    done = subprocess.run([PYTHON, "-m", service, "--openapi"], cwd=ROOT, capture_output=True, text=True, check=True)
    file = OPENAPI / f"{service}.json"
    if file.exists() and file.read_text("utf-8") == done.stdout:
        return None
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(done.stdout, "utf-8")
    return file
