import json
from pathlib import Path

import pytest

from dev.install.verify import Report

GOOD = "12 documents are as the log says, 0 are not; of 40 events"


def _report(**changed: object) -> Report:
    return Report(**{"disturbed": {"kafka": 4.0}, "rebuild": GOOD} | changed)  # type: ignore[arg-type]  # by name


def test_a_trial_in_which_nothing_was_lost_ends_well(tmp_path: Path) -> None:
    assert _report().end(tmp_path / "var" / "report.json") == 0
    assert json.loads((tmp_path / "var" / "report.json").read_text())["disturbed"] == {"kafka": 4.0}


@pytest.mark.parametrize(
    "changed",
    [
        {"wrong": {"r-1": "no case was opened"}},
        {"too_late": ["delete mongo-0"]},
        {"disturbed": {}},
        {"rebuild": "11 documents are as the log says, 1 are not; of 40 events"},
        {"rebuild": ""},
    ],
    ids=str,
)
def test_a_trial_that_found_something_or_tried_too_little_fails(tmp_path: Path, changed: dict[str, object]) -> None:
    assert _report(**changed).end(tmp_path / "report.json") == 1
