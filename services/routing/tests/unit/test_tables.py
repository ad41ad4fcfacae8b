from datetime import date
from pathlib import Path
from shutil import copytree

import pytest

from legalaid.events.words import OwnerKind
from legalaid.vietnam import units
from routing import tables
from routing.rules.rulebook import Rulebook

TODAY = date(2026, 11, 23)
SHIPPED = Path(tables.__file__).parent / "law"
ARTICLE_7 = [
    "MERITORIOUS_PERSON",
    "POOR_HOUSEHOLD",
    "CHILD_UNDER_16",
    "ETHNIC_MINORITY_EXTREME_AREA",
    "ACCUSED_16_TO_UNDER_18",
    "ACCUSED_NEAR_POOR",
    "MARTYR_RELATIVE",
    "AGENT_ORANGE_VICTIM",
    "ELDERLY",
    "DISABLED",
    "CRIME_VICTIM_16_TO_UNDER_18",
    "DOMESTIC_VIOLENCE_VICTIM",
    "TRAFFICKING_VICTIM",
    "HIV_POSITIVE",
]
HARDSHIP = ARTICLE_7[6:]


def test_article_7_as_of_2018(rules: Rulebook) -> None:
    in_force = [row for row in rules.law.categories if row.is_in_force(date(2018, 1, 1))]
    assert [row.code for row in in_force] == ARTICLE_7
    assert [row.code for row in in_force if row.financial_hardship] == HARDSHIP


def test_later_laws_take_their_place(rules: Rulebook) -> None:
    def codes(on: date) -> dict[str, bool]:
        return {row.code: row.financial_hardship for row in rules.law.categories if row.is_in_force(on)}

    assert codes(date(2025, 6, 30))["TRAFFICKING_VICTIM"] is True
    assert codes(date(2025, 7, 1))["TRAFFICKING_VICTIM"] is False
    assert "JUVENILE_JUSTICE_16_TO_UNDER_18" not in codes(date(2025, 12, 31))
    assert "JUVENILE_JUSTICE_16_TO_UNDER_18" in codes(date(2026, 1, 1))
    for on in (date(2018, 1, 1), date(2025, 7, 1), date(2026, 11, 23)):
        rows = [row.code for row in rules.law.categories if row.is_in_force(on)]
        assert len(rows) == len(set(rows))


def test_every_row_says_where_it_comes_from(rules: Rulebook) -> None:
    assert all(row.source for row in rules.law.categories)
    assert all(centre.source for centre in rules.directory.centres)
    assert all(row.source for row in rules.law.hardship)
    assert all(row.source for row in rules.law.scope)
    assert all(row.basis and row.source for row in rules.law.deadlines)


def test_every_province_has_a_centre_and_no_area_of_a_branch_is_called_certain(rules: Rulebook) -> None:
    centres = [centre for centre in rules.directory.centres if centre.kind is OwnerKind.CENTRE]
    branches = [centre for centre in rules.directory.centres if centre.kind is OwnerKind.BRANCH]
    assert {centre.code for centre in centres} == {f"TGPL-{code}" for code in units.provinces()}
    assert sum(branch.province == "11" for branch in branches) == 5
    assert {branch.province for branch in branches} == {"11", "15"}
    assert not any(branch.verified for branch in branches)
    served = [commune for branch in branches for commune in branch.communes]
    assert len(served) == len(set(served))


@pytest.mark.parametrize(
    ("name", "before", "after", "complaint"),
    [
        ("article-7.toml", 'claim = "DISABLED"', 'clam = "DISABLED"', "clam"),
        ("article-7.toml", "[{ age_under = 16 }]", "[{}]", "without conditions"),
        ("article-7.toml", "[{ age_under = 16 }]", "[]", "conditions"),
        (
            "later-laws.toml",
            'source = "Luật 59/2024/QH15, Điều 177 khoản 6 (sotp.langson.gov.vn, thuvienphapluat.vn)"',
            "",
            "source",
        ),
        ("deadlines.toml", 'code = "REVIEW"', 'code = "REVUE"', "REVIEW"),
        ("deadlines.toml", "amount = 12", "amount = 0", "amount"),
        ("deadlines.toml", 'amount = 12\nunit = "clock_hours"', 'unit = "clock_hours"', "an amount belongs to"),
        ("deadlines.toml", 'serves = "DOSSIER_CHECK"', 'serves = "DOSSIER"', "DOSSIER"),
        ("deadlines.toml", 'ref = "luat-11-2017.33.2"\n', "", "APPOINT_REPRESENTATION: a row of law has a ref"),
        (
            "deadlines.toml",
            'code = "ADVICE_WRITTEN_COMPLEX"',
            'code = "ADVICE_WRITTEN"',
            "ADVICE_WRITTEN stands there twice",
        ),
        ("article-7.toml", "[[scope]]\nvalid_from = 2018-01-01", "[[scope]]\nvalid_from = 2018-01-02", "scope"),
        ("article-7.toml", "[[hardship]]\n", "[[hardship]]\nvalid_to = 2026-12-31\n", "hardship .* 2027-01-01"),
        ("questions.toml", "birth =", "born =", "birth"),
        ("later-laws.toml", "[[category]]", "[[categorie]]", "categor"),
        ("article-7.toml", "[scope]", "[scope", "article-7.toml"),
        ("later-laws.toml", 'code = "TEST_IN_THE_LAW"', 'code = "ANOTHER"', "TEST_IN_THE_LAW"),
        ("areas.csv", "02647,", "99999,", "99999"),
        ("areas.csv", "02671,Cam Đường", "02647,Lào Cai", "02647 has two areas"),
    ],
)
def test_a_table_that_is_not_whole_is_refused(
    tmp_path: Path, name: str, before: str, after: str, complaint: str
) -> None:
    copytree(SHIPPED, tmp_path / "law")
    table = tmp_path / "law" / name
    text = table.read_text(encoding="utf-8")
    assert before in text
    table.write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(ValueError, match=complaint):
        tables.load_law(tmp_path / "law", TODAY)


def _changed(folder: Path, name: str, before: str, after: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert before in text
    (folder / name).write_text(text.replace(before, after), encoding="utf-8")


def test_tables_of_an_operator_outlive_a_release_that_asks_for_more(tmp_path: Path) -> None:
    """To a folder that was written before the request form asked for HIV, that claim is what no row names."""
    copytree(SHIPPED, tmp_path / "law")
    for name, rows in (("article-7.toml", 1), ("later-laws.toml", 2)):
        text = (tmp_path / "law" / name).read_text(encoding="utf-8")
        head, *categories = text.split("[[category]]")
        kept = [category for category in categories if 'code = "HIV_POSITIVE"' not in category]
        assert len(categories) - len(kept) == rows
        (tmp_path / "law" / name).write_text("[[category]]".join([head, *kept]), encoding="utf-8")
    _changed(tmp_path / "law", "questions.toml", "HIV_POSITIVE =", "# HIV_POSITIVE =")
    assert "HIV_POSITIVE" not in tables.load_law(tmp_path / "law", TODAY).questions


def test_tables_of_an_operator_from_before_scope_and_hardship_had_dates_say_the_same(tmp_path: Path) -> None:
    copytree(SHIPPED, tmp_path / "law")
    for name in ("scope", "hardship"):
        _changed(tmp_path / "law", "article-7.toml", f"[[{name}]]\nvalid_from = 2018-01-01\n", f"[{name}]\n")
    old, new = tables.load_law(tmp_path / "law", TODAY), tables.load_law(None, TODAY)
    assert old.model_copy(update={"ruleset": new.ruleset}) == new


def test_tables_of_an_operator_from_before_there_were_areas_use_those_shipped(tmp_path: Path) -> None:
    copytree(SHIPPED, tmp_path / "law")
    (tmp_path / "law" / "areas.csv").unlink()
    assert tables.load_law(tmp_path / "law", TODAY).areas == tables.load_law(None, TODAY).areas != {}


FORMER_DEADLINES = {
    "REVIEW": (2, "working_days"),
    "URGENT": (1, "clock_hours"),
    "ASK_PERSON": (1, "working_days"),
    "CONFIRM_NOT_ELIGIBLE": (1, "working_days"),
    "FIND_CENTRE": (1, "working_days"),
    "APPOINT_PROVIDER": (3, "working_days"),
    "APPOINT_PROVIDER_URGENT": (6, "clock_hours"),
}
"""As an operator had them whose centres need two days to review, and appoint for the arrested within six hours."""


def _former(deadlines: dict[str, tuple[int, str]]) -> str:
    rows = (
        f'[[deadline]]\ncode = "{code}"\namount = {amount}\nunit = "{unit}"\nvalid_from = 2018-01-01\n'
        f'basis = "Tiêu chuẩn của tỉnh"\nverified = false\n'
        for code, (amount, unit) in deadlines.items()
    )
    return "\n".join(rows)


def test_tables_of_an_operator_from_before_the_laws_own_limits_keep_their_standards(tmp_path: Path) -> None:
    copytree(SHIPPED, tmp_path / "law")
    table = tmp_path / "law" / "deadlines.toml"
    table.write_text(_former(FORMER_DEADLINES), encoding="utf-8")
    own, ours = (
        {row.code: row for row in tables.load_law(folder, TODAY).deadlines} for folder in (tmp_path / "law", None)
    )
    assert own.keys() == ours.keys()
    changed = {code for code in own if own[code].amount != ours[code].amount}
    assert changed == {"REVIEW", "APPOINT_PROVIDER_ARRESTED_HELD"}
    assert own["APPOINT_PROVIDER_ARRESTED_HELD"].serves == "APPOINT_ARRESTED_HELD"
    assert own["APPOINT_ARRESTED_HELD"].amount == 12, "the law stays what it is"
    for wrong in ({"REVUE": (1, "working_days")}, {"REVIEW": (0, "working_days")}):
        without = {code: row for code, row in FORMER_DEADLINES.items() if code != "REVIEW"}
        table.write_text(_former(without | wrong), encoding="utf-8")
        with pytest.raises(ValueError, match="deadline"):
            tables.load_law(tmp_path / "law", TODAY)


def test_a_change_of_the_law_is_another_ruleset(tmp_path: Path, rules: Rulebook) -> None:
    copytree(SHIPPED, tmp_path / "law")
    assert tables.load_law(tmp_path / "law", TODAY).ruleset == rules.law.ruleset
    table = tmp_path / "law" / "deadlines.toml"
    table.write_text(table.read_text(encoding="utf-8").replace("amount = 3", "amount = 2"), encoding="utf-8")
    assert tables.load_law(tmp_path / "law", TODAY).ruleset != rules.law.ruleset


HEADER = "code,kind,name,province,parent,communes,valid_from,valid_to,source,verified\n"
CENTRE = "TGPL-11,CENTRE,Trung tâm,11,,,2025-07-01,,nguồn,true\n"


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        (CENTRE + CENTRE, "twice"),
        ("DESK,CENTRE,Trung tâm,11,,,2025-07-01,,nguồn,true\n", "Desk"),
        ("TGPL-10,CENTRE,Trung tâm,10,,,2025-07-01,,nguồn,true\n", "province"),
        (CENTRE + "CN1,BRANCH,Chi nhánh,15,TGPL-11,03000,2025-07-01,,nguồn,true\n", "branch of no centre"),
        (CENTRE + "CN1,BRANCH,Chi nhánh,11,TGPL-11,,2025-07-01,,nguồn,true\n", "without communes"),
        (CENTRE + "CN1,BRANCH,Chi nhánh,11,TGPL-11,03006,2025-07-01,,nguồn,true\n", "03006"),
        ("TGPL-11,CENTRE,Trung tâm,11,TGPL-15,,2025-07-01,,nguồn,true\n", "parent"),
        ("TGPL-11,CENTRE,Trung tâm,11,,,2025-07-01,,,true\n", "source"),
    ],
)
def test_a_directory_that_is_not_whole_is_refused(tmp_path: Path, rows: str, complaint: str) -> None:
    file = tmp_path / "centres.csv"
    file.write_text(HEADER + rows, encoding="utf-8")
    with pytest.raises(ValueError, match=complaint):
        tables.load_directory(file)


def test_a_directory_of_the_operator_takes_the_place_of_ours(tmp_path: Path) -> None:
    file = tmp_path / "centres.csv"
    file.write_text(HEADER + CENTRE, encoding="utf-8")
    directory = tables.load_directory(file)
    assert [centre.code for centre in directory.centres] == ["TGPL-11"]
    assert directory.version != tables.load_directory(None).version
