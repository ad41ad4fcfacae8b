"""The programs that the local stack is made of: Kafka's jars, and a server that speaks MongoDB's protocol."""

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from dev.machine.paths import PYTHON, TOOLS, shown

_POM = Path(__file__).parent / "kafka" / "pom.xml"
JARS = TOOLS / "kafka"
_MARKER = ".complete"
RUST_STORE = TOOLS / "secantus" / "bin" / "secantusd-rs"


class MissingToolError(RuntimeError):
    """Something that the stack needs is not on this machine; the message says how to get it."""


def java() -> str:
    """The Java to run Kafka with. Raises ``MissingToolError``."""
    home = os.environ.get("JAVA_HOME")
    if home and (Path(home) / "bin" / "java").exists():
        return str(Path(home) / "bin" / "java")
    found = shutil.which("java")
    if found is None:
        raise MissingToolError("java is not on the path: install a JDK of version 17 or later")
    return found


def can_run_kafka() -> bool:
    """Whether Kafka can run as a process: Java is there, and its jars are or can be fetched."""
    return shutil.which("java") is not None and ((JARS / _MARKER).exists() or shutil.which("mvn") is not None)


def kafka_jars() -> Path:
    """The folder with Kafka's jars; Maven fetches them the first time, afterwards no network is needed.

    Raises ``MissingToolError`` when they are not there and cannot be fetched.
    """
    marker = JARS / _MARKER
    wanted = hashlib.sha256(_POM.read_bytes()).hexdigest()
    JARS.mkdir(parents=True, exist_ok=True)
    with FileLock(TOOLS / "kafka.lock"):
        if marker.exists() and marker.read_text() == wanted:
            return JARS
        maven = shutil.which("mvn")
        if maven is None:
            raise MissingToolError("mvn is not on the path: install Maven, it fetches Kafka's jars once")
        print("Fetching Apache Kafka (44 MB, once) ...", flush=True)
        shutil.rmtree(JARS)
        JARS.mkdir()
        command = [maven, "-B", "-q", "-f", str(_POM), "dependency:copy-dependencies", f"-DoutputDirectory={JARS}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            tail = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
            message = f"Maven could not fetch Kafka's jars:\n{tail}"
            raise MissingToolError(message)
        marker.write_text(wanted)
    return JARS


@dataclass(frozen=True)
class StoreProgram:
    """A program behind the MongoDB protocol. ``kind`` names it in benchmarks and summaries."""

    kind: str
    path: str

    def command(self, port: int, data: Path) -> list[str]:
        """How it is started; always so that an acknowledged write survives a kill."""
        if self.kind == "mongod":
            return [self.path, "--port", str(port), "--dbpath", str(data), "--bind_ip", "127.0.0.1", "--quiet"]
        synced = ["--sync-on-commit", "--cache-size", "256M", "--log-level", "WARNING"]
        return [self.path, "--port", str(port), "--storage-path", str(data), *synced]


def store_program() -> StoreProgram:
    """The first that is there of: ``mongod``, the Rust server (``LEGALAID_SECANTUSD``, the path, ``make rust-store``),
    and the Python server from this environment. Raises ``MissingToolError``.
    """
    mongod = shutil.which("mongod")
    if mongod is not None:
        return StoreProgram("mongod", mongod)
    for candidate in (os.environ.get("LEGALAID_SECANTUSD"), shutil.which("secantusd-rs"), str(RUST_STORE)):
        if candidate and Path(candidate).exists():
            return StoreProgram("secantusd-rs", candidate)
    python_server = Path(PYTHON).parent / "secantusd-py"
    if python_server.exists():
        return StoreProgram("secantusd-py", str(python_server))
    message = f"no MongoDB server: {shown(python_server)} is missing; `make install` brings it"
    raise MissingToolError(message)
