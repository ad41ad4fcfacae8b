"""``python -m routing replay``: stored decisions decided again, from the store alone."""

import asyncio
import csv
from datetime import date
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from legalaid import ids
from legalaid.events.base import Place
from legalaid.events.people import Facts
from legalaid.events.words import Answer, Claim, Household, LawField, Role
from routing import gaps, replay, tables
from routing.__main__ import COMMANDS
from routing.replay import Asked, ReplayFindings
from routing.settings import RoutingSettings
from services.routing.tests.integration.conftest import Routing

SHIPPED = Path(tables.__file__).parent / "law"
DIEN_BIEN = Place(province="11", commune="03160")
TOLD: list[dict[str, Any]] = [
    {"household": Household.POOR, "field": LawField.CIVIL},
    {"ethnicity": "08", "field": LawField.LAND_HOUSING_ENVIRONMENT},
    {"field": LawField.BUSINESS_COMMERCE},
    {"role": Role.ACCUSED, "detained": Answer.YES, "field": LawField.CRIMINAL},
    {},
]
OLD = {
    "birth_year": 1950,
    "vietnamese_citizen": Answer.YES,
    "ethnicity": "01",
    "household": Household.NEITHER,
    "monthly_allowance": Answer.NO,
    "role": Role.NONE,
    "claims": dict.fromkeys(Claim, Answer.NO),
    "field": LawField.CIVIL,
}


async def told(routing: Routing, *facts: dict[str, Any]) -> list[str]:
    """Requests of these facts, as cases."""
    requests = [ids.random_id() for _ in facts]
    await routing.known(*requests)
    for request, each in zip(requests, facts, strict=True):
        await routing.publish(routing.told.received(request, facts=Facts(**each), residence=DIEN_BIEN))
    for request in requests:
        await routing.case(request)
    return requests


async def replayed(routing: Routing, **asked: Any) -> ReplayFindings:
    return await replay.replay(routing.settings, Asked(**asked))


async def test_under_todays_tables_nothing_differs(routing: Routing) -> None:
    requests = await told(routing, *TOLD, OLD)
    found = await replayed(routing)
    assert found.comparison.compared == len(requests)
    assert found.comparison.differences == []
    before, after = found.comparison.load
    assert before == after
    assert before.total() == len(requests)


async def test_the_law_of_2027_differs_and_says_for_whom(routing: Routing, tmp_path: Path) -> None:
    *_, old = await told(routing, *TOLD, OLD)
    found = await replayed(routing, as_of=date(2027, 1, 1))
    changed = {each.case_id: each for each in found.comparison.differences}
    assert old in changed
    assert [outcome.value for outcome in changed[old].outcome] == ["NOT_ELIGIBLE", "NEEDS_INFO"]
    said = "\n".join(replay.lines(found))
    assert "NOT_ELIGIBLE -> NEEDS_INFO" in said
    assert "each in fewer than 5 cases" in said
    assert not any(category in said for category in ("ELDERLY", "HIV"))
    replay.write_csv(found, tmp_path / "changes.csv")
    written = (tmp_path / "changes.csv").read_text(encoding="utf-8")
    assert {row["case_id"] for row in csv.DictReader(written.splitlines())} == set(changed)
    assert "ELDERLY" not in written


async def test_other_tables_are_tried_before_they_are_put_in_place(routing: Routing, tmp_path: Path) -> None:
    poor, *_ = await told(routing, *TOLD)
    law = tmp_path / "law"
    copytree(SHIPPED, law)
    text = (law / "article-7.toml").read_text(encoding="utf-8")
    (law / "article-7.toml").write_text(text.replace('household = ["POOR"]', 'household = ["NEAR_POOR"]'), "utf-8")
    directory = tmp_path / "centres.csv"
    directory.write_text(
        "code,kind,name,province,parent,communes,valid_from,valid_to,source,verified\n"
        "TGPL-X,CENTRE,Trung tâm,11,,,2018-01-01,,nguồn,true\n",
        encoding="utf-8",
    )
    by_law = {each.case_id: each for each in (await replayed(routing, law=law)).comparison.differences}
    assert "outcome" in by_law[poor].parts
    by_directory = await replayed(routing, directory=directory)
    assert {each.owner[1] for each in by_directory.comparison.differences} == {"TGPL-X"}
    assert by_directory.comparison.load[1]["TGPL-X"] == len(TOLD)


async def test_the_erased_are_counted_and_not_read(routing: Routing) -> None:
    one, *_ = await told(routing, *TOLD)
    await routing.keyring.erase(one)
    found = await replayed(routing)
    assert (found.comparison.compared, found.erased) == (len(TOLD) - 1, 1)


async def test_one_that_cannot_be_opened_is_told_and_keeps_no_other_from_being_compared(routing: Routing) -> None:
    one, other, *_ = await told(routing, *TOLD)
    cases = await routing.collections.cases.load([one, other])
    cases[one].record = cases[other].record
    assert not await routing.collections.cases.save([cases[one]])
    found = await replayed(routing)
    assert (found.comparison.compared, found.erased, found.unopened) == (len(TOLD) - 1, 0, 1)
    assert next(iter(replay.lines(found))).endswith("0 erased, 1 cannot be opened")
    assert (await gaps.find(routing.settings)).gaps == []


async def test_the_command_ends_with_0_when_nothing_differs_and_1_when_something_does(
    routing: Routing, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await told(routing, OLD)
    monkeypatch.setattr(RoutingSettings, "load", lambda: routing.settings)

    async def run(*arguments: str) -> int:
        return await asyncio.to_thread(COMMANDS["replay"], arguments)

    capsys.readouterr()
    assert await run() == 0
    assert capsys.readouterr().out.strip().endswith("1 cases compared, 0 would be otherwise, 0 erased")
    assert await run("--as-of", "2027-01-01") == 1
    assert "1 would be otherwise" in capsys.readouterr().out
    assert await run("--law", "/nowhere") == 2
    assert "/nowhere" in capsys.readouterr().err
