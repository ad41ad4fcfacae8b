from pathlib import Path

import pytest

from dev.generate import __main__ as generate


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "docs" / "page.md"
    monkeypatch.setattr(generate, "GENERATORS", [lambda: {file: "as the code says"}])
    monkeypatch.setattr("dev.generate.contract.events", lambda *, check: check in {True, False})
    return file


@pytest.mark.parametrize("committed", [None, "something else"])
def test_a_check_says_what_is_stale_and_writes_nothing(
    page: Path, committed: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    if committed is not None:
        page.parent.mkdir()
        page.write_text(committed)
    assert generate.main(["--check"]) == 1
    told = capsys.readouterr().out
    assert f"stale: {page}" in told
    assert "run `make generate`" in told
    assert (page.read_text() if page.exists() else None) == committed


def test_what_was_generated_passes_the_check(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main([]) == 0
    assert capsys.readouterr().out == f"wrote {page}\n"
    assert page.read_text() == "as the code says"
    assert generate.main(["--check"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("page")
def test_a_broken_contract_of_events_is_a_failure_of_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dev.generate.contract.events", lambda *, check: check not in {True, False})
    assert generate.main([]) == 1
    assert generate.main(["--check"]) == 1
