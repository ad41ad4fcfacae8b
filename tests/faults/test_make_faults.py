"""The command behind ``make faults``, as a person runs it."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from dev.machine.paths import PYTHON

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


def command(folder: Path, *options: str) -> list[str]:
    return [PYTHON, "-m", "dev.faults", "--folder", str(folder), *options]


@pytest.fixture
def interruptible() -> Iterator[None]:
    """What a shell starts in the background ignores interrupts, and so would all that it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_fault_comes_and_goes_and_the_report_says_what_was_seen(tmp_path: Path) -> None:
    chosen = command(tmp_path / "run", "--seed", "1", "--minutes", "0.01", "--only", "kill-busy:reports-2")
    done = subprocess.run(chosen, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    assert report["ok"]
    assert report["totals"]["faults"] == 1
    assert report["totals"]["accepted"] > 10
    assert [row["fault"] for row in report["rows"]] == ["(none)", "kill-busy"]
    assert all(row["quiet_seconds"] for row in report["rows"])


@pytest.mark.usefixtures("interruptible")
def test_a_run_that_is_interrupted_leaves_no_process_behind(tmp_path: Path) -> None:
    chosen = command(tmp_path / "run", "--only", "pause:store")
    with subprocess.Popen(chosen, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        for line in running.stdout:
            if line.startswith("(none)"):
                break
        children = psutil.Process(running.pid).children(recursive=True)
        assert len(children) > 10
        running.send_signal(signal.SIGINT)
        told = running.stdout.read()
    assert running.returncode == 130
    assert "Stopped before the end" in told
    assert not [child for child in children if child.is_running()]
