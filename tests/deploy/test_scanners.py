"""What strangers' tools say of the Dockerfile and of every commit; and that they looked."""

import json
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from dev.machine.paths import ROOT

pytestmark = pytest.mark.timeout(900)  # the first time they are fetched


def _said(command: Sequence[str], *, ok: Iterable[int] = (0, 1), folder: Path = ROOT) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in ok, done.stdout + done.stderr
    return done.stdout + done.stderr


def _hadolint(program: str, file: Path) -> set[str]:
    done = _said([program, "--format", "json", str(file)])
    return {finding["code"] for finding in json.loads(done)}


def test_hadolint_finds_nothing_in_the_dockerfile(hadolint: str, tmp_path: Path) -> None:
    assert _hadolint(hadolint, ROOT / "Dockerfile") == set()
    careless = tmp_path / "Dockerfile"
    careless.write_text((ROOT / "Dockerfile").read_text() + "\nFROM python:latest\nRUN apt-get install curl\n")
    assert {"DL3007", "DL3008"} <= _hadolint(hadolint, careless)


def _gitleaks(program: str, folder: Path, report: Path) -> tuple[set[str], int]:
    """The rules that found something, and how many commits were looked at."""
    options = ("--no-banner", "--no-color", "--report-format", "json", "--report-path", str(report))
    said = _said([program, "git", ".", "--config", str(ROOT / ".gitleaks.toml"), *options], folder=folder)
    [commits] = [line.split()[2] for line in said.splitlines() if line.endswith("commits scanned.")]
    found = {leak["RuleID"] for leak in json.loads(report.read_text())}
    return found, int(commits)


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a clone, so there is no history to look at")
def test_gitleaks_finds_no_secret_in_any_commit(gitleaks: str, tmp_path: Path) -> None:
    commits = int(_said(["git", "rev-list", "--count", "--no-merges", "HEAD"]))
    found, looked_at = _gitleaks(gitleaks, ROOT, tmp_path / "leaks.json")
    assert found == set()
    assert looked_at >= commits * 0.9, "commits that change no text are not counted"


def test_gitleaks_would_find_a_key(gitleaks: str, tmp_path: Path) -> None:
    plain = ("git", "-c", "user.name=test", "-c", "user.email=test@legalaid.example")
    _said(["git", "init", "-q"], folder=tmp_path)
    (tmp_path / "settings.env").write_text('GATEWAY_API_KEY="' + "q8Zr" + "T1vXm0LpW7sKd3Yb6NcE" + '"\n')
    _said([*plain, "add", "."], folder=tmp_path)
    _said([*plain, "commit", "-qm", "Leak"], folder=tmp_path)
    assert _gitleaks(gitleaks, tmp_path, tmp_path / "leaks.json") == ({"generic-api-key"}, 1)
