"""Every row of every table says where it stands, and none is called verified whose source says that nobody read it."""

import csv
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import legalaid.vietnam
from legalaid.events.people import Facts
from legalaid.events.words import Answer, Claim, Household, LawField
from routing import tables
from routing.rules.allocation import allocate
from routing.rules.decision import decide
from routing.rules.directory import Directory
from routing.rules.papers import proof
from routing.rules.rulebook import Rulebook

TABLES = [
    *sorted((Path(tables.__file__).parent / "law").iterdir()),
    Path(tables.__file__).parent / "centres.csv",
    Path(legalaid.vietnam.__file__).parent / "data" / "holidays.csv",
]
NOT_READ = (
    "chưa",
    "trí nhớ",
    "memory",
    "đoán",
    "suy ra",
    "tóm tắt",
    "giả định",
    "design",
    "tiêu chuẩn phục vụ",
    "gói ",
)
"""Words of a source that is no text in force, nor a copy of one: remembered, guessed, derived, a summary, ours."""
UNREAD_LAW = "05/2026"


class Marked(NamedTuple):
    """One row: what it is, where, and what it says of itself."""

    table: str
    row: dict[str, Any]

    def __str__(self) -> str:
        named = (
            str(self.row[name]) for name in ("code", "category", "commune", "date", "valid_from") if name in self.row
        )
        return f"{self.table}: {' '.join(named)}"

    @property
    def verified(self) -> bool:
        return self.row["verified"] in (True, "true")


def rows() -> Iterator[Marked]:
    for file in TABLES:
        text = file.read_text("utf-8")
        for row in _of_toml(text) if file.suffix == ".toml" else csv.DictReader(text.splitlines()):
            yield Marked(file.name, row)


def _of_toml(text: str) -> Iterator[dict[str, Any]]:
    for table in tomllib.loads(text).values():
        if isinstance(table, list) and all(isinstance(row, dict) for row in table):
            yield from table


ROWS = list(rows())


def test_all_tables_are_looked_at() -> None:
    seen = {marked.table for marked in ROWS}
    assert seen >= {
        "article-7.toml",
        "later-laws.toml",
        "deadlines.toml",
        "immediate.toml",
        "papers.toml",
        "areas.csv",
        "holidays.csv",
    }
    assert len(ROWS) > 250


def test_no_row_is_without_a_source() -> None:
    assert [str(marked) for marked in ROWS if not marked.row.get("source")] == []
    assert [str(marked) for marked in ROWS if marked.row.get("verified") not in (True, False, "true", "false")] == []


def test_none_is_verified_whose_source_says_that_it_is_not() -> None:
    found = [
        f"{marked}: {marked.row['source']}"
        for marked in ROWS
        if marked.verified and any(word in marked.row["source"].casefold() for word in NOT_READ)
    ]
    assert found == []


def test_no_row_of_the_law_that_was_not_read_is_verified() -> None:
    of_it = [marked for marked in ROWS if UNREAD_LAW in f"{marked.row.get('source')} {marked.row.get('article')}"]
    assert len(of_it) >= 24
    assert [str(marked) for marked in of_it if marked.verified] == []
    law = tables.load_law(None, date(2026, 11, 24))
    begun = [row for row in (*law.categories, *law.readings) if row.valid_from >= date(2027, 1, 1)]
    assert len(begun) == 13
    assert not any(row.verified for row in begun)


@pytest.mark.parametrize(("on", "verified"), [(date(2026, 12, 31), True), (date(2027, 1, 1), False)])
def test_a_decision_says_what_was_not_read(rules: Rulebook, on: date, verified: bool) -> None:
    disabled = Facts(claims={Claim.DISABLED: Answer.YES}, household=Household.NEAR_POOR, field=LawField.CIVIL)
    nowhere = Directory("none", ())
    record = decide(disabled, None, allocate(None, None, nowhere, on), law=rules.law, directory=nowhere, on=on).record
    [category] = [category for category in record.categories if category.code == "DISABLED"]
    assert category.verified is verified
    [sentence] = [line for line in record.explanation_vi if line.startswith("Thuộc diện: Người khuyết tật")]
    assert ("văn bản chưa được đối chiếu" in sentence) is not verified
    assert all(papers.verified is verified for papers in proof(rules.law, [category], on).papers)
