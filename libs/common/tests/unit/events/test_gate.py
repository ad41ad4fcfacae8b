"""The gate fails on changes that break old records or running readers, says what to do, and lets the others pass.

Each change is made in a copy of the package, and the gate runs there as a developer runs it, in a process of its own.
"""

import json
import operator
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from legalaid.events.__main__ import ROOT

PACKAGE = Path("libs/common/src/legalaid")
EVENTS = PACKAGE / "events"
SCHEMAS = Path("libs/common/schemas")
CHANGES = tomllib.loads((Path(__file__).parent / "changes.toml").read_text("utf-8"))
NAME = operator.itemgetter("change")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A source tree with the parts that the contract lives in."""
    for part in ("events", "ids.py", "errors.py", "__init__.py"):
        source, target = ROOT / PACKAGE / part, tmp_path / PACKAGE / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)  # with what Python compiled of it: an edited file is compiled anew
        else:
            shutil.copy(source, target)
    shutil.copytree(ROOT / SCHEMAS, tmp_path / SCHEMAS)
    (tmp_path / "docs").mkdir()
    for document in ("asyncapi.yaml", "events.md"):
        shutil.copy(ROOT / "docs" / document, tmp_path / "docs" / document)
    return tmp_path


def _make(copy: Path, change: dict[str, str]) -> None:
    if "import" in change:
        _edit(copy, change["file"], "from pydantic", f"{change['import']}\nfrom pydantic")
    _edit(copy, change["file"], change["old"], change["new"])


def _edit(copy: Path, file: str, old: str, new: str) -> None:
    path = copy / EVENTS / file
    text = path.read_text("utf-8")
    assert old in text, f"{file} no longer holds what this test changes: {old}"
    path.write_text(text.replace(old, new, 1), "utf-8")


_FORKS = """
import gc, json, os, runpy, sys
import legalaid.events.generate, legalaid.events.__main__  # once for all copies, for what the gate needs of others
for name in [name for name in sys.modules if name.partition(".")[0] == "legalaid"]:
    del sys.modules[name]  # what is ours is each copy's own
gc.freeze()
sys.dont_write_bytecode = True
for line in sys.stdin:
    copy, arguments, said = json.loads(line)
    child = os.fork()
    if not child:
        os.dup2(os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        os.chdir(copy)
        sys.path.insert(0, f"{copy}/libs/common/src")
        sys.argv = ["legalaid.events", *arguments]
        runpy.run_module("legalaid.events", run_name="__main__", alter_sys=True)
        sys.exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
Generate = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def generate() -> Iterator[Generate]:
    """Runs ``python -m legalaid.events generate`` in a copy: the exit status, and what was said."""
    command = [sys.executable, "-c", _FORKS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as forks:
        assert forks.stdin
        assert forks.stdout

        def run(copy: Path, *arguments: str) -> tuple[int, str]:
            assert forks.stdin
            assert forks.stdout
            said = copy / "said"
            forks.stdin.write(json.dumps([str(copy), ["generate", *arguments], str(said)]) + "\n")
            forks.stdin.flush()
            status = int(forks.stdout.readline())
            assert "Traceback" not in said.read_text(), said.read_text()
            return status, said.read_text()

        yield run
        forks.stdin.close()


@pytest.mark.parametrize("change", CHANGES["bad"], ids=NAME)
def test_a_bad_change_fails_with_a_sentence_and_writes_nothing(
    copy: Path, change: dict[str, str], generate: Generate
) -> None:
    _make(copy, change)
    before = {path: path.read_bytes() for path in copy.rglob("*.json")}
    status, said = generate(copy)
    assert (status, change["says"] in said) == (1, True), said
    failing = next(line for line in said.splitlines() if change["says"] in line)
    assert failing.startswith("FAIL"), "not a note"
    assert {path: path.read_bytes() for path in copy.rglob("*.json")} == before


@pytest.mark.parametrize("change", CHANGES["good"], ids=NAME)
def test_a_good_change_passes_once_its_files_are_written(
    copy: Path, change: dict[str, str], generate: Generate
) -> None:
    _make(copy, change)
    changed = change["old"] != change["new"]
    examples = {path: path.read_bytes() for path in (copy / SCHEMAS / "examples").iterdir()}
    drifted, said = generate(copy, "--check")
    assert drifted == changed, said
    assert change["says"] in said
    assert ("Run `make generate`" in said) == changed
    status, said = generate(copy)
    assert status == 0
    drafted = {path for path in (copy / SCHEMAS / "examples").iterdir() if path not in examples}
    assert said.count("a draft: make it plausible before its first commit") == len(drafted)
    assert generate(copy, "--check") == (0, "")
    assert all(path.read_bytes() == text for path, text in examples.items()), "an example was written again"


def _git(copy: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.invalid", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=copy, check=True, capture_output=True)


@pytest.fixture
def released(copy: Path, generate: Generate) -> Path:
    """A copy whose contract is committed."""
    _git(copy, "init", "-q")
    _git(copy, "add", ".")
    _git(copy, "commit", "-q", "-m", "released")
    assert generate(copy, "--check", "--base", "HEAD") == (0, "")
    return copy


def test_files_swept_away_do_not_hide_a_bad_change_from_a_revision(released: Path, generate: Generate) -> None:
    _edit(released, "requests.py", "    urgent: bool\n", "")
    shutil.rmtree(released / SCHEMAS)
    assert generate(released, "--base", "HEAD")[0] == 1
    assert generate(released)[0] == 0, "without a base there is nothing to compare with"
    status, said = generate(released, "--check", "--base", "HEAD")
    assert status == 1
    assert "urgent: the field was removed" in said
    assert "an example is kept for ever" in said


def test_an_example_that_was_edited_is_found(released: Path, generate: Generate) -> None:
    example = released / SCHEMAS / "examples/vn.legalaid.call.ended.v1.json"
    example.write_text(example.read_text("utf-8").replace("ABANDONED", "MISSED"), "utf-8")
    assert generate(released, "--check")[0] == 0
    status, said = generate(released, "--check", "--base", "HEAD")
    assert status == 1
    assert "examples/vn.legalaid.call.ended.v1.json: an example is kept for ever" in said


def test_an_unknown_revision_is_an_error(released: Path, generate: Generate) -> None:
    status, said = generate(released, "--check", "--base", "no-such-revision")
    assert (status, "git cannot read" in said) == (1, True)
