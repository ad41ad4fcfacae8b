"""What this machine needs for the demonstration and the tests: checked before anything is started.

Run as a script by any Python 3 (``python3 dev/machine/doctor.py [port ...]``), so it uses the standard library alone.
"""

import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYTHON_NEEDED = (3, 11)
JAVA_NEEDED = 17
DISK_NEEDED_GB = 3
_JARS = ROOT / "var" / "tools" / "kafka" / ".complete"


def _output(*command: str) -> "str | None":
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace") if done.returncode == 0 else None


def java_version(output: str) -> int:
    """The major version in what ``java -version`` prints; 0 when there is none. Java 8 calls itself 1.8."""
    found = re.search(r'version "(\d+)(?:\.(\d+))?', output)
    if not found:
        return 0
    major = int(found.group(1))
    return int(found.group(2) or 0) if major == 1 else major


def python_problem(version: "tuple[int, int]", has_venv: bool) -> str:
    """What is wrong with the Python, or nothing."""
    if version < PYTHON_NEEDED:
        return (
            "Python 3.11 or later is needed, this is %d.%d.\n" % version  # noqa: UP031 - parsed by an old Python
            + "  Debian, Ubuntu: sudo apt-get install python3.11 python3.11-venv; macOS: brew install python@3.11\n"
            + "  then: make PYTHON=python3.11 ..."
        )
    if not has_venv:
        return "Python's venv module is missing.\n  Debian, Ubuntu: sudo apt-get install python3-venv"
    return ""


def kafka_problem(java: int, can_get_kafka: bool, docker: bool) -> str:
    """What is missing to run Kafka, or nothing: Java and Maven, or a Docker engine instead of both."""
    if docker or (java >= JAVA_NEEDED and can_get_kafka):
        return ""
    lines = []
    if java < JAVA_NEEDED:
        found = f"found {java}" if java else "none found"
        lines.append(f"Java {JAVA_NEEDED} or later is needed to run Kafka ({found}).")
        lines.append("  Debian, Ubuntu: sudo apt-get install openjdk-17-jre-headless; macOS: brew install openjdk@17")
    if not can_get_kafka:
        lines.append("Maven is needed to fetch Kafka's jars, once.")
        lines.append("  Debian, Ubuntu: sudo apt-get install maven; macOS: brew install maven")
    lines.append("  A running Docker engine would do instead of both.")
    return "\n".join(lines)


def disk_problem(free_bytes: int) -> str:
    """Whether the disk is too full, or nothing."""
    free = free_bytes / 1e9
    if free >= DISK_NEEDED_GB:
        return ""
    return f"{DISK_NEEDED_GB} GB of free disk are needed here, {free:.1f} GB are free."


def port_problem(port: int) -> str:
    """Whether somebody else listens there, or nothing."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return f"Port {port} is taken. See who has it: ss -ltnp 'sport = :{port}'. Is `make run` still running?"
    return ""


def problems(ports: "tuple[int, ...]" = ()) -> "list[str]":
    """Everything that is missing on this machine, each with how to get it."""
    try:
        import ensurepip  # noqa: F401, PLC0415 - whether it is there is the question
        import venv  # noqa: F401, PLC0415

        has_venv = True
    except ImportError:
        has_venv = False
    docker = shutil.which("docker") is not None and _output("docker", "info", "--format", "{{.ID}}") is not None
    found = [
        python_problem(sys.version_info[:2], has_venv),
        kafka_problem(
            java_version(_output("java", "-version") or ""),
            _JARS.exists() or shutil.which("mvn") is not None,
            docker,
        ),
        disk_problem(shutil.disk_usage(str(ROOT)).free),
    ]
    found.extend(port_problem(port) for port in ports)
    return [problem for problem in found if problem]


def main() -> int:
    """Say what is missing. Returns 1 when something is."""
    found = problems(tuple(int(argument) for argument in sys.argv[1:]))
    for problem in found:
        print("✗ " + problem, file=sys.stderr)
    if found:
        print("Nothing was started.", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
