import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from dev.faults.inspection import Verdict
from dev.faults.report import Report, Row


def report(*rows: Row, is_whole: bool = True) -> Report:
    return Report(7, 3, "a-store", rows=[Row("(none)", "", 0, 1.0), *rows], is_whole=is_whole)


def text(told: Report) -> str:
    console = Console(file=io.StringIO(), width=200)
    told.show(console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_run_without_a_broken_promise_is_clean() -> None:
    told = report(Row("kill", "routing", 1.5, 3.2, accepted=20, refused=4))
    assert told.is_clean
    assert "All promises kept." in text(told)
    assert told.totals() | {"faults": 1, "accepted": 20, "refused": 4, "lost": 0} == told.totals()


@pytest.mark.parametrize("what", list(vars(Verdict())))
def test_one_broken_promise_of_any_kind_is_enough(what: str) -> None:
    told = report(
        Row("cut", "store", 2, 3, found=Verdict(**{what: {"some-id": "because"}})), Row("kill", "kafka", 1, 1)
    )
    assert not told.is_clean
    assert told.totals()[what] == 1
    assert "some-id: because" in text(told)
    assert "Not all promises were kept." in text(told)


def test_what_this_machine_cannot_do_is_said_and_proves_nothing() -> None:
    told = report(Row("disk-full", "store", 3, not_possible="no prlimit"))
    assert "not possible here: no prlimit" in text(told)
    assert not told.is_clean


def test_a_run_that_was_stopped_proves_nothing() -> None:
    told = report(Row("kill", "routing", 1, 1), is_whole=False)
    assert not told.is_clean
    assert "Stopped before the end" in text(told)


def test_the_file_has_all_of_it(tmp_path: Path) -> None:
    told = report(Row("pause", "notify-2", 4, None, found=Verdict(lost={"a": "why"}), ended={"notify-2": 1}))
    told.write(tmp_path / "deep" / "report.json")
    read = json.loads((tmp_path / "deep" / "report.json").read_text())
    assert (read["ok"], read["seed"], read["totals"]["lost"]) == (False, 7, 1)
    assert read["rows"][1]["found"]["lost"] == {"a": "why"}
    assert read["rows"][1]["quiet_seconds"] is None


def test_only_what_is_new_counts_for_a_fault() -> None:
    before, now = Verdict(lost={"a": "x"}), Verdict(lost={"a": "x", "b": "y"}, leaked={"log": "z"})
    assert now.beyond(before) == Verdict(lost={"b": "y"}, leaked={"log": "z"})
    assert now.beyond(now).is_clean
