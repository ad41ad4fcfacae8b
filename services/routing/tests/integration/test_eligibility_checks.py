"""``POST /v1/eligibility-checks``: the answer to facts that are nobody's yet."""

import asyncio
from typing import Any

import httpx
import pytest

from dev.stack.keys import APP, EXCHANGE, OPERATOR, Client
from services.routing.tests.integration.conftest import Routing

OLD = {"birth_year": 1950, "field": "CIVIL", "concrete_matter": "YES", "vietnamese_citizen": "YES", "role": "NONE"}
PLAIN = {
    "ethnicity": "01",
    "claims": dict.fromkeys(
        (
            "MERITORIOUS_PERSON",
            "MARTYR_RELATIVE",
            "AGENT_ORANGE_VICTIM",
            "DISABLED",
            "DOMESTIC_VIOLENCE_VICTIM",
            "TRAFFICKING_VICTIM",
            "TRAFFICKING_BEING_IDENTIFIED",
            "HIV_POSITIVE",
        ),
        "NO",
    ),
}


async def check(routing: Routing, body: Any, client: Client = APP) -> httpx.Response:
    headers = {"Authorization": f"Bearer {routing.authority.token(client)}"}
    return await routing.http.post("/v1/eligibility-checks", headers=headers, json=body)


async def test_questions_are_asked_one_at_a_time_until_it_is_settled(routing: Routing) -> None:
    """As an operator asks while the caller talks: each answer is posted with all that was told before."""
    facts: dict[str, Any] = {}
    answers = {**OLD, **PLAIN, "household": "NEAR_POOR"}
    asked: list[str] = []
    while (answer := (await check(routing, {"facts": facts}, OPERATOR)).json())["next_question"]:
        fact = answer["next_question"]["fact"]
        assert answer["outcome"] == "NEEDS_INFO"
        assert answer["next_question"] == answer["questions"][0]
        assert fact not in asked
        asked.append(fact)
        name = "birth_year" if fact == "birth" else fact
        facts = {**facts, "claims": {**facts.get("claims", {}), **_claim(fact)}} if name.isupper() else facts
        facts = facts if name.isupper() else {**facts, name: answers[name]}
    assert answer["outcome"] == "ELIGIBLE"
    assert [category["code"] for category in answer["categories"]] == ["ELDERLY"]
    assert asked == ["birth", "concrete_matter", "ethnicity", "field", "household", "vietnamese_citizen"]


def _claim(fact: str) -> dict[str, str]:
    return {fact: "NO"}


async def test_the_law_of_another_day_answers_for_its_days(routing: Routing) -> None:
    facts = {**OLD, **PLAIN, "household": "NEITHER", "monthly_allowance": "NO"}
    now = (await check(routing, {"facts": facts})).json()
    later = (await check(routing, {"facts": facts, "on": "2027-01-01"})).json()
    assert (now["outcome"], now["readings"]) == ("NOT_ELIGIBLE", [])
    assert (later["outcome"], later["next_question"]) == ("NEEDS_INFO", None)
    assert [reading["outcome"] for reading in later["readings"]] == ["ELIGIBLE", "NOT_ELIGIBLE"]
    assert any("không hỏi thêm" in sentence for sentence in later["explanation_vi"])


async def test_the_papers_and_what_the_answer_hangs_on_are_told(routing: Routing) -> None:
    facts = {**OLD, **PLAIN, "household": "NEAR_POOR", "monthly_allowance": "NO"}
    answer = (await check(routing, {"facts": facts})).json()
    [papers] = answer["proof"]["papers"]
    assert (papers["category"], papers["verified"]) == ("ELDERLY", True)
    assert papers["text_vi"].endswith("Giấy chứng nhận hộ cận nghèo cùng với Giấy tờ chứng minh tuổi.")
    assert any("Không cần giấy tờ nào để được nghe" in notice for notice in answer["proof"]["notices_vi"])
    assert answer["counterfactual"]["outcome"] != "ELIGIBLE"
    poorer = (await check(routing, {"facts": {**facts, "household": "NEITHER"}})).json()
    assert poorer["counterfactual"] == {
        "changes": {"household": "NEAR_POOR"},
        "outcome": "ELIGIBLE",
        "category": "ELDERLY",
    }


async def test_the_place_says_the_centre_and_the_area(routing: Routing) -> None:
    facts = {"ethnicity": "08", "field": "CIVIL", "concrete_matter": "YES"}
    answer = (await check(routing, {"facts": facts, "residence": {"text": "xã Mường Nhé, tỉnh Điện Biên"}})).json()
    assert answer["outcome"] == "ELIGIBLE"
    assert [category["code"] for category in answer["categories"]] == ["ETHNIC_MINORITY_EXTREME_AREA"]
    assert answer["owner"]["province"] == "11"
    nowhere = (await check(routing, {"facts": facts})).json()
    assert (nowhere["owner"]["code"], nowhere["outcome"]) == ("DESK", "NEEDS_INFO")


async def test_a_trial_that_is_near_is_told_and_asked_for_apart_from_eligibility(routing: Routing) -> None:
    facts = {"household": "POOR", "field": "CRIMINAL", "role": "ACCUSED", "concrete_matter": "YES"}
    asked = (await check(routing, {"facts": facts, "on": "2026-11-23"})).json()
    assert (asked["outcome"], asked["next_question"], asked["immediate"]) == ("ELIGIBLE", None, [])
    assert asked["immediate_questions"] == [{"fact": "trial_on", "question_vi": "Phiên tòa ngày nào?"}]
    told = (await check(routing, {"facts": facts | {"trial_on": "2026-11-26"}, "on": "2026-11-23"})).json()
    assert [ground["code"] for ground in told["immediate"]] == ["TRIAL_NEAR"]
    assert told["immediate_questions"] == []


async def test_nothing_is_stored_and_nothing_is_logged_of_the_facts(
    routing: Routing, capfd: pytest.CaptureFixture[str]
) -> None:
    before = await _stored_at_rest(routing)
    capfd.readouterr()
    body = {"facts": {"birth_date": "1961-07-13", "claims": {"HIV_POSITIVE": "YES"}}}
    assert (await check(routing, body)).status_code == 200
    assert (await check(routing, {"facts": {"birth_date": "1961-07-13", "household": "1961-07-13"}})).status_code == 422
    written = "".join(capfd.readouterr())
    assert "1961-07-13" not in written
    assert "HIV" not in written
    assert before
    assert await _stored(routing) == before


async def _stored_at_rest(routing: Routing) -> dict[str, int]:
    """As ``_stored``, once the directory stands in the journal: routing publishes it soon after its start."""
    async with asyncio.timeout(20):
        while True:
            stored = await _stored(routing)
            if stored.get("journal"):
                return stored
            await asyncio.sleep(0.02)


async def _stored(routing: Routing) -> dict[str, int]:
    """How many documents lie in each collection."""
    names = await routing.store.collection_names("routing")
    return {name: await routing.store.collection("routing", name).count_documents({}) for name in names}


@pytest.mark.parametrize(
    "body",
    [
        {"on": "2017-12-31"},  # before the law began
        {"facts": {"birth_date": "0001-01-01"}},
        {"facts": {"birth_date": 20000}},
        {"facts": {"birth_year": 1899}},
        {"facts": {"name": "Giàng A Páo"}},
        {"facts": {"household": "RICH"}},
        {"person": {"name": "Giàng A Páo"}},
        {"on": "tomorrow"},
        [],
    ],
)
async def test_what_cannot_be_read_is_a_problem_that_says_where(routing: Routing, body: Any) -> None:
    answer = await check(routing, body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"]
    assert "Páo" not in answer.text


async def test_only_who_may_check_is_answered(routing: Routing) -> None:
    assert (await check(routing, {}, EXCHANGE)).status_code == 403
    assert (await routing.http.post("/v1/eligibility-checks", json={})).status_code == 401
