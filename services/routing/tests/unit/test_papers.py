from datetime import date, timedelta
from pathlib import Path
from shutil import copytree

import pytest

from legalaid.events.people import Facts
from legalaid.events.words import Answer, Claim, Household, LawField
from routing import tables
from routing.rules.eligibility import evaluate
from routing.rules.law import Category
from routing.rules.papers import Papers, proof

TODAY = date(2026, 11, 24)
LAW = tables.load_law(None, TODAY)
SHIPPED = Path(tables.__file__).parent / "law"
FIRST_DAY = date(2024, 2, 15)
"""Of the wording that was read."""


def papers(code: str, on: date, reading: str | None = None) -> Papers:
    rows = [row for row in LAW.categories if row.is_in_force(on) and (row.code, row.reading) == (code, reading)]
    [found] = proof(LAW, rows, on).papers
    return found


@pytest.mark.parametrize("row", LAW.categories, ids=lambda row: f"{row.code}-{row.valid_from}-{row.reading}")
def test_every_category_has_its_papers_on_each_day_of_its_life(row: Category) -> None:
    days = {max(row.valid_from, FIRST_DAY), row.valid_to or date(2030, 1, 1)}
    days |= {paper.valid_from for paper in LAW.proof.papers if row.is_in_force(paper.valid_from)}
    for day in days:
        assert len(proof(LAW, [row], day).papers) == 1, f"none or two on {day}"


def test_no_papers_are_named_for_a_category_that_does_not_exist() -> None:
    for paper in LAW.proof.papers:
        days = {paper.valid_from, paper.valid_to or paper.valid_from}
        assert all(
            any(
                (row.code, row.reading) == (paper.category, paper.reading)
                for row in LAW.categories
                if row.is_in_force(day)
            )
            for day in days
        )


def test_an_accused_of_a_near_poor_household_needs_two_papers() -> None:
    """L10: the certificate and a paper of the proceedings (Circular 08/2017, Article 33(6))."""
    found = papers("ACCUSED_NEAR_POOR", date(2025, 8, 15))
    assert found.ways == ((("Giấy chứng nhận hộ cận nghèo",), ("Văn bản của cơ quan tiến hành tố tụng",)),)
    assert found.text_vi == "Giấy chứng nhận hộ cận nghèo cùng với Văn bản của cơ quan tiến hành tố tụng."
    assert found.verified


def test_an_old_person_has_two_ways() -> None:
    found = papers("ELDERLY", TODAY)
    assert len(found.ways) == 2
    assert found.text_vi.startswith("Quyết định hưởng trợ cấp xã hội hàng tháng hoặc Quyết định tiếp nhận")
    assert found.text_vi.endswith("; cách khác: Giấy chứng nhận hộ cận nghèo cùng với Giấy tờ chứng minh tuổi.")


def test_proof_of_hardship_ended_for_victims_of_trafficking() -> None:
    hardship = LAW.proof.kinds["HARDSHIP"]
    last, first = (papers("TRAFFICKING_VICTIM", day) for day in (date(2025, 6, 30), date(2025, 7, 1)))
    assert hardship in last.ways[0]
    assert hardship not in first.ways[0]


def test_papers_of_the_law_that_was_not_read_say_so() -> None:
    begun = [row for row in LAW.proof.papers if row.valid_from >= date(2027, 1, 1)]
    assert len(begun) == 11
    assert not any(row.verified for row in begun)
    assert papers("DISABLED", date(2026, 12, 31)).verified
    assert not papers("DISABLED", date(2027, 1, 1)).verified


def test_nobody_is_turned_away_for_want_of_a_paper() -> None:
    """L16, and whoever lost theirs."""
    for day in (date(2018, 1, 1), TODAY, date(2027, 1, 1)):
        said = "\n".join(proof(LAW, [], day).notices_vi)
        assert "Không cần giấy tờ nào để được nghe" in said
        assert "vẫn phải tiếp nhận yêu cầu" in said
        assert "Điều 5 TTLT 01/2012" in said
        assert "xin xác nhận của cơ quan đã cấp" in said


def test_papers_change_no_decision() -> None:
    """They are no facts: no row of the law asks whether somebody has one."""
    disabled = Facts(claims={Claim.DISABLED: Answer.YES}, household=Household.NEAR_POOR, field=LawField.CIVIL)
    without = LAW.model_copy(update={"proof": LAW.proof.model_copy(update={"papers": ()})})
    day_of_all = [TODAY + timedelta(days=days) for days in (0, 38)]
    for day in day_of_all:
        with_papers, none = (vars(evaluate(disabled, law, day).finding) for law in (LAW, without))
        assert with_papers == none


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ('[["POOR"]]', '[["POORER"]]', "POORER"),
        ('ways = [["POOR"]]', "ways = [[]]", "ways"),
        ('ways = [["POOR"]]', 'ways = [["POOR"]]\nways_vi = "x"', "ways_vi"),
        ('category = "POOR_HOUSEHOLD"', 'category = "CHILD_UNDER_16"', "twice what proves CHILD_UNDER_16"),
        ("[kinds]", "[kind]", "kind"),
    ],
)
def test_a_table_of_papers_that_is_not_whole_is_refused(
    tmp_path: Path, before: str, after: str, complaint: str
) -> None:
    copytree(SHIPPED, tmp_path / "law")
    table = tmp_path / "law" / "papers.toml"
    text = table.read_text(encoding="utf-8")
    assert before in text
    table.write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(ValueError, match=complaint):
        tables.load_law(tmp_path / "law", TODAY)


def test_tables_of_an_operator_from_before_there_were_papers_use_those_shipped(tmp_path: Path) -> None:
    copytree(SHIPPED, tmp_path / "law")
    (tmp_path / "law" / "papers.toml").unlink()
    assert tables.load_law(tmp_path / "law", TODAY).proof == LAW.proof
