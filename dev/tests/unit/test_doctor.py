import os
import subprocess
import sys
from pathlib import Path

import pytest

from dev.machine import doctor

DOCTOR = Path(doctor.__file__)


@pytest.mark.parametrize(
    ("output", "major"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "21" 2023-09-19', 21),
        ('java version "1.8.0_401"', 8),
        ("command not found", 0),
    ],
)
def test_java_versions_are_read(output: str, major: int) -> None:
    assert doctor.java_version(output) == major


def test_what_is_missing_is_named_with_how_to_get_it() -> None:
    told = doctor.kafka_problem(java=11, can_get_kafka=False, docker=False)
    assert "found 11" in told
    assert "openjdk-17" in told
    assert "apt-get install maven" in told
    assert "python3.11" in doctor.python_problem((3, 9), has_venv=True)
    assert "python3-venv" in doctor.python_problem((3, 11), has_venv=False)
    assert doctor.disk_problem(10**9)


def test_a_docker_engine_does_instead_of_java_and_maven() -> None:
    assert doctor.kafka_problem(java=0, can_get_kafka=False, docker=True) == ""
    assert doctor.kafka_problem(java=17, can_get_kafka=True, docker=False) == ""


def test_a_machine_without_java_is_told_so_before_anything_starts(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(DOCTOR)],
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Java 17" in done.stderr
    assert "Nothing was started." in done.stderr
