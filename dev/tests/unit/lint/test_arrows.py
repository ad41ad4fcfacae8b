"""The import contracts of pyproject.toml each break when their arrow is turned round in a copy of the source."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dev.machine.paths import ROOT
from dev.stack.installation import SERVICES

ROOTS = ("libs/common/src", *(f"services/{name}/src" for name in SERVICES))
WRONG = {
    "Services never import each other": ("services/intake/src/intake/handlers.py", "import routing.handlers"),
    "What services share knows no service": ("libs/common/src/legalaid/errors.py", "import reports.settings"),
    "The product": ("libs/common/src/legalaid/health.py", "import pytest"),
    "What tests share": ("services/intake/src/intake/handlers.py", "import legalaid.testing.events"),
    "Layers of legalaid": ("libs/common/src/legalaid/store/documents.py", "import legalaid.bus"),
    "Layers of every service": ("services/intake/src/intake/commands/changes.py", "import intake.api"),
    "Rooms of dev": ("dev/stack/run.py", "import dev.look.kafka"),
    "Handlers": ("services/notify/src/notify/handlers.py", "import httpx"),
    "One module imports the driver": ("services/reports/src/reports/store.py", "import motor.motor_asyncio"),
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for root in ("dev", *ROOTS):
        shutil.copytree(ROOT / root, tmp_path / root, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def _lint(copy: Path) -> str:
    path = os.pathsep.join(str(copy / root) for root in ROOTS)
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": path, "COLUMNS": "200"}  # one line for each, however long its name
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def _contracts(copy: Path) -> dict[str, str]:
    """What import-linter says of each contract: KEPT or BROKEN."""
    said, output = {}, _lint(copy)
    for line in output.splitlines():
        for verdict in ("KEPT", "BROKEN"):
            name, found, _ = line.rpartition(f" {verdict}")
            if found:
                said[name] = verdict
    assert said, output
    return said


def test_the_source_keeps_every_contract(copy: Path) -> None:
    assert set(_contracts(copy).values()) == {"KEPT"}


def test_every_contract_can_break(copy: Path) -> None:
    for file, line in WRONG.values():
        with (copy / file).open("a", encoding="utf-8") as source:
            source.write(f"\n{line}\n")
    said = _contracts(copy)
    assert len(said) == len(WRONG)
    for name in WRONG:
        assert [verdict for said_name, verdict in said.items() if said_name.startswith(name)] == ["BROKEN"], name


def test_the_layers_hold_in_every_service_and_leave_no_module_outside(copy: Path) -> None:
    for name in SERVICES:
        package = copy / "services" / name / "src" / name
        with (package / "store.py").open("a", encoding="utf-8") as source:
            source.write(f"\nimport {name}.main\n")
    said = _lint(copy)
    for name in SERVICES:
        assert f"{name}.store is not allowed to import {name}.main" in said, name
    stray = copy / "services" / "reports" / "src" / "reports" / "helpers.py"
    stray.write_text('"""Stands in no layer."""\n')
    assert "reports.helpers" in _lint(copy)
