"""Where nobody speaks a language that people need: what is told, and what is too few to be told."""

import csv
from datetime import date
from pathlib import Path

from dev.stack.directory import DEMONSTRATION
from routing import gaps, tables
from routing.rules.gaps import FEW, Gaps, Need, text
from routing.rules.gaps import gaps as find

TODAY = date(2026, 11, 23)
DEMO, SHIPPED = tables.load_directory(DEMONSTRATION), tables.load_directory(None)
LADDER = tables.load_law(None, TODAY).ladder
MUONG_NHE, MUONG_TOONG = "03160", "03162"
WHOLE = "Mo-Fr 08:00-17:00"


def found(needs: dict[Need, int]) -> Gaps:
    return find(needs, LADDER, DEMO, TODAY)


def test_hours_in_which_nobody_is_there_are_told() -> None:
    (gap,) = found({Need("11", MUONG_NHE, "hmn"): 7}).gaps
    assert (gap.cases, text(gap.hours), gap.without_hours) == (7, "Mo-Fr 11:00-14:00", 0)


def test_a_language_that_no_centre_has_is_a_gap_at_every_hour() -> None:
    (gap,) = found({Need("11", MUONG_NHE, "kjg"): FEW}).gaps
    assert text(gap.hours) == WHOLE
    (nobody,) = find({Need("11", MUONG_NHE, "hmn"): FEW}, LADDER, SHIPPED, TODAY).gaps
    assert text(nobody.hours) == WHOLE  # the shipped directory knows no language of any centre


def test_few_are_counted_with_the_province_and_fewer_are_not_told() -> None:
    needs = {
        Need("11", MUONG_NHE, "hmn"): FEW - 1,
        Need("11", MUONG_TOONG, "hmn"): 1,
        Need("11", None, "hmn"): 1,
        Need("15", None, "lbt"): 1,
    }
    told = found(needs)
    assert [(gap.need, gap.cases) for gap in told.gaps] == [(Need("11", None, "hmn"), FEW + 1)]
    assert told.rest == 1
    printed = "\n".join(gaps.lines(told))
    assert "lbt" not in printed
    assert printed.endswith(f"together: fewer than {FEW}")


def test_what_is_printed_and_written_says_the_same(tmp_path: Path) -> None:
    told = found({Need("11", MUONG_NHE, "hmn"): 9, Need("15", None, "phh"): 6})
    first, second = list(gaps.lines(told))[1:]
    assert first.split() == ["xã", "Mường", "Nhé,", "Điện", "Biên", "hmn", "9", "Mo-Fr", "11:00-14:00"]
    assert second.split() == ["Lào", "Cai", "phh", "6", *WHOLE.split()]
    gaps.write_csv(told, tmp_path / "gaps.csv")
    rows = list(csv.DictReader((tmp_path / "gaps.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 5 * 3 + 5 * 9
    assert rows[0] == {
        "province": "11",
        "commune": MUONG_NHE,
        "language": "hmn",
        "cases": "9",
        "weekday": "Mo",
        "hour": "11:00",
    }


def test_hours_are_written_as_opening_hours() -> None:
    assert (
        text([(0, 8), (0, 9), (0, 11), (1, 8), (1, 9), (1, 11), (3, 8)])
        == "Mo-Tu 08:00-10:00,11:00-12:00; Th 08:00-09:00"
    )
    assert text([]) == ""
