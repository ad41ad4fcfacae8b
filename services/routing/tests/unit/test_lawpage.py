"""The page that a lawyer reads holds every row of its day, and says which nobody read."""

import subprocess
import sys
from datetime import date, timedelta
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from legalaid.events.words import Claim, Household, LawField, Role
from routing import lawpage, tables
from routing.lawpage import words
from routing.rules import wording
from routing.rules.law import YES_OR_NO, DeadlineKind, Start, Unit

LAW = tables.load_law(None, date(2027, 1, 1))
DAYS = [*lawpage.change_days(LAW), date(2025, 12, 31), date(2026, 11, 24), date(2026, 12, 31)]
COMING = "Sắp thay đổi"


def test_another_text_holds_from_these_days() -> None:
    assert lawpage.change_days(LAW) == (date(2018, 1, 1), date(2025, 7, 1), date(2026, 1, 1), date(2027, 1, 1))


@pytest.mark.parametrize("on", DAYS, ids=str)
def test_the_page_holds_every_row_of_its_day_and_no_other(on: date) -> None:
    page = lawpage.page(LAW, on)
    shown = [item for section in page.sections if section.title != COMING for item in section.items]
    for rows in (LAW.categories, LAW.readings, LAW.deadlines, LAW.grounds):
        for row in rows:
            said = [item for item in shown if item.code == row.code and ("Nguồn", row.source) in item.fields]
            of_row = [item for item in said if f"từ {row.valid_from:%d/%m/%Y}" in dict(item.fields)["Hiệu lực"]]
            assert bool(of_row) is row.is_in_force(on), f"{row.code} from {row.valid_from}"
    for category in LAW.categories:
        if category.is_in_force(on):
            assert any(item.code == category.code and ("Điều", category.article) in item.fields for item in shown)


@pytest.mark.parametrize("on", DAYS, ids=str)
def test_both_forms_show_each_row_with_source_and_mark(on: date) -> None:
    page = lawpage.page(LAW, on)
    html, text = lawpage.html(page), lawpage.text(page)
    for section in page.sections:
        for item in section.items:
            for value in (item.name, *(value for _, value in item.fields)):
                assert escape(value) in html
                assert value in text
    assert html.count('<tr class="not-read">') == page.unread == text.count(f"Đối chiếu: {words.READ[False]}")
    assert text.count(f"Đối chiếu: {words.READ[True]}") == page.rows - page.unread


def test_what_was_not_read_stands_out() -> None:
    """All of Law 05/2026; and before it nothing of Article 7 itself."""
    before, after = (lawpage.page(LAW, day).sections[0].items for day in (date(2026, 12, 31), date(2027, 1, 1)))
    assert all(item.verified for item in before)
    assert {item.code for item in after if not item.verified} == {
        row.code for row in LAW.categories if row.valid_from == date(2027, 1, 1)
    }
    standards = [row.code for row in LAW.deadlines if row.kind is DeadlineKind.SERVICE]
    shown = {item.code: item.verified for section in lawpage.page(LAW, DAYS[0]).sections for item in section.items}
    assert {shown[code] for code in standards if code in shown} == {None}, "a standard of ours is no law"


def test_what_is_to_come_is_announced() -> None:
    coming = next(section for section in lawpage.page(LAW, date(2026, 11, 24)).sections if section.title == COMING)
    said = {(item.code, dict(item.fields)["Từ ngày"], dict(item.fields)["Thay đổi"]) for item in coming.items}
    assert ("DISABLED", "01/01/2027", "hết hiệu lực") in said
    assert ("NEAR_POOR_HOUSEHOLD", "01/01/2027", "bắt đầu") in said
    assert not any(section.title == COMING for section in lawpage.page(LAW, date(2027, 1, 1)).sections)


def test_every_question_and_every_commune_of_the_tables_is_shown() -> None:
    html = lawpage.html(lawpage.page(LAW, date(2026, 11, 24)))
    assert all(escape(LAW.questions[fact]) in html for fact in LAW.facts)
    assert all(f"({code})" in html for code in LAW.areas)


def test_nothing_of_a_table_is_taken_for_html() -> None:
    rows = tuple(row.model_copy(update={"name_vi": "<script>alert(1)</script>"}) for row in LAW.categories)
    html = lawpage.html(lawpage.page(LAW.model_copy(update={"categories": rows}), date(2027, 1, 1)))
    assert "<script" not in html
    assert "&lt;script&gt;" in html


class _Balanced(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert all(value for _, value in attrs), f"<{tag}> has an attribute without a value"
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_html_that_asks_for_no_other_file() -> None:
    html = lawpage.html(lawpage.page(LAW, date(2027, 1, 1)), {date(2018, 1, 1): "2018-01-01.html"})
    parser = _Balanced()
    parser.feed(html)
    assert parser.open == []
    assert '<a href="2018-01-01.html">01/01/2018</a>' in html
    assert "src=" not in html
    assert "url(" not in html


def test_every_word_of_the_tables_has_a_name() -> None:
    assert set(words.STARTS) == set(Start)
    assert set(words.UNITS) == set(Unit)
    assert set(wording.ROLES) == set(Role) - {Role.UNKNOWN}
    assert set(wording.HOUSEHOLDS) == set(Household) - {Household.UNKNOWN}
    assert set(wording.CLAIMS) == set(Claim)
    assert set(wording.FIELDS) == set(LawField) - {LawField.UNKNOWN}
    assert set(wording.FLAGS) >= set(YES_OR_NO)


def test_it_is_printed_and_written_by_a_command(tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "routing", "law", *arguments], capture_output=True, text=True, check=False
        )

    printed = run("--on", "2027-01-01")
    assert (printed.returncode, printed.stdout) == (0, lawpage.text(lawpage.page(LAW, date(2027, 1, 1))))
    file = tmp_path / "law.html"
    assert run("--on", "2026-12-31", "--html", str(file)).returncode == 0
    assert file.read_text("utf-8") == lawpage.html(lawpage.page(LAW, date(2026, 12, 31)))
    before_the_law = run("--on", f"{lawpage.change_days(LAW)[0] - timedelta(days=1)}")
    assert (before_the_law.returncode, before_the_law.stdout) == (2, "")
    assert before_the_law.stderr
