from datetime import date
from pathlib import Path
from shutil import copytree

import pytest

from dev.stack.directory import DEMONSTRATION
from legalaid.events.centres import CentreDetails, SpokenLanguage
from legalaid.events.words import LawField, OwnerKind, SpeakerRole
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


SHIPPED_DIRECTORY = tables.load_directory(None)


def test_every_province_has_a_centre_and_nothing_of_the_directory_is_called_certain() -> None:
    rows = SHIPPED_DIRECTORY.centres
    assert {row.province for row in rows if row.kind is OwnerKind.CENTRE} == set(units.provinces())
    assert not any(row.verified for row in rows)
    assert not any(row.details for row in rows)  # no address, telephone or language was found


def test_no_branch_is_invented_and_no_area_of_one_that_exists() -> None:
    branches = [row for row in SHIPPED_DIRECTORY.centres if row.kind is OwnerKind.BRANCH]
    assert [row.code for row in branches] == [f"TGPL-11-CN{number}" for number in range(1, 6)]
    assert not any(row.area_known or row.communes for row in branches)


@pytest.mark.parametrize(
    ("code", "day", "name"),
    [
        ("TGPL-75", date(2026, 4, 29), "Trung tâm TGPL nhà nước tỉnh Đồng Nai"),
        ("TGPL-75", date(2026, 4, 30), "Trung tâm TGPL nhà nước thành phố Đồng Nai"),
        ("TGPL-22", date(2026, 8, 31), "Trung tâm TGPL nhà nước tỉnh Quảng Ninh"),
        ("TGPL-22", date(2026, 9, 1), "Trung tâm TGPL nhà nước thành phố Quảng Ninh"),
        ("TGPL-24", date(2026, 9, 19), "Trung tâm TGPL nhà nước tỉnh Bắc Ninh"),
        ("TGPL-24", date(2026, 9, 20), "Trung tâm TGPL nhà nước thành phố Bắc Ninh"),
    ],
)
def test_a_province_is_a_city_from_its_day(code: str, day: date, name: str) -> None:
    found = SHIPPED_DIRECTORY.find(code, day)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("file", [None, DEMONSTRATION])
def test_no_row_of_a_directory_is_verified_whose_source_says_that_it_is_not(file: Path | None) -> None:
    for row in tables.load_directory(file).centres:
        assert row.source
        assert not (row.verified and "chưa" in row.source), row.code
        assert not (row.details and row.details.verified and "chưa" in (row.details_source or "")), row.code


def test_the_directory_of_the_demonstration_says_what_it_is() -> None:
    rows = tables.load_directory(DEMONSTRATION).centres
    invented = [row for row in rows if row.details or (row.communes and row.code != "TGPL-25-3")]
    assert len(invented) > 9
    for row in invented:
        assert "trình diễn" in row.source + (row.details_source or ""), row.code


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
OF_2025 = "TGPL-11,CENTRE,Trung tâm,11,,,2025-07-01,2025-12-31,nguồn,true\n"
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
        (OF_2025 + CENTRE, "twice on one day"),
        (OF_2025 + "TGPL-11,CENTRE,Trung tâm,15,,,2026-01-01,,nguồn,true\n", "changes its kind or province"),
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


def test_a_directory_of_before_centres_had_details_loads_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "centres.csv"
    file.write_text(HEADER + CENTRE, encoding="utf-8")
    (row,) = tables.load_directory(file).centres
    assert (row.area_known, row.serves_all, row.details, row.details_source) == (True, True, None, None)


DETAILED = HEADER.strip() + ",area,phone,hours,languages,fields,weekly_capacity,closed_days,details_source\n"


def _detailed(tmp_path: Path, cells: str) -> Path:
    file = tmp_path / "centres.csv"
    file.write_text(DETAILED + CENTRE.strip() + "," + cells + "\n", encoding="utf-8")
    return file


def test_what_a_centre_has_is_read(tmp_path: Path) -> None:
    cells = '"","+842153800000","Mo-Fr 08:00-11:30,13:30-17:00; Sa 08:00-11:30","hmn:INTERPRETER blt:STAFF",'
    file = _detailed(tmp_path, cells + "CIVIL CRIMINAL,20,2026-12-24 2026-12-25,nguồn")
    details = tables.load_directory(file).centres[0].details
    assert details == CentreDetails(
        phone="+842153800000",
        hours="Mo-Fr 08:00-11:30,13:30-17:00; Sa 08:00-11:30",
        languages=(
            SpokenLanguage(language="hmn", role=SpeakerRole.INTERPRETER),
            SpokenLanguage(language="blt", role=SpeakerRole.STAFF),
        ),
        fields=(LawField.CIVIL, LawField.CRIMINAL),
        weekly_capacity=20,
        closed_days=(date(2026, 12, 24), date(2026, 12, 25)),
    )


@pytest.mark.parametrize(
    ("cells", "complaint"),
    [
        ("none,,,,,,,", "has the area none"),
        (",0215380000,,,,,,nguồn", "phone"),
        (",,Mon-Fri 8-17,,,,,nguồn", "hours"),
        (",,Mo-Fr 17:00-08:00,,,,,nguồn", "no hours"),
        (",,Fr-Mo 08:00-17:00,,,,,nguồn", "no hours"),
        (",,Mo-Fr 08:00-17:00; Fr 08:00-11:00,,,,,nguồn", "no hours"),
        (",,,hmn,,,,nguồn", "role"),
        (",,,mong:STAFF,,,,nguồn", "language"),
        (",,,,LAND,,,nguồn", "fields"),
        (",,,,,-1,,nguồn", "weekly_capacity"),
        (",,,,,,24/12/2026,nguồn", "closed_days"),
        (",,,,,20,,", "details_source"),
        (",,,,,20,,nguồn,thừa", "more cells"),
    ],
)
def test_what_a_centre_has_is_refused_when_it_is_wrong(tmp_path: Path, cells: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        tables.load_directory(_detailed(tmp_path, cells))


def test_what_is_published_of_a_centre_is_its_row_of_the_day() -> None:
    def name(on: date) -> str:
        return next(row.name for row in SHIPPED_DIRECTORY.newest(on) if row.code == "TGPL-24")

    assert len(SHIPPED_DIRECTORY.newest(TODAY)) == len({row.code for row in SHIPPED_DIRECTORY.centres})
    assert name(date(2020, 1, 1)) == name(date(2026, 9, 19)) == "Trung tâm TGPL nhà nước tỉnh Bắc Ninh"
    assert name(date(2026, 9, 20)) == name(date(2030, 1, 1)) == "Trung tâm TGPL nhà nước thành phố Bắc Ninh"
