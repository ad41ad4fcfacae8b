"""The cases that a lawyer reads and corrects (``cases/eligibility.md``), each asked of the shipped tables."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

import pytest

from legalaid.events.people import Facts
from legalaid.events.words import Answer, Claim, Household, LawField, Role
from routing import tables
from routing.rules.eligibility import Eligibility, Outcome, evaluate
from routing.rules.law import Category
from services.routing.tests.cases.reading import day, rows
from services.routing.tests.people import ASKED

LAW = tables.load_law(None, date(2026, 11, 24))
LAW_BEGAN = date(2018, 1, 1)
YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
FOR_AN_OFFICER: Final = "CÁN BỘ"
OUTCOMES: Final = {"ĐỦ": Outcome.ELIGIBLE, "KHÔNG": Outcome.NOT_ELIGIBLE, "HỎI": Outcome.NEEDS_INFO}
ANY: Final = "*"

NOTHING_ELSE: Final[dict[str, Any]] = {
    **{fact: value for fact, value in ASKED.items() if fact != "claims"},
    **ASKED["claims"],
    "concrete_matter": YES,
}
"""Who was asked everything, and of whom nothing holds that a row does not tell."""
NAMES: Final = {
    "ngày sinh": "birth",
    "hộ nghèo": "household",
    "trợ cấp xã hội": "monthly_allowance",
    "dân tộc": "ethnicity",
    "thôn": "extreme_area",
    "vai trò": "role",
    "lĩnh vực": "field",
    "có vụ việc cụ thể": "concrete_matter",
    "quốc tịch": "vietnamese_citizen",
    "đang ở Việt Nam": "in_vietnam",
    "việc liên quan đến mua bán người": "matter_of_trafficking",
    "người có công": Claim.MERITORIOUS_PERSON,
    "thân nhân liệt sĩ": Claim.MARTYR_RELATIVE,
    "nhiễm chất độc da cam": Claim.AGENT_ORANGE_VICTIM,
    "khuyết tật": Claim.DISABLED,
    "bị bạo lực gia đình": Claim.DOMESTIC_VIOLENCE_VICTIM,
    "nạn nhân mua bán người": Claim.TRAFFICKING_VICTIM,
    "đang được xác định là nạn nhân mua bán người": Claim.TRAFFICKING_BEING_IDENTIFIED,
    "đi cùng nạn nhân mua bán người": Claim.TRAFFICKING_ACCOMPANYING_MINOR,
    "nhiễm HIV": Claim.HIV_POSITIVE,
}
"""What the table calls each fact."""
PHRASES: Final[dict[str, tuple[str, Any]]] = {
    **{name: (fact, YES) for name, fact in NAMES.items() if fact in set(Claim)},
    "việc liên quan đến mua bán người": ("matter_of_trafficking", YES),
    "hộ nghèo": ("household", Household.POOR),
    "hộ cận nghèo": ("household", Household.NEAR_POOR),
    "hưởng trợ cấp xã hội": ("monthly_allowance", YES),
    "thôn đặc biệt khó khăn": ("extreme_area", YES),
    "không có quốc tịch Việt Nam": ("vietnamese_citizen", NO),
    "đang ở nước ngoài": ("in_vietnam", NO),
    "chỉ hỏi về luật": ("concrete_matter", NO),
    "bị tố giác": ("role", Role.DENOUNCED),
    "bị kiến nghị khởi tố": ("role", Role.PROPOSED_FOR_PROSECUTION),
    "bị giữ trong trường hợp khẩn cấp": ("role", Role.HELD_IN_URGENT_CASE),
    "bị buộc tội": ("role", Role.ACCUSED),
    "bị hại": ("role", Role.CRIME_VICTIM),
    "làm chứng": ("role", Role.WITNESS),
    "chấp hành biện pháp xử lý chuyển hướng": ("role", Role.DIVERTED),
    "phạm nhân": ("role", Role.PRISONER),
    "hình sự": ("field", LawField.CRIMINAL),
    "dân sự": ("field", LawField.CIVIL),
    "đất đai": ("field", LawField.LAND_HOUSING_ENVIRONMENT),
    "hôn nhân gia đình": ("field", LawField.MARRIAGE_FAMILY),
    "kinh doanh, thương mại": ("field", LawField.BUSINESS_COMMERCE),
    "dân tộc Tày": ("ethnicity", "02"),
    "dân tộc Thái": ("ethnicity", "03"),
    "dân tộc Mông": ("ethnicity", "08"),
    "dân tộc Dao": ("ethnicity", "09"),
}
DAYS: Final = {"sinh": "birth_date", "bước tố tụng": "step_on", "ngày xử": "trial_on"}


class Case(NamedTuple):
    """One row of the table."""

    code: str
    told: str
    facts: Facts
    on: date
    commune: str | None
    outcome: str
    categories: frozenset[str]
    questions: frozenset[str]
    article: str

    @property
    def judged(self) -> Eligibility:
        return evaluate(self.facts, LAW, self.on, self.commune)


def facts(told: str) -> Facts:
    """What somebody told, in the words of the table."""
    found = dict(NOTHING_ELSE)
    for phrase in filter(None, (each.strip() for each in told.split(";"))):
        found |= _fact(phrase)
    known = {name: value for name, value in found.items() if value is not None}
    claims = {claim: known.pop(claim, UNKNOWN) for claim in Claim}
    return Facts(claims=claims, **{"concrete_matter": UNKNOWN, **known})


def _fact(phrase: str) -> dict[str, Any]:
    """One fact by name; None for what was not asked."""
    if phrase == "chưa hỏi gì":
        return dict.fromkeys(NOTHING_ELSE) | {"concrete_matter": YES}
    if phrase.startswith("chưa rõ "):
        return {NAMES[phrase.removeprefix("chưa rõ ")]: None}
    if found := re.fullmatch(r"sinh năm (\d{4})", phrase):
        return {"birth_date": None, "birth_year": int(found[1])}
    if found := re.fullmatch(rf"({'|'.join(DAYS)}) (\d\d/\d\d/\d{{4}})", phrase):
        return {DAYS[found[1]]: day(found[2])}
    name, value = PHRASES[phrase]
    return {name: value}


def cases() -> Iterator[Case]:
    for code, _, on, told, place, outcome, categories, questions, article in rows("eligibility.md"):
        commune = place.split(" ")[0] or None
        asked = frozenset(NAMES.get(name, name) for name in questions.split("; ") if name)
        named = frozenset(code for code in categories.split(", ") if code)
        yield Case(code, told, facts(told), day(on), commune, outcome, named, asked, article)


CASES = list(cases())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_a_case_is_judged_as_the_table_says(case: Case) -> None:
    judged = case.judged
    assert case.article, "every case names its article"
    assert judged.is_for_an_officer is (case.outcome == FOR_AN_OFFICER)
    assert judged.outcome is OUTCOMES.get(case.outcome, Outcome.NEEDS_INFO)
    assert {category.code for category in judged.matched} == case.categories
    if case.questions == {ANY}:
        assert judged.missing
    else:
        assert set(judged.missing) == case.questions


def test_the_table_is_whole() -> None:
    assert len(CASES) >= 90
    assert len({case.code for case in CASES}) == len(CASES)
    for number in (1, 2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16):
        assert any(re.match(rf"L{number}\b", case.code) for case in CASES)


def test_no_case_uses_words_that_say_nothing() -> None:
    """Each word of the vocabulary stands in some case, so that a row of the law cannot be tested by a misspelt fact."""
    told = {phrase.strip() for case in CASES for phrase in case.told.split(";")}
    assert set(PHRASES) <= told


def _people(row: Category, on: date) -> set[str]:
    """The facts of those who belong to the row on that day."""
    return {case.told for case in CASES if case.on == on and any(row is matched for matched in case.judged.matched)}


def _asked_again(told: set[str], on: date) -> set[str]:
    return {case.told for case in CASES if case.on == on} & told


@pytest.mark.parametrize("row", LAW.categories, ids=lambda row: f"{row.code}-{row.valid_from}-{row.reading}")
def test_every_row_is_met_on_its_first_and_last_day_and_not_on_the_days_around(row: Category) -> None:
    first, day_before = _people(row, row.valid_from), row.valid_from - timedelta(days=1)
    assert first, "no case meets it on its first day"
    if row.valid_from > LAW_BEGAN:
        assert _asked_again(first, day_before), "nobody is judged on the day before too"
        assert not _people(row, day_before)
    if row.valid_to:
        last, day_after = _people(row, row.valid_to), row.valid_to + timedelta(days=1)
        assert last, "no case meets it on its last day"
        assert _asked_again(last, day_after), "nobody is judged on the day after too"
        assert not _people(row, day_after)
