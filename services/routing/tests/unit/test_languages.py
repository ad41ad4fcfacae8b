"""Who speaks with a person who has no Vietnamese: the ladder, and that nothing is invented about who speaks what."""

from datetime import UTC, date, datetime
from pathlib import Path
from shutil import copytree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dev.stack.directory import DEMONSTRATION
from legalaid.events.base import Place
from legalaid.events.people import Facts
from legalaid.events.words import SpeakerRole
from routing import tables
from routing.rules.allocation import allocate
from routing.rules.decision import DecisionRecord
from routing.rules.directory import Directory
from routing.rules.languages import RungPlan, plan, understands
from routing.rules.law import Rung
from routing.rules.rulebook import Rulebook

TODAY = date(2026, 11, 23)
AT = datetime(2026, 11, 23, 2, tzinfo=UTC)
DEMO, SHIPPED = tables.load_directory(DEMONSTRATION), tables.load_directory(None)
LANGUAGES = st.from_regex(r"[a-z]{3}", fullmatch=True).filter(lambda code: code != "vie")
LADDER = tables.load_law(None, TODAY).ladder


def planned(language: str, place: Place | None, directory: Directory = DEMO) -> dict[Rung, list[str]]:
    return {
        step.row.code: [helper.centre.code for helper in step.helpers] for step in steps(language, place, directory)
    }


def steps(language: str, place: Place | None, directory: Directory = DEMO) -> tuple[RungPlan, ...]:
    owner = allocate(place, None, directory, TODAY).owner
    return plan(language, owner, place.province if place else None, LADDER, directory, TODAY)


def test_each_rung_names_who_is_nearest() -> None:
    found = planned("hmn", Place(province="11", commune="03160"))
    assert found == {
        Rung.OWNER: ["TGPL-11-CN5"],
        Rung.NEIGHBOUR: ["TGPL-11-CN3"],  # a branch of the same centre; the centre itself has interpreters only
        Rung.INTERPRETER: ["TGPL-11"],
        Rung.CALL_BACK: ["TGPL-11-CN5", "TGPL-11", "TGPL-11-CN3", "TGPL-15", "TGPL-15-CN1"],
    }
    assert planned("blt", Place(province="11", commune="03160"))[Rung.OWNER] == []
    assert planned("blt", Place(province="11", commune="03160"))[Rung.NEIGHBOUR] == ["TGPL-11", "TGPL-11-CN1"]
    assert planned("ium", Place(province="11"))[Rung.INTERPRETER] == ["TGPL-15"]  # by telephone from another province


def test_each_rung_has_its_time_and_they_only_grow() -> None:
    found = steps("hmn", Place(province="11"))
    assert [step.row.code for step in found] == list(Rung)
    for times in ([step.row.minutes for step in found], [step.row.urgent_minutes for step in found]):
        assert times == sorted(times)
    assert all(step.row.urgent_minutes < step.row.minutes for step in found)


def test_who_speaks_vietnamese_needs_no_ladder() -> None:
    assert steps("vie", Place(province="11")) == ()


@given(LANGUAGES, st.sampled_from(["11", "15", "44"]))
def test_what_no_directory_says_is_nobodys_guess(language: str, province: str) -> None:
    assert set(planned(language, Place(province=province), SHIPPED)) == set(Rung)
    assert not any(planned(language, Place(province=province), SHIPPED).values())
    assert not any(planned(language, None, SHIPPED).values())


def test_a_macrolanguage_meets_its_members_and_is_never_sure() -> None:
    members = LADDER.members(TODAY)
    assert understands("mww", "mww", members) is True
    assert understands("hmn", "mww", members) is understands("mww", "hmn", members) is False
    assert understands("hmn", "hmn", members) is False  # it is not said which of them
    assert understands("mww", "hnj", members) is None
    assert understands("blt", "twh", members) is None
    assert not any(helper.sure for step in steps("mww", Place(province="11")) for helper in step.helpers)
    assert all(helper.sure for step in steps("blt", Place(province="11")) for helper in step.helpers)


def test_the_desk_has_the_ladder_of_the_place() -> None:
    found = planned("hmn", Place(province="44"))
    assert (found[Rung.OWNER], found[Rung.NEIGHBOUR]) == ([], [])
    assert found[Rung.INTERPRETER] == ["TGPL-11"]


def test_the_record_of_a_decision_has_the_plan(rules: Rulebook) -> None:
    place = Place(province="11", commune="03160")

    def record(language: str) -> DecisionRecord:
        return rules.decide(Facts(language=language), place, rules.allocate(place, None, AT), AT).record

    assert record("vie").language is None
    spoken = record("hmn").language
    assert spoken is not None
    owner = spoken.steps[0]
    assert (owner.rung, owner.helpers[0].code, owner.helpers[0].roles) == (
        Rung.OWNER,
        "TGPL-11-CN5",
        (SpeakerRole.COLLABORATOR,),
    )
    assert not owner.helpers[0].verified
    assert record("hmn").explanation_vi[-1] == spoken.told()
    assert record("lbt").explanation_vi[-1] == (
        "Phải có người nói tiếng lbt: danh bạ chưa ghi ai nói được; tìm phiên dịch, hẹn gọi lại."
    )
    assert record("hmn").inputs != record("vie").inputs


def test_tables_of_an_operator_from_before_there_were_languages_use_those_shipped(tmp_path: Path) -> None:
    copytree(Path(tables.__file__).parent / "law", tmp_path / "law")
    (tmp_path / "law" / "languages.toml").unlink()
    assert tables.load_law(tmp_path / "law", TODAY).ladder == LADDER


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ('code = "OWNER"', 'code = "OWNERS"', "OWNERS"),
        ("minutes = 30", "minuts = 30", "minut"),
        ("[[rung]]", "[[ring]]", "ring"),
    ],
)
def test_a_table_of_languages_that_is_not_whole_is_refused(
    tmp_path: Path, before: str, after: str, complaint: str
) -> None:
    copytree(Path(tables.__file__).parent / "law", tmp_path / "law")
    file = tmp_path / "law" / "languages.toml"
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(ValueError, match=complaint):
        tables.load_law(tmp_path / "law", TODAY)
